import { network, node, operator } from "ponder:schema";
import type { Context } from "ponder:registry";
import type { Address } from "viem";
import { parameters } from "./rules.ts";

type Db = Context["db"];

/** Amounts to add to the columns of a row. */
export type Amounts<Row> = { [Column in keyof Row as Row[Column] extends number | bigint ? Column : never]?: Row[Column] };

/** The columns of `row` that change when `amounts` are added to them. */
export function sums<Row extends object>(row: Row, amounts: Amounts<Row>): Partial<Row> {
  const known = row as Record<string, bigint>;
  const changed = Object.entries(amounts as Record<string, bigint>).map(([column, amount]) => [column, (known[column] as bigint) + amount]);
  return Object.fromEntries(changed) as Partial<Row>;
}

type NetworkRow = typeof network.$inferSelect;
type NodeRow = typeof node.$inferSelect;
type OperatorRow = typeof operator.$inferSelect;

const NETWORK = { id: "x0t" } as const;
const NO_NETWORK = {
  ...NETWORK,
  epoch: 0,
  finalBefore: 0,
  poolPerEpoch: parameters.poolPerEpoch,
  targetStake: parameters.targetStake,
  nodes: 0,
  activeNodes: 0,
  operators: 0,
  stake: 0n,
  unbonding: 0n,
  bonds: 0n,
  reserve: 0n,
  rewardsOwed: 0n,
  channelDeposits: 0n,
  escrow: 0n,
  openChannels: 0,
  openListings: 0,
  leases: 0,
  openLeases: 0,
  commits: 0,
  voids: 0,
  slots: 0,
  relayedBytes: 0n,
  slashed: 0n,
  burned: 0n,
  paidRewards: 0n,
  paidChannels: 0n,
  paidLeases: 0n,
  paidChallenges: 0n,
  paidOther: 0n,
  proposals: 0,
  pausedUntil: 0n,
};
const NO_OPERATOR = {
  nodeCount: 0,
  stake: 0n,
  unbonding: 0n,
  slashed: 0n,
  earned: 0n,
  claimed: 0n,
  redeemed: 0n,
  leaseIncome: 0n,
  challengeIncome: 0n,
  burned: 0n,
};

/** The one row of the whole network; it begins with the first block. */
export async function readNetwork(db: Db): Promise<NetworkRow> {
  return (await db.find(network, NETWORK)) ?? db.insert(network).values(NO_NETWORK);
}

export async function updateNetwork(db: Db, change: Partial<Omit<NetworkRow, "id">>): Promise<void> {
  await db.update(network, NETWORK).set(change);
}

export async function addToNetwork(db: Db, amounts: Amounts<NetworkRow>): Promise<void> {
  await db.update(network, NETWORK).set((row) => sums(row, amounts));
}

/** @returns the row after the change. */
export async function updateNode(db: Db, index: number, change: (row: NodeRow) => Partial<Omit<NodeRow, "index">>): Promise<NodeRow> {
  return db.update(node, { index }).set(change);
}

/** @returns the row after the change. */
export async function addToNode(db: Db, index: number, amounts: Amounts<NodeRow>): Promise<NodeRow> {
  return db.update(node, { index }).set((row) => sums(row, amounts));
}

/** @returns the row after the change. */
export async function addToOperator(db: Db, address: Address, amounts: Amounts<OperatorRow>): Promise<OperatorRow> {
  const first = { address, ...NO_OPERATOR, ...amounts };
  return db.insert(operator).values(first).onConflictDoUpdate((row) => sums(row, amounts));
}
