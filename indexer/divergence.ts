import type { PublicClient } from "viem";
import { X0tError } from "../core/x0tError.ts";

/** Ponder takes the block this many below the head for final on chains that it does not know. */
const FINALITY_BLOCKS = 30n;

/** Rows of one SQL query; parameters are $1, $2, … */
export type Query = <T>(text: string, parameters: unknown[]) => Promise<T[]>;

/**
 * Compares what the database takes for final with the chain: a chain that was wiped, or restored from an older state, has
 * lost blocks.
 * @returns what does not agree, or nothing
 * @throws X0T_CHAIN_UNREACHABLE (retryable), so that a chain which is silent for a moment costs no new indexing
 */
export async function findDivergence(
  query: Query,
  { schema, client, chainId }: { schema: string; client: PublicClient; chainId: number },
): Promise<string | undefined> {
  const head = await ask(() => client.getBlockNumber({ cacheTime: 0 }));
  const finalTimestamp = await readFinalTimestamp(query, schema);
  if (finalTimestamp !== undefined) {
    const final = await ask(() => client.getBlock({ blockNumber: head > FINALITY_BLOCKS ? head - FINALITY_BLOCKS : 0n }));
    if (final.timestamp < finalTimestamp) return `the chain went back to block ${head}`;
  }
  if (!(await hasTable(query, "ponder_sync", "blocks"))) return undefined;
  const [known] = await query<{ number: string; hash: string }>(
    "SELECT number, hash FROM ponder_sync.blocks WHERE chain_id = $1 ORDER BY number DESC LIMIT 1",
    [chainId],
  );
  if (known === undefined) return undefined;
  const number = BigInt(known.number);
  const remote = number > head ? undefined : await ask(() => client.getBlock({ blockNumber: number }));
  return remote?.hash === known.hash ? undefined : `block ${number} is no longer ${known.hash}`;
}

async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    throw new X0tError("X0T_CHAIN_UNREACHABLE", "The chain stopped answering while the index was compared with it.", { retryable: true, cause });
  }
}

/** Seconds since 1970. */
async function readFinalTimestamp(query: Query, schema: string): Promise<bigint | undefined> {
  if (!(await hasTable(query, schema, "_ponder_checkpoint"))) return undefined;
  const [row] = await query<{ checkpoint: string }>(
    `SELECT finalized_checkpoint AS checkpoint FROM "${schema}"._ponder_checkpoint`,
    [],
  );
  return row === undefined ? undefined : BigInt(row.checkpoint.slice(0, 10));
}

export async function hasTable(query: Query, schema: string, table: string): Promise<boolean> {
  return (await query("SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = $2", [schema, table])).length > 0;
}
