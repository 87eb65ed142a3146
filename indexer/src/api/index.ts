import { Hono } from "hono";
import { sql } from "ponder";
import { db } from "ponder:api";
import { graphql } from "./graphql.ts";
import { readiness } from "./readiness.ts";

// PGlite, one session for all, writes its log at each commit of a statement, which are thousands in a back-fill. Without
// that a kill takes back the last of them, in their order, as if it had come earlier: they are computed again.
// main.ts switches it on again once all is indexed.
if (globalThis.PONDER_DATABASE.driver.dialect === "pglite") await db.execute(sql`SET synchronous_commit TO off`);

const app = new Hono();
app.route("/", graphql);
app.route("/", readiness);

export default app;
