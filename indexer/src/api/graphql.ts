import { Hono, type Context } from "hono";
import { sql } from "ponder";
import schema from "ponder:schema";
import { createExecutor, type GraphqlRequest } from "./executeQuery.ts";
import { ponderGraphql } from "./ponderInternals.ts";
import { gateStatements } from "./statementGate.ts";
import { readTables } from "./tables.ts";

const MOST_BODY_BYTES = 131_072;
/** A question of ours takes some milliseconds; Ponder's own bound is 30 s. */
const STATEMENT_MS = 5_000;
const HINT = `POST {"query": "…"} here, or GET ?query=…, for example:
{ nodes { totalCount items { index nodeId operator stake active } } }
{ commits(where: {epoch: 1}) { items { node epoch bitmap slots relayedBytes cid voided } } }
The schema answers to introspection; docs/graphql.md has examples and limits.
`;

const { buildGraphQLSchema, buildDataLoaderCache } = ponderGraphql;
const { driver, readonlyQB: qb } = globalThis.PONDER_DATABASE;
gateStatements(driver.dialect === "pglite" ? driver.instance : driver.readonly);
if (driver.dialect === "postgres") {
  driver.readonly.on("connect", (client) => void client.query(`SET statement_timeout = ${STATEMENT_MS}`).catch(() => undefined));
}

const execute = createExecutor({
  schema: buildGraphQLSchema({ schema }),
  tables: readTables(schema),
  createContext: () => ({ qb, getDataLoader: buildDataLoaderCache(qb) }),
  // Two equal snapshots see the same rows, whoever wrote in between: blocks, reorganisations and repairs alike.
  readState: async () => String((await qb.raw.execute(sql`SELECT pg_current_snapshot()::text AS state`)).rows[0]?.["state"]),
});

export const graphql = new Hono();

graphql.get("/graphql", async (c) => {
  const { query, variables, operationName } = c.req.query();
  if (query === undefined) return c.text(HINT);
  if (c.req.url.length > MOST_BODY_BYTES) return refuse(c, 413, `The address has more than ${MOST_BODY_BYTES} characters.`);
  return answer(c, { query, operationName, variables: variables === undefined ? undefined : (parseJson(variables) ?? variables) });
});

graphql.post("/graphql", async (c) => {
  const text = await readBody(c.req.raw);
  if (text === undefined) return refuse(c, 413, `The body has more than ${MOST_BODY_BYTES} bytes.`);
  return answer(c, parseJson(text));
});

async function answer(c: Context, body: unknown): Promise<Response> {
  if (Array.isArray(body)) return refuse(c, 400, "One query a request: send the queries of a batch one by one, or as one query with aliases.");
  const request = readRequest(body);
  if (request === undefined) return refuse(c, 400, 'Send JSON such as {"query": "{ token(id: \\"X0T\\") { totalSupply } }", "variables": {}}.');
  return c.body(await execute(request), 200, { "content-type": "application/json; charset=utf-8" });
}

function readRequest(body: unknown): GraphqlRequest | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { query, variables, operationName } = body as Record<string, unknown>;
  const named = operationName === undefined || operationName === null ? undefined : operationName;
  const given = variables === undefined || variables === null ? {} : variables;
  if (typeof query !== "string" || typeof given !== "object" || Array.isArray(given)) return undefined;
  if (named !== undefined && typeof named !== "string") return undefined;
  return { query, variables: given as Record<string, unknown>, operationName: named };
}

/** @returns undefined if it is too long */
async function readBody(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > MOST_BODY_BYTES) return undefined;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length > MOST_BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** @returns undefined if it is none */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(c: Context, status: 400 | 413, message: string): Response {
  return c.json({ errors: [{ message, extensions: { code: "X0T_BAD_REQUEST" } }] }, status);
}
