import { Hono } from "hono";
import { graphql } from "ponder";
import { db } from "ponder:api";
import schema from "ponder:schema";
import { readiness } from "./readiness.ts";

/** An introspection query is 14 levels deep; nothing of ours needs more. */
const LIMITS = { maxOperationTokens: 1_000, maxOperationDepth: 16, maxOperationAliases: 30 };
const HINT = `POST {"query": "…"} here, or GET ?query=…, for example:
{ nodes { totalCount items { index nodeId operator stake active } } }
{ commits(where: {epoch: 1}) { items { node epoch bitmap slots relayedBytes cid voided } } }
The schema answers to introspection.
`;

const app = new Hono();

// In place of Ponder's GraphiQL page, which would make the browser load scripts from elsewhere.
app.get("/graphql", async (c) => {
  const { query, variables } = c.req.query();
  if (query === undefined) return c.text(HINT);
  return app.request("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"query":${JSON.stringify(query)}${variables === undefined ? "" : `,"variables":${variables}`}}`,
  });
});
app.use("/graphql", graphql({ db, schema }, LIMITS));

app.route("/", readiness);

export default app;
