import type { RunningIndexer } from "./indexerProcess.ts";

/** Tables and the columns of them that are summed: amounts as strings, counts as numbers. */
const COLUMNS = {
  nodes: "index operator stake unbonding slashed active activeFromEpoch activeEpochs commitCount voidCount lastCommitEpoch slots relayedBytes recentSlots recentCommits recentVoids challengeCount challengesAnswered challengesLost earned claimed redeemed redemptionCount leaseCount leaseIncome leaseEpochsPaid leaseEpochsRefunded leaseEpochsBurned registeredAt",
  operators: "address nodeCount stake unbonding slashed earned claimed redeemed leaseIncome challengeIncome burned",
  epochs: "epoch startsAt activeNodes stake poolPerEpoch targetStake commitCount voidCount slots relayedBytes reward earned claimed leasePaid leaseRefunded leaseBurned redeemed burned",
  commits: "node epoch slots relayedBytes voided reward committedAt",
  challenges: "node epoch status",
  claims: "node epoch amount",
  channels: "id remaining closed",
  redemptions: "node payee epoch amount",
  payments: "kind to net burned timestamp",
  burns: "epoch amount timestamp",
  listings: "id open",
  leases: "id node pricePerEpoch paid paidEpochs refundedEpochs burnedEpochs pendingEpochs settled rentedAt",
  leaseEpochs: "lease epoch outcome",
  networks:
    "epoch finalBefore nodes activeNodes operators stake unbonding bonds reserve rewardsOwed channelDeposits escrow openChannels openListings leases openLeases commits voids slots relayedBytes slashed burned paidRewards paidChannels paidLeases paidChallenges paidOther",
} as const;

interface NodeTotals {
  index: number;
  operator: string;
  stake: string;
  unbonding: string;
  slashed: string;
  earned: string;
  active: boolean;
  activeFromEpoch: number | null;
  activeEpochs: number;
  registeredAt: string;
}
interface EpochTotals {
  epoch: number;
  startsAt: string;
  activeNodes: number | null;
}
interface CommitRow {
  node: number;
  epoch: number;
  slots: number;
  relayedBytes: string;
  voided: boolean;
  reward: string | null;
  committedAt: string;
}
interface LeaseRow {
  id: number;
  node: number;
  pricePerEpoch: string;
  paid: string;
  paidEpochs: number;
  refundedEpochs: number;
  burnedEpochs: number;
  pendingEpochs: number;
  settled: boolean;
  rentedAt: string;
}

export interface Rows {
  nodes: NodeTotals[];
  operators: { address: string }[];
  epochs: EpochTotals[];
  commits: CommitRow[];
  challenges: { node: number; epoch: number; status: string }[];
  claims: { node: number; epoch: number; amount: string }[];
  channels: { id: string; remaining: string; closed: boolean }[];
  redemptions: { node: number | null; payee: string; epoch: number; amount: string }[];
  payments: { kind: string; to: string; net: string; burned: string; timestamp: string }[];
  burns: { epoch: number; amount: string; timestamp: string }[];
  listings: { id: number; open: boolean }[];
  leases: LeaseRow[];
  leaseEpochs: { lease: number; epoch: number; outcome: string | null }[];
  networks: object[];
  days: { day: number; supply: string; burned: string }[];
}

/** What the comparisons sum: of a test, all of it. @throws if a table has more rows than are answered at once */
export async function readRows(indexer: RunningIndexer): Promise<Rows> {
  const rows: Record<string, unknown[]> = {};
  const days = `days(orderBy: "day", limit: 1000) { totalCount items { day startsAt burned paidRewards paidChannels paidLeases paidChallenges paidOther supply commits relayedBytes registrations leases } }`;
  const asked = Object.entries(COLUMNS).map(([table, columns]) => `${table}(limit: 1000) { totalCount items { ${columns} } }`);
  for (const part of [asked.slice(0, 5), asked.slice(5, 10), [...asked.slice(10), days]]) {
    const answer = await indexer.query<Record<string, { totalCount: number; items: unknown[] }>>(`{ ${part.join(" ")} }`);
    for (const [table, { totalCount, items }] of Object.entries(answer)) {
      if (items.length < totalCount) throw new Error(`${table} has ${totalCount} rows: too many for this comparison`);
      rows[table] = items;
    }
  }
  return rows as unknown as Rows;
}
