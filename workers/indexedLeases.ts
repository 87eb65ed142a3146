import { z } from "zod";
import { queryIndexer } from "../runtime/queryIndexer.ts";

/** Most leases that one question brings; what is settled makes room for the rest. */
export const INDEXED_PAGE = 500;

/**
 * Longest overdue first. Over is a lease whose last epoch is final: its rest is due however little it is. The operators
 * of one OR are taken apart, so each of them must be one condition.
 */
const QUERY = `query ($next: Int!, $final: Int!, $limit: Int!) {
  _meta { status }
  leases(where: {settled: false, OR: [{next_lte: $next}, {end_lte: $final}]}, orderBy: "next", limit: $limit) { items { id } }
}`;

const schema = z.object({
  _meta: z.object({ status: z.record(z.string(), z.object({ block: z.object({ timestamp: z.number() }) })) }),
  leases: z.object({ items: z.array(z.object({ id: z.number().int().positive() })).max(INDEXED_PAGE) }),
});

/** What an indexer says of leases with something to settle. */
export interface IndexedLeases {
  leases: bigint[];
  /** False if there may be more than these. */
  whole: boolean;
  /** Timestamp of the newest block that it has seen, seconds since 1970. */
  indexedAt: number;
}

/**
 * Leases with at least `least` epochs before `finalBefore` to settle, or none to come.
 * @returns undefined if the indexer does not answer, or answers what makes no sense. @throws the signal's reason
 */
export async function readIndexedLeases(
  url: string,
  due: { finalBefore: number; least: number },
  signal: AbortSignal,
): Promise<IndexedLeases | undefined> {
  const variables = { next: due.finalBefore - due.least, final: due.finalBefore, limit: INDEXED_PAGE };
  const parsed = schema.safeParse(await queryIndexer(url, QUERY, variables, signal));
  if (!parsed.success) return undefined;
  const { _meta, leases } = parsed.data;
  const blocks = Object.values(_meta.status).map(({ block }) => block.timestamp);
  return {
    leases: leases.items.map(({ id }) => BigInt(id)),
    whole: leases.items.length < INDEXED_PAGE,
    indexedAt: blocks.length === 0 ? 0 : Math.min(...blocks),
  };
}
