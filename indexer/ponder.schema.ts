import { index, onchainTable, primaryKey, relations } from "ponder";
import { proposal, vote } from "./schema/governance.ts";
import { lease, leaseEpoch, listing } from "./schema/market.ts";

// Ponder takes its whole schema from this one file: what stands elsewhere must be exported from here.
export { lease, leaseEpoch, listing, proposal, vote };

// Longer than 250 lines because relations tie all tables together.
// GraphQL names follow from these: table `commit` answers as `commit(node, epoch)` and `commits(where)`.
// Amounts are wei, times seconds since 1970, both as decimal strings (BigInt); epochs and nodes plain numbers (Int).

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
    stake: t.bigint().notNull(),
    unbonding: t.bigint().notNull(),
    unbondsAt: t.bigint().notNull(),
    slashed: t.bigint().notNull(),
    /** True from the epoch on that the registry named (REG-2). */
    active: t.boolean().notNull(),
    benched: t.boolean().notNull(),
    /** Claimed rewards before the burn of 1 %. */
    claimed: t.bigint().notNull(),
    registeredAt: t.bigint().notNull(),
    registeredBlock: t.integer().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator), byNodeId: index().on(table.nodeId) }),
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

export const epoch = onchainTable("epoch", (t) => ({
  epoch: t.integer().primaryKey(),
  startsAt: t.bigint().notNull(),
  endsAt: t.bigint().notNull(),
  /** PRF-5. */
  finalAt: t.bigint().notNull(),
  final: t.boolean().notNull(),
  /** Null while nobody has poked: then keccak256(abi.encode(last seed, epoch)) holds. */
  seed: t.hex(),
  /** Commits made, and those of them that are void. */
  commitCount: t.integer().notNull(),
  voidCount: t.integer().notNull(),
  /** Slots proved and bytes claimed by commits that are not void. */
  slots: t.integer().notNull(),
  relayedBytes: t.bigint().notNull(),
  /** Σ of the weights that share in the reward now: neither void nor under challenge (PRF-4). */
  totalWeight: t.bigint().notNull(),
  /** Null until the first claim fixes it (REW-1). */
  earned: t.bigint(),
  /** Claimed before the burn of 1 %. */
  claimed: t.bigint().notNull(),
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
  (table) => ({ pk: primaryKey({ columns: [table.node, table.epoch, table.challengeId] }) }),
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

export const channel = onchainTable(
  "channel",
  (t) => ({
    id: t.hex().primaryKey(),
    payer: t.hex().notNull(),
    payee: t.hex().notNull(),
    signer: t.hex().notNull(),
    deposit: t.bigint().notNull(),
    redeemed: t.bigint().notNull(),
    redemptionCount: t.integer().notNull(),
    /** Null while open. */
    closesAt: t.bigint(),
    closed: t.boolean().notNull(),
    refunded: t.bigint().notNull(),
    openedAt: t.bigint().notNull(),
  }),
  (table) => ({ byPayer: index().on(table.payer), byPayee: index().on(table.payee) }),
);

export const redemption = onchainTable(
  "redemption",
  (t) => ({
    id: t.text().primaryKey(),
    channel: t.hex().notNull(),
    payer: t.hex().notNull(),
    payee: t.hex().notNull(),
    /** Wei that left the channel: 99 % to the payee, 1 % burned. */
    amount: t.bigint().notNull(),
    /** Redeemed from the channel so far, this redemption included. */
    redeemed: t.bigint().notNull(),
    /** Epoch in which it happened. */
    epoch: t.integer().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byChannel: index().on(table.channel), byPayee: index().on(table.payee), byEpoch: index().on(table.epoch) }),
);

/** A vault paid (TOK-3): `net` reached `to`, `burned` ceased to exist. */
export const payment = onchainTable(
  "payment",
  (t) => ({
    id: t.text().primaryKey(),
    vault: t.hex().notNull(),
    to: t.hex().notNull(),
    net: t.bigint().notNull(),
    burned: t.bigint().notNull(),
    epoch: t.integer().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byTo: index().on(table.to), byEpoch: index().on(table.epoch) }),
);

/** Every Transfer event: also those from the zero address (the one mint) and to it (burns). */
export const transfer = onchainTable(
  "transfer",
  (t) => ({
    id: t.text().primaryKey(),
    from: t.hex().notNull(),
    to: t.hex().notNull(),
    amount: t.bigint().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byFrom: index().on(table.from), byTo: index().on(table.to) }),
);

export const burn = onchainTable(
  "burn",
  (t) => ({
    id: t.text().primaryKey(),
    /** Whose balance it left. */
    from: t.hex().notNull(),
    amount: t.bigint().notNull(),
    epoch: t.integer().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byEpoch: index().on(table.epoch), byTransaction: index().on(table.transactionHash) }),
);

export const account = onchainTable("account", (t) => ({
  address: t.hex().primaryKey(),
  /** Rebuilt from Transfer events alone. */
  balance: t.bigint().notNull(),
  /** none, active or retired (TOK-4). */
  vault: t.text().notNull(),
  updatedAt: t.bigint().notNull(),
}));

/** One row, id "X0T" (TOK-5). */
export const token = onchainTable("token", (t) => ({
  id: t.text().primaryKey(),
  totalSupply: t.bigint().notNull(),
  totalBurned: t.bigint().notNull(),
}));

/** Pool and target stake that hold from an epoch on, where governance changed them. */
export const rewardParameter = onchainTable("reward_parameter", (t) => ({
  effectiveEpoch: t.integer().primaryKey(),
  poolPerEpoch: t.bigint().notNull(),
  targetStake: t.bigint().notNull(),
}));

/** What will become true by time alone: a row leaves when the first block at or after `at` has been seen. */
export const deadline = onchainTable(
  "deadline",
  (t) => ({
    id: t.text().primaryKey(),
    /** final (epoch), void (node, epoch, challengeId) or activity (node, active). */
    kind: t.text().notNull(),
    at: t.bigint().notNull(),
    node: t.integer(),
    epoch: t.integer(),
    challengeId: t.bigint(),
    active: t.boolean(),
  }),
  (table) => ({ byAt: index().on(table.at) }),
);

/** One row, id "next": the earliest deadline, so that a block without one costs no query. */
export const clock = onchainTable("clock", (t) => ({
  id: t.text().primaryKey(),
  at: t.bigint(),
}));

export const nodeRelations = relations(node, ({ many }) => ({
  commits: many(commit),
  challenges: many(challenge),
  claims: many(claim),
  stakeChanges: many(stakeChange),
  listings: many(listing),
  leases: many(lease),
}));

export const stakeChangeRelations = relations(stakeChange, ({ one }) => ({
  relay: one(node, { fields: [stakeChange.node], references: [node.index] }),
}));

export const epochRelations = relations(epoch, ({ many }) => ({
  commits: many(commit),
  claims: many(claim),
  redemptions: many(redemption),
  burns: many(burn),
}));

export const commitRelations = relations(commit, ({ one, many }) => ({
  relay: one(node, { fields: [commit.node], references: [node.index] }),
  period: one(epoch, { fields: [commit.epoch], references: [epoch.epoch] }),
  challenges: many(challenge),
}));

export const challengeRelations = relations(challenge, ({ one }) => ({
  relay: one(node, { fields: [challenge.node], references: [node.index] }),
  commit: one(commit, { fields: [challenge.node, challenge.epoch], references: [commit.node, commit.epoch] }),
}));

export const claimRelations = relations(claim, ({ one }) => ({
  relay: one(node, { fields: [claim.node], references: [node.index] }),
  period: one(epoch, { fields: [claim.epoch], references: [epoch.epoch] }),
}));

export const channelRelations = relations(channel, ({ many }) => ({ redemptions: many(redemption) }));

export const redemptionRelations = relations(redemption, ({ one }) => ({
  paidFrom: one(channel, { fields: [redemption.channel], references: [channel.id] }),
  period: one(epoch, { fields: [redemption.epoch], references: [epoch.epoch] }),
}));

export const burnRelations = relations(burn, ({ one }) => ({
  period: one(epoch, { fields: [burn.epoch], references: [epoch.epoch] }),
}));

export const listingRelations = relations(listing, ({ one, many }) => ({
  relay: one(node, { fields: [listing.node], references: [node.index] }),
  leases: many(lease),
}));

export const leaseRelations = relations(lease, ({ one, many }) => ({
  relay: one(node, { fields: [lease.node], references: [node.index] }),
  offer: one(listing, { fields: [lease.listing], references: [listing.id] }),
  epochs: many(leaseEpoch),
}));

export const leaseEpochRelations = relations(leaseEpoch, ({ one }) => ({
  leased: one(lease, { fields: [leaseEpoch.lease], references: [lease.id] }),
}));

export const proposalRelations = relations(proposal, ({ many }) => ({ votes: many(vote) }));

export const voteRelations = relations(vote, ({ one }) => ({
  about: one(proposal, { fields: [vote.proposal], references: [proposal.id] }),
}));
