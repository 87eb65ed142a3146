import { Hono } from "hono";
import { sql } from "ponder";
import { db } from "ponder:api";
import { createChainClient } from "../../chainIdentity.ts";
import { readEnvironment } from "../../environment.ts";
import { createHealth, type Health, type IndexState } from "../../health.ts";
import { WRITER } from "../../postgresLock.ts";

const MAX_CHECK_MS = 5_000;
const REQUEST_MS = 2_000;
/** How old the newest block may be that /v1/status and /v1/ready tell of. */
const HEAD_MS = 250;

const { databaseUrl, rpcUrl, staleMs } = readEnvironment();
const client = createChainClient(rpcUrl, REQUEST_MS);
let newest: { at: number; block: ReturnType<typeof fetchBlock> } | undefined;

const look = createHealth({ readIndex, readBlock, staleMs });
// Whoever asks seldom learns all the same how long something has lasted.
setInterval(() => void look(), Math.min(MAX_CHECK_MS, staleMs / 8)).unref();

export const readiness = new Hono();

/** How far the index is behind the chain. 503 if the chain does not answer. */
readiness.get("/v1/status", async (c) => {
  const health = await look();
  return health.head === null ? c.json({ ...health, error: "X0T_CHAIN_UNREACHABLE" }, 503) : c.json(health);
});

/** 503 while answers may be wrong or old, with the reason; Ponder's own /ready tells of the first indexing only. */
readiness.get("/v1/ready", async (c) => {
  const health = await look();
  return c.json(health, health.ready ? 200 : 503);
});

readiness.get("/v1/metrics", async (c) => c.text(metricsOf(await look())));

function metricsOf({ ready, problem, indexed, head, lagSeconds }: Health): string {
  const lines = (name: string, help: string, value: number | undefined, labels = "") =>
    value === undefined ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name}${labels} ${value}`];
  return [
    ...lines("x0t_indexer_ready", "1 if answers may be relied on", Number(ready)),
    ...(problem === null ? [] : lines("x0t_indexer_problem", "why not", 1, `{problem="${problem}"}`)),
    ...lines("x0t_indexer_block", "number of the newest block that is indexed", indexed?.number),
    ...lines("x0t_indexer_head_block", "number of the chain's newest block", head?.number),
    ...lines("x0t_indexer_lag_seconds", "chain time between them", lagSeconds ?? undefined),
    "",
  ].join("\n");
}

/** Ponder's checkpoint begins with 10 digits of timestamp, 16 of chain id, 16 of block number. */
async function readIndex(): Promise<IndexState> {
  const written = databaseUrl === undefined ? sql`NULL` : sql.raw(WRITER.isHeld("current_schema()"));
  const { rows } = await db.execute(sql`SELECT
    (SELECT latest_checkpoint FROM _ponder_checkpoint LIMIT 1) AS checkpoint,
    (SELECT value->>'is_ready' FROM _ponder_meta WHERE key = 'app') AS ready,
    ${written} AS written`);
  const { checkpoint, ready, written: isWritten } = rows[0] as { checkpoint: string | null; ready: string | null; written: boolean | null };
  return {
    indexed: checkpoint === null ? null : { number: Number(checkpoint.slice(26, 42)), timestamp: Number(checkpoint.slice(0, 10)) },
    backfilled: ready === "1",
    ...(isWritten !== null && { written: isWritten }),
  };
}

/** Many may ask: the chain is asked for its newest block four times a second at most. */
async function readBlock(number: number | "latest") {
  if (number !== "latest") return fetchBlock({ blockNumber: BigInt(number) });
  if (newest === undefined || performance.now() - newest.at > HEAD_MS) newest = { at: performance.now(), block: fetchBlock({ blockTag: "latest" }) };
  return newest.block;
}

async function fetchBlock(which: { blockNumber: bigint } | { blockTag: "latest" }) {
  const { number, timestamp } = await client.getBlock(which);
  return { number: Number(number), timestamp: Number(timestamp) };
}
