import { z } from "zod";
import { epochEnd, epochStart } from "../../core/epochTime.ts";
import type { ProtocolParameters } from "../../core/parameters.ts";
import { amountCells, amountColumns, isoTime, type Cell } from "./csvFile.ts";
import { count, seconds, wei, type IndexerReader } from "./indexerReader.ts";

export interface EarningsFilter {
  node?: number;
  operator?: string;
  /** Epochs [first, end). */
  first: number;
  end: number;
}

export const EARNINGS_COLUMNS = [
  "node",
  "operator",
  "epoch",
  "starts_at",
  "ends_at",
  "slots",
  "reward_state",
  ...amountColumns("reward"),
  ...amountColumns("reward_burned"),
  ...amountColumns("reward_net"),
  "claimed_at",
  "claim_transaction",
  "redemptions",
  ...amountColumns("redeemed"),
  ...amountColumns("redeemed_net"),
  "lease_epochs_paid",
  ...amountColumns("lease_income"),
  ...amountColumns("lease_income_net"),
];

const nodeRow = z.object({ index: count, operator: z.string() });
const commitRow = z.object({ epoch: count, slots: count, reward: wei.nullable(), voided: z.boolean(), final: z.boolean() });
const claimRow = z.object({ epoch: count, amount: wei, timestamp: seconds, transactionHash: z.string() });
const redemptionRow = z.object({ epoch: count, amount: wei });
const leaseRow = z.object({ id: count, pricePerEpoch: wei });
const leaseEpochRow = z.object({ epoch: count, outcome: z.string().nullable() });

interface EpochEarnings {
  commit?: z.infer<typeof commitRow>;
  claim?: z.infer<typeof claimRow>;
  redemptions: bigint[];
  leases: bigint[];
}

/** A row for each node and epoch in which something came in, by node and epoch; then what reached an operator through no node. */
export async function* earningsRows(reader: IndexerReader, parameters: ProtocolParameters, filter: EarningsFilter): AsyncGenerator<Cell[]> {
  const { node, operator, first, end } = filter;
  const where = { ...(node !== undefined && { index: node }), ...(operator !== undefined && { operator }) };
  const operators = new Set<string>();
  for await (const { index, operator: owner } of reader.rows({ plural: "nodes", filter: "nodeFilter", columns: "index operator", row: nodeRow, where, orderBy: "index" })) {
    operators.add(owner);
    yield* toRows(parameters, index, owner, await readNode(reader, index, first, end));
  }
  if (node !== undefined) return;
  for (const owner of [...operators].sort()) {
    const epochs = new Map<number, EpochEarnings>();
    await addRedemptions(reader, epochs, { payee: owner, node: null, epoch_gte: first, epoch_lt: end });
    yield* toRows(parameters, null, owner, epochs);
  }
}

async function readNode(reader: IndexerReader, node: number, first: number, end: number): Promise<Map<number, EpochEarnings>> {
  const epochs = new Map<number, EpochEarnings>();
  const where = { node, epoch_gte: first, epoch_lt: end };
  const commits = { plural: "commits", filter: "commitFilter", columns: "epoch slots reward voided final", row: commitRow, where, orderBy: "epoch" };
  for await (const commit of reader.rows(commits)) entry(epochs, commit.epoch).commit = commit;
  const claims = { plural: "claims", filter: "claimFilter", columns: "epoch amount timestamp transactionHash", row: claimRow, where, orderBy: "epoch" };
  for await (const claim of reader.rows(claims)) entry(epochs, claim.epoch).claim = claim;
  await addRedemptions(reader, epochs, where);
  // Only leases whose term and ours overlap.
  const leases = { plural: "leases", filter: "leaseFilter", columns: "id pricePerEpoch", row: leaseRow, where: { node, first_lt: end, bookedEnd_gt: first }, orderBy: "id" };
  for await (const { id, pricePerEpoch } of reader.rows(leases)) {
    const settled = { lease: id, outcome: "paid", epoch_gte: first, epoch_lt: end };
    const outcomes = { plural: "leaseEpochs", filter: "leaseEpochFilter", columns: "epoch outcome", row: leaseEpochRow, where: settled, orderBy: "epoch" };
    for await (const { epoch } of reader.rows(outcomes)) entry(epochs, epoch).leases.push(pricePerEpoch);
  }
  return epochs;
}

async function addRedemptions(reader: IndexerReader, epochs: Map<number, EpochEarnings>, where: Record<string, unknown>): Promise<void> {
  const redemptions = { plural: "redemptions", filter: "redemptionFilter", columns: "epoch amount", row: redemptionRow, where, orderBy: "id" };
  for await (const { epoch, amount } of reader.rows(redemptions)) entry(epochs, epoch).redemptions.push(amount);
}

function entry(epochs: Map<number, EpochEarnings>, epoch: number): EpochEarnings {
  const known = epochs.get(epoch) ?? { redemptions: [], leases: [] };
  epochs.set(epoch, known);
  return known;
}

function* toRows(parameters: ProtocolParameters, node: number | null, operator: string, epochs: Map<number, EpochEarnings>): Generator<Cell[]> {
  for (const [epoch, { commit, claim, redemptions, leases }] of [...epochs].sort(([a], [b]) => a - b)) {
    const reward = claim?.amount ?? commit?.reward ?? null;
    const burned = reward === null ? null : burnOf(reward);
    yield [
      node,
      operator,
      epoch,
      isoTime(epochStart(parameters, epoch)),
      isoTime(epochEnd(parameters, epoch)),
      commit?.slots ?? null,
      stateOf(commit, claim !== undefined),
      ...amountCells(reward),
      ...amountCells(burned),
      ...amountCells(reward === null || burned === null ? null : reward - burned),
      isoTime(claim?.timestamp ?? null),
      claim?.transactionHash ?? null,
      redemptions.length,
      ...amountCells(sum(redemptions)),
      ...amountCells(sum(redemptions.map(net))),
      leases.length,
      ...amountCells(sum(leases)),
      ...amountCells(sum(leases.map(net))),
    ];
  }
}

/** claimed, claimable, pending (not final yet), void, or none: nothing was committed. */
function stateOf(commit: EpochEarnings["commit"], claimed: boolean): string {
  if (claimed) return "claimed";
  if (commit === undefined) return "none";
  if (commit.voided) return "void";
  return commit.final ? "claimable" : "pending";
}

/** TOK-2, rounded down; a payment for several epochs burns 1 % of their sum, which may be a wei more than their burns. */
function burnOf(amount: bigint): bigint {
  return amount / 100n;
}

function net(amount: bigint): bigint {
  return amount - burnOf(amount);
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
