import { Hono } from "hono";
import { graphql, sql } from "ponder";
import { db, publicClients } from "ponder:api";
import schema from "ponder:schema";

/** An introspection query is 14 levels deep; nothing of ours needs more. */
const LIMITS = { maxOperationTokens: 1_000, maxOperationDepth: 16, maxOperationAliases: 30 };
const HEAD_DEADLINE_MS = 2_000;
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

/** How far the index is behind the chain. 503 if the chain does not answer. */
app.get("/v1/status", async (c) => {
  const indexed = await readIndexed();
  const head = await readHead();
  if (head === undefined) return c.json({ indexed, head: null, error: "X0T_CHAIN_UNREACHABLE" }, 503);
  const lagBlocks = indexed === null ? head.number + 1 : Math.max(0, head.number - indexed.number);
  const lagSeconds = indexed === null ? null : Math.max(0, head.timestamp - indexed.timestamp);
  return c.json({ indexed, head, lagBlocks, lagSeconds });
});

/** Ponder's checkpoint begins with 10 digits of timestamp, 16 of chain id, 16 of block number. */
async function readIndexed() {
  const result = await db.execute(sql`SELECT latest_checkpoint AS checkpoint FROM _ponder_checkpoint`);
  const checkpoint = result.rows[0]?.["checkpoint"];
  if (typeof checkpoint !== "string") return null;
  return { number: Number(checkpoint.slice(26, 42)), timestamp: Number(checkpoint.slice(0, 10)) };
}

async function readHead() {
  const head = publicClients.x0t.getBlock({ blockTag: "latest" }).then(
    (block) => ({ number: Number(block.number), timestamp: Number(block.timestamp) }),
    () => undefined,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), HEAD_DEADLINE_MS);
  });
  return Promise.race([head, late]).finally(() => clearTimeout(timer));
}

export default app;
