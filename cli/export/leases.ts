import { z } from "zod";
import { epochEnd, epochStart } from "../../core/epochTime.ts";
import type { ProtocolParameters } from "../../core/parameters.ts";
import { amountCells, amountColumns, isoTime, type Cell } from "./csvFile.ts";
import { count, seconds, wei, type IndexerReader } from "./indexerReader.ts";

export interface LeasesFilter {
  node?: number;
  operator?: string;
  tenant?: string;
  /** Epochs [first, end). */
  first: number;
  end: number;
}

export const LEASES_COLUMNS = [
  "lease",
  "listing",
  "node",
  "tenant",
  "provider",
  "epoch",
  "starts_at",
  "ends_at",
  "state",
  ...amountColumns("price"),
  ...amountColumns("paid"),
  ...amountColumns("refunded"),
  ...amountColumns("burned"),
  ...amountColumns("pending"),
  "rejected",
  "settled_at",
  "settle_transaction",
  "lease_end_reason",
];

const leaseRow = z.object({
  id: count,
  listing: count,
  node: count,
  tenant: z.string(),
  provider: z.string(),
  pricePerEpoch: wei,
  first: count,
  bookedEnd: count,
  end: count,
  next: count,
  endReason: z.string().nullable(),
  endedAt: seconds.nullable(),
});
const LEASE = "id listing node tenant provider pricePerEpoch first bookedEnd end next endReason endedAt";
const epochRow = z.object({ epoch: count, outcome: z.enum(["paid", "refunded", "burned"]).nullable(), rejected: z.boolean(), settledAt: seconds.nullable(), transactionHash: z.string() });
const EPOCH = "epoch outcome rejected settledAt transactionHash";

type Lease = z.infer<typeof leaseRow>;
type State = "paid" | "refunded" | "burned" | "cut off" | "pending";

/** A row for each lease and booked epoch, by lease and epoch: the amounts of a lease add up to what its tenant paid in. */
export async function* leasesRows(reader: IndexerReader, parameters: ProtocolParameters, filter: LeasesFilter): AsyncGenerator<Cell[]> {
  const { node, operator, tenant, first, end } = filter;
  const where = {
    ...(node !== undefined && { node }),
    ...(operator !== undefined && { provider: operator }),
    ...(tenant !== undefined && { tenant }),
    first_lt: end,
    bookedEnd_gt: first,
  };
  for await (const lease of reader.rows({ plural: "leases", filter: "leaseFilter", columns: LEASE, row: leaseRow, where, orderBy: "id" })) {
    const known = new Map<number, z.infer<typeof epochRow>>();
    const epochs = { plural: "leaseEpochs", filter: "leaseEpochFilter", columns: EPOCH, row: epochRow, where: { lease: lease.id }, orderBy: "epoch" };
    for await (const row of reader.rows(epochs)) known.set(row.epoch, row);
    for (let epoch = Math.max(lease.first, first); epoch < Math.min(lease.bookedEnd, end); epoch++) yield toRow(parameters, lease, epoch, known.get(epoch));
  }
}

function toRow(parameters: ProtocolParameters, lease: Lease, epoch: number, known: z.infer<typeof epochRow> | undefined): Cell[] {
  // What was settled since the lease itself was read counts as pending still: all of its rows are of one state.
  const settled = epoch < lease.next ? known : undefined;
  const state: State = epoch >= lease.end ? "cut off" : (settled?.outcome ?? "pending");
  const price = lease.pricePerEpoch;
  const amount = (...states: State[]) => amountCells(states.includes(state) ? price : 0n);
  return [
    lease.id,
    lease.listing,
    lease.node,
    lease.tenant,
    lease.provider,
    epoch,
    isoTime(epochStart(parameters, epoch)),
    isoTime(epochEnd(parameters, epoch)),
    state,
    ...amountCells(price),
    ...amount("paid"),
    ...amount("refunded", "cut off"),
    ...amount("burned"),
    ...amount("pending"),
    known?.rejected === true ? "yes" : "no",
    isoTime(state === "cut off" ? lease.endedAt : (settled?.settledAt ?? null)),
    settled?.transactionHash ?? null,
    lease.endReason,
  ];
}
