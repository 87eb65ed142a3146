import { index, onchainTable, primaryKey } from "ponder";

// Every total below is kept up to date event by event, never counted anew.

/**
 * A node of the registry: what it is, what it did so far, and the parts of trust. How much a node can be trusted is for the
 * reader to weigh: its age (`registeredEpoch`), `recentSlots` and `recentVoids` of the last 168 final epochs, `slashCount`,
 * `stake`, and how it kept its leases. No single number is made of them here.
 */
export const node = onchainTable(
  "node",
  (t) => ({
    /** Registry index. */
    index: t.integer().primaryKey(),
    nodeId: t.hex().notNull(),
    operator: t.hex().notNull(),
    witness: t.hex().notNull(),
    /** First epoch in which receipts of this witness key count (REG-1). */
    witnessFromEpoch: t.integer().notNull(),
    /** CID of the DID document, and its digest as the contract holds it. */
    metadata: t.text().notNull(),
    metadataDigest: t.hex().notNull(),
    /** Active stake, wei. */
    stake: t.bigint().notNull(),
    /** Wei in the unbonding bucket, and when they may be withdrawn, seconds; 0 with an empty bucket. */
    unbonding: t.bigint().notNull(),
    unbondsAt: t.bigint().notNull(),
    /** Wei lost by slashes, and how many slashes there were. */
    slashed: t.bigint().notNull(),
    slashCount: t.integer().notNull(),
    /** True from the epoch on that the registry named (REG-2). */
    active: t.boolean().notNull(),
    /** First epoch of the stretch of activity that goes on; null while inactive. */
    activeFromEpoch: t.integer(),
    /**
     * Epochs of the stretches of activity that are over. The slots that it could have proved are slots per epoch ×
     * (activeEpochs + the epochs from activeFromEpoch to the one before the running one).
     */
    activeEpochs: t.integer().notNull(),
    benched: t.boolean().notNull(),
    /** Commits made, those of them that are void, and the latest epoch committed. */
    commitCount: t.integer().notNull(),
    voidCount: t.integer().notNull(),
    lastCommitEpoch: t.integer(),
    /** Slots proved and bytes claimed by commits that are not void; the bytes are its own word. */
    slots: t.integer().notNull(),
    relayedBytes: t.bigint().notNull(),
    /**
     * Of the last 168 final epochs: slots proved and commits made that are not void, and void commits. The slots are of 168 ×
     * slots per epoch; of a younger node, of its epochs from registeredEpoch + 1 to the one before network.finalBefore.
     */
    recentSlots: t.integer().notNull(),
    recentCommits: t.integer().notNull(),
    recentVoids: t.integer().notNull(),
    /** Challenges against it: made, answered in time, overdue. */
    challengeCount: t.integer().notNull(),
    challengesAnswered: t.integer().notNull(),
    challengesLost: t.integer().notNull(),
    /** Σ of its shares of final epochs, wei before the burn of 1 %: earned − claimed may be claimed now. */
    earned: t.bigint().notNull(),
    /** Claimed rewards before the burn of 1 %. */
    claimed: t.bigint().notNull(),
    /**
     * Wei that left channels to its operator in transactions of its own witness keys, before the burn of 1 %, and how
     * often. A redemption that somebody else sent counts for the operator only: a channel names no node.
     */
    redeemed: t.bigint().notNull(),
    redemptionCount: t.integer().notNull(),
    /** Leases made, and wei they paid its provider before the burn of 1 %. */
    leaseCount: t.integer().notNull(),
    leaseIncome: t.bigint().notNull(),
    /** Settled epochs of leases: paid to the provider, refunded to the tenant, or burned because the tenant had rejected them. */
    leaseEpochsPaid: t.integer().notNull(),
    leaseEpochsRefunded: t.integer().notNull(),
    leaseEpochsBurned: t.integer().notNull(),
    registeredAt: t.bigint().notNull(),
    registeredEpoch: t.integer().notNull(),
    registeredBlock: t.integer().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator), byNodeId: index().on(table.nodeId) }),
);

/** An account that has nodes, or that vaults paid for work. Amounts are wei before the burn of 1 %. */
export const operator = onchainTable("operator", (t) => ({
  address: t.hex().primaryKey(),
  nodeCount: t.integer().notNull(),
  /** Σ active stake of its nodes: also its votes, in raw units (REG-5). */
  stake: t.bigint().notNull(),
  unbonding: t.bigint().notNull(),
  slashed: t.bigint().notNull(),
  /** Σ of its nodes' shares of final epochs, and what of it was claimed. */
  earned: t.bigint().notNull(),
  claimed: t.bigint().notNull(),
  /** As payee of channels. */
  redeemed: t.bigint().notNull(),
  leaseIncome: t.bigint().notNull(),
  /** For challenges that it won. */
  challengeIncome: t.bigint().notNull(),
  /** The 1 % of all that vaults paid to it. */
  burned: t.bigint().notNull(),
}));

/** Every witness key that a node ever had; a key belongs to one node for good (REG-1). */
export const witnessKey = onchainTable(
  "witness_key",
  (t) => ({
    address: t.hex().primaryKey(),
    node: t.integer().notNull(),
    /** First epoch in which its receipts count. */
    fromEpoch: t.integer().notNull(),
    /** First epoch in which the next key's count; null for the present one. */
    untilEpoch: t.integer(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byNode: index().on(table.node) }),
);

export const stakeChange = onchainTable(
  "stake_change",
  (t) => ({
    id: t.text().primaryKey(),
    node: t.integer().notNull(),
    /** registered, added, unbonding, withdrawn or slashed. */
    kind: t.text().notNull(),
    amount: t.bigint().notNull(),
    /** Active and unbonding stake after the change. */
    stake: t.bigint().notNull(),
    unbonding: t.bigint().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byNode: index().on(table.node) }),
);

/** Announced maintenance: the epochs [first, end) cost no bonus (PRF-3). */
export const maintenance = onchainTable(
  "maintenance",
  (t) => ({
    node: t.integer().notNull(),
    first: t.integer().notNull(),
    end: t.integer().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.node, table.first] }) }),
);

/** Stake of all nodes, wei, from a time on: what quorums are taken of (GOV-2). */
export const stakeTotal = onchainTable("stake_total", (t) => ({
  timestamp: t.bigint().primaryKey(),
  stake: t.bigint().notNull(),
}));
