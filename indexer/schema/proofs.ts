import { index, onchainTable, primaryKey } from "ponder";

/** An epoch in which the chain had a block, or that an event named. */
export const epoch = onchainTable("epoch", (t) => ({
  epoch: t.integer().primaryKey(),
  startsAt: t.bigint().notNull(),
  endsAt: t.bigint().notNull(),
  /** PRF-5. */
  finalAt: t.bigint().notNull(),
  final: t.boolean().notNull(),
  /** Null while nobody has poked: then keccak256(abi.encode(last seed, epoch)) holds. */
  seed: t.hex(),
  /** Active nodes, and wei at stake in all nodes, at its start; null before it, or if nobody looked in time. */
  activeNodes: t.integer(),
  stake: t.bigint(),
  /** Pool and target stake in force, wei; null as above (REW-1). */
  poolPerEpoch: t.bigint(),
  targetStake: t.bigint(),
  /** Commits made, and those of them that are void. */
  commitCount: t.integer().notNull(),
  voidCount: t.integer().notNull(),
  /** Node of the latest commit: from it `commit.previous` leads to all others. */
  latestCommit: t.integer(),
  /** Slots proved and bytes claimed by commits that are not void. */
  slots: t.integer().notNull(),
  relayedBytes: t.bigint().notNull(),
  /** Σ of the weights that share in the reward now: neither void nor under challenge (PRF-4). */
  totalWeight: t.bigint().notNull(),
  /** Wei that its nodes share: as the first claim fixed it, till then what it would fix; null until final (REW-1). */
  reward: t.bigint(),
  /** As the first claim fixed it; null until then (REW-1). */
  earned: t.bigint(),
  /** Claimed of this epoch, wei before the burn of 1 %. */
  claimed: t.bigint().notNull(),
  /** What leases of this epoch came to: wei paid to providers, refunded to tenants, burned. */
  leasePaid: t.bigint().notNull(),
  leaseRefunded: t.bigint().notNull(),
  leaseBurned: t.bigint().notNull(),
  /** Wei redeemed from channels and burned while this epoch ran. */
  redeemed: t.bigint().notNull(),
  burned: t.bigint().notNull(),
}));

export const commit = onchainTable(
  "commit",
  (t) => ({
    /** Registry index. */
    node: t.integer().notNull(),
    epoch: t.integer().notNull(),
    /** Bit s = slot s; its popcount is `slots`. */
    bitmap: t.bigint().notNull(),
    slots: t.integer().notNull(),
    receiptsRoot: t.hex().notNull(),
    relayedBytes: t.bigint().notNull(),
    /** CIDv1 in base32, and the digest as the contract holds it. */
    cid: t.text().notNull(),
    digest: t.hex().notNull(),
    weight: t.bigint().notNull(),
    /** Share of the epoch's reward, wei before the burn of 1 %: 0 if void; null until final. */
    reward: t.bigint(),
    /** Node whose commit for the same epoch came before; null for the first. */
    previous: t.integer(),
    /** Slots named by any challenge, as a bitmap. */
    named: t.bigint().notNull(),
    /** Challenges that are neither answered nor overdue. */
    openChallenges: t.integer().notNull(),
    voided: t.boolean().notNull(),
    voidedAt: t.bigint(),
    enforced: t.boolean().notNull(),
    finalAt: t.bigint().notNull(),
    final: t.boolean().notNull(),
    committedAt: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.node, table.epoch] }), byEpoch: index().on(table.epoch) }),
);

export const challenge = onchainTable(
  "challenge",
  (t) => ({
    node: t.integer().notNull(),
    epoch: t.integer().notNull(),
    challengeId: t.bigint().notNull(),
    challenger: t.hex().notNull(),
    /** Slots named, as a bitmap. */
    bitmap: t.bigint().notNull(),
    slots: t.integer().notNull(),
    /** Last second in which the answer is accepted. */
    deadline: t.bigint().notNull(),
    /** open, answered, overdue, or returned: still open when the commit was enforced for another challenge. */
    status: t.text().notNull(),
    answerer: t.hex(),
    answeredAt: t.bigint(),
    challengedAt: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({
    pk: primaryKey({ columns: [table.node, table.epoch, table.challengeId] }),
    byChallenger: index().on(table.challenger),
    byStatus: index().on(table.status),
  }),
);

export const claim = onchainTable(
  "claim",
  (t) => ({
    node: t.integer().notNull(),
    epoch: t.integer().notNull(),
    operator: t.hex().notNull(),
    /** Before the burn of 1 %. */
    amount: t.bigint().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.node, table.epoch] }), byOperator: index().on(table.operator) }),
);

/** Pool and target stake that hold from an epoch on, where governance changed them. */
export const rewardParameter = onchainTable("reward_parameter", (t) => ({
  effectiveEpoch: t.integer().primaryKey(),
  poolPerEpoch: t.bigint().notNull(),
  targetStake: t.bigint().notNull(),
}));

/** Part of the unallocated reserve moved to a successor vault (REW-4). */
export const reserveMove = onchainTable("reserve_move", (t) => ({
  id: t.text().primaryKey(),
  successor: t.hex().notNull(),
  amount: t.bigint().notNull(),
  timestamp: t.bigint().notNull(),
  block: t.integer().notNull(),
  transactionHash: t.hex().notNull(),
}));
