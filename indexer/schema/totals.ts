import { index, onchainTable } from "ponder";

/**
 * One row, id "x0t": the whole network as it is. What each vault holds for others is the sum of the columns that name it, so
 * that its balance can be less only by a fault, and more only by gifts.
 */
export const network = onchainTable("network", (t) => ({
  id: t.text().primaryKey(),
  /** Epoch of the latest block seen; every epoch before `finalBefore` is final (PRF-5). */
  epoch: t.integer().notNull(),
  finalBefore: t.integer().notNull(),
  /** In force in that epoch, wei (REW-1). */
  poolPerEpoch: t.bigint().notNull(),
  targetStake: t.bigint().notNull(),
  /** Registered nodes, those active now, and accounts that have nodes. */
  nodes: t.integer().notNull(),
  activeNodes: t.integer().notNull(),
  operators: t.integer().notNull(),
  /** Held by the registry, wei: active stake and unbonding stake of all nodes. */
  stake: t.bigint().notNull(),
  unbonding: t.bigint().notNull(),
  /** Held by the ledger, wei: bonds of challenges that are neither answered nor enforced. */
  bonds: t.bigint().notNull(),
  /** Held by the rewards, wei: what no epoch has earned yet, and what is earned but not claimed (of opened epochs). */
  reserve: t.bigint().notNull(),
  rewardsOwed: t.bigint().notNull(),
  /** Held by the channels, wei. */
  channelDeposits: t.bigint().notNull(),
  /** Held by the marketplace, wei. */
  escrow: t.bigint().notNull(),
  openChannels: t.integer().notNull(),
  openListings: t.integer().notNull(),
  /** Leases ever begun, and those with epochs to settle. */
  leases: t.integer().notNull(),
  openLeases: t.integer().notNull(),
  /** Commits made, void ones, and of those not void the slots proved and the bytes claimed: lifetime. */
  commits: t.integer().notNull(),
  voids: t.integer().notNull(),
  slots: t.integer().notNull(),
  relayedBytes: t.bigint().notNull(),
  slashed: t.bigint().notNull(),
  /** Burned so far, wei: equals token.totalBurned. */
  burned: t.bigint().notNull(),
  /** Paid by vaults so far, by kind of payment, wei before the burn of 1 %. */
  paidRewards: t.bigint().notNull(),
  paidChannels: t.bigint().notNull(),
  paidLeases: t.bigint().notNull(),
  paidChallenges: t.bigint().notNull(),
  paidOther: t.bigint().notNull(),
  proposals: t.integer().notNull(),
  /** Who may pause and cancel (GOV-3); null with an empty seat. */
  guardian: t.hex(),
  /** New positions are paused until then, seconds; 0 if never, or lifted. And the row of the latest pause. */
  pausedUntil: t.bigint().notNull(),
  pause: t.text(),
}));

/** A day of UTC on which something happened; `day` counts from 1970-01-01. Amounts are wei, paid ones before the burn of 1 %. */
export const day = onchainTable("day", (t) => ({
  day: t.integer().primaryKey(),
  startsAt: t.bigint().notNull(),
  burned: t.bigint().notNull(),
  paidRewards: t.bigint().notNull(),
  paidChannels: t.bigint().notNull(),
  paidLeases: t.bigint().notNull(),
  paidChallenges: t.bigint().notNull(),
  paidOther: t.bigint().notNull(),
  /** Total supply at its end (so far). */
  supply: t.bigint().notNull(),
  /** Commits made on it and the bytes they claim, also of those void later. */
  commits: t.integer().notNull(),
  relayedBytes: t.bigint().notNull(),
  registrations: t.integer().notNull(),
  leases: t.integer().notNull(),
}));

/**
 * Every event of every contract but Transfer and Approval, which have tables of their own. Ordered by id they are in the
 * order of the chain.
 */
export const event = onchainTable(
  "event",
  (t) => ({
    id: t.text().primaryKey(),
    /** NodeRegistry, ProofLedger … as in the address book. */
    contract: t.text().notNull(),
    /** As in the contract's ABI. */
    name: t.text().notNull(),
    /** Registry index of the node that it is about, if it names one. */
    node: t.integer(),
    /** The account that it names first, if any: operator, payer, payee, tenant, voter … */
    account: t.hex(),
    /** JSON of its arguments by name: amounts and other large numbers as decimal strings; long bytes, texts and lists are cut. */
    args: t.text().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byNode: index().on(table.node, table.id), byAccount: index().on(table.account, table.id) }),
);

/** What will become true by time alone: a row leaves when the first block at or after `at` has been seen. */
export const deadline = onchainTable(
  "deadline",
  (t) => ({
    id: t.text().primaryKey(),
    /** void (node, epoch, challengeId), activity (node, epoch, active), voting or closes (proposal). */
    kind: t.text().notNull(),
    at: t.bigint().notNull(),
    node: t.integer(),
    epoch: t.integer(),
    challengeId: t.bigint(),
    active: t.boolean(),
    proposal: t.bigint(),
  }),
  (table) => ({ byAt: index().on(table.at) }),
);

/** One row, id "next": the earliest deadline, so that a block without one costs no query. */
export const clock = onchainTable("clock", (t) => ({
  id: t.text().primaryKey(),
  at: t.bigint(),
}));
