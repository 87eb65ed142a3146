import { z } from "zod";
import type { Address } from "../../core/ids.ts";
import { queryIndexer } from "../../runtime/queryIndexer.ts";
import type { Network } from "../network.ts";

/** What Ponder gives at most for one question. */
const LIMIT = 1000;

const wei = z.string().regex(/^\d+$/).transform(BigInt);
const count = z.number().int().nonnegative();
const rowSchema = z.object({
  id: count,
  next: count,
  end: count,
  bookedEnd: count,
  paid: wei,
  refunded: wei,
  burned: wei,
  endReason: z.string().nullable(),
});
const leasesSchema = z.object({ leases: z.object({ items: z.array(rowSchema) }) });

/** What only events tell of a lease. */
export type LeaseRecord = z.infer<typeof rowSchema>;

/** Which leases somebody asks for. */
export interface LeaseFilter {
  node?: number;
  tenant?: Address;
  /** Only those with something in escrow. */
  open: boolean;
}

const idsSchema = z.object({ leases: z.object({ items: z.array(z.object({ id: count })) }) });

/** The newest `most` (≤ 1,000) leases that the indexer knows of. @returns undefined while it does not answer. */
export async function readLeaseIds(network: Network, filter: LeaseFilter, most: number): Promise<bigint[] | undefined> {
  if (network.graphqlUrl === undefined) return undefined;
  const where = {
    ...(filter.node !== undefined && { node: filter.node }),
    ...(filter.tenant !== undefined && { tenant: filter.tenant.toLowerCase() }),
    ...(filter.open && { settled: false }),
  };
  const query = `query ($where: leaseFilter, $limit: Int!) { leases(where: $where, orderBy: "id", orderDirection: "desc", limit: $limit) { items { id } } }`;
  const parsed = idsSchema.safeParse(await queryIndexer(network.graphqlUrl, query, { where, limit: Math.min(most, LIMIT) }));
  return parsed.success ? parsed.data.leases.items.map(({ id }) => BigInt(id)) : undefined;
}

/** The indexer's rows of these leases. @returns undefined while it does not answer. */
export async function readLeaseRecords(network: Network, leases: readonly bigint[]): Promise<Map<bigint, LeaseRecord> | undefined> {
  if (network.graphqlUrl === undefined) return undefined;
  const query = `query ($ids: [Int!]!) { leases(where: {id_in: $ids}, limit: ${LIMIT}) { items { id next end bookedEnd paid refunded burned endReason } } }`;
  const records = new Map<bigint, LeaseRecord>();
  for (let from = 0; from < leases.length; from += LIMIT) {
    const ids = leases.slice(from, from + LIMIT).map(Number);
    const parsed = leasesSchema.safeParse(await queryIndexer(network.graphqlUrl, query, { ids }));
    if (!parsed.success) return undefined;
    for (const row of parsed.data.leases.items) records.set(BigInt(row.id), row);
  }
  return records;
}

/** How a node kept its leases' word: settled epochs, and those of them that were paid. */
export interface TrackRecord {
  epochs: number;
  kept: number;
}

const historySchema = z.object({
  leases: z.object({ items: z.array(z.object({ node: count, paidEpochs: count, refundedEpochs: count, burnedEpochs: count })) }),
  nodes: z.object({ items: z.array(z.object({ index: count, registeredAt: z.string().regex(/^\d+$/).transform(Number) })) }),
});

/** What the indexer remembers of nodes: their newest leases, and when they were registered. @returns undefined while it does not answer. */
export async function readNodeHistory(
  network: Network,
  nodes: readonly number[],
): Promise<{ records: Map<number, TrackRecord>; registeredAt: Map<number, number> } | undefined> {
  if (network.graphqlUrl === undefined) return undefined;
  const query = `query ($nodes: [Int!]!) {
    leases(where: {node_in: $nodes}, orderBy: "id", orderDirection: "desc", limit: ${LIMIT}) { items { node paidEpochs refundedEpochs burnedEpochs } }
    nodes(where: {index_in: $nodes}, limit: ${LIMIT}) { items { index registeredAt } } }`;
  const parsed = historySchema.safeParse(await queryIndexer(network.graphqlUrl, query, { nodes: nodes.slice(0, LIMIT) }));
  if (!parsed.success) return undefined;
  const records = new Map<number, TrackRecord>();
  for (const { node, paidEpochs, refundedEpochs, burnedEpochs } of parsed.data.leases.items) {
    const known = records.get(node) ?? { epochs: 0, kept: 0 };
    records.set(node, { epochs: known.epochs + paidEpochs + refundedEpochs + burnedEpochs, kept: known.kept + paidEpochs });
  }
  return { records, registeredAt: new Map(parsed.data.nodes.items.map(({ index, registeredAt }) => [index, registeredAt])) };
}
