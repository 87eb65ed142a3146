import { index, onchainTable, primaryKey } from "ponder";

/** A proposal to the Governor. */
export const proposal = onchainTable(
  "proposal",
  (t) => ({
    id: t.bigint().primaryKey(),
    proposer: t.hex().notNull(),
    /** With its proposer's mark. */
    description: t.text().notNull(),
    /** The calls that the timelock makes, side by side. */
    targets: t.hex().array().notNull(),
    values: t.bigint().array().notNull(),
    calldatas: t.hex().array().notNull(),
    /** pending, active, defeated, succeeded, queued, executed or canceled, as the Governor says it. */
    state: t.text().notNull(),
    /** Stakes count as they were then; voting begins in the next second. */
    snapshotAt: t.bigint().notNull(),
    /** Last second of voting, objections included; later than planned after a late turn (GOV-2). */
    endsAt: t.bigint().notNull(),
    extended: t.boolean().notNull(),
    /** Null until it was queued: may be executed from then on. */
    executableAt: t.bigint(),
    queuedAt: t.bigint(),
    executedAt: t.bigint(),
    canceledAt: t.bigint(),
    /** proposer (before the vote began) or guardian (of what was queued); null if it was not cancelled. */
    canceledBy: t.text(),
    /** Raw stake by answer, wei, and ballots: Σ of the votes' floored roots (GOV-1). */
    forStake: t.bigint().notNull(),
    againstStake: t.bigint().notNull(),
    abstainStake: t.bigint().notNull(),
    forBallots: t.bigint().notNull(),
    againstBallots: t.bigint().notNull(),
    abstainBallots: t.bigint().notNull(),
    voteCount: t.integer().notNull(),
    /** What forStake + abstainStake must reach, wei; null until voting begins, for it is taken of the stake then (GOV-2). */
    quorum: t.bigint(),
    /** True once they did. */
    quorumReached: t.boolean().notNull(),
    /** As the tallies stand For has won, the quorum aside (GOV-2). */
    leading: t.boolean().notNull(),
    /** All it does is to replace the guardian, who therefore cannot cancel it (GOV-3). */
    replacesGuardianOnly: t.boolean().notNull(),
    /** How many changes it has gone through: its rows of `proposalChange`. */
    steps: t.integer().notNull(),
    /** The timelock's operation; null until it was queued. */
    timelockId: t.hex(),
    proposedAt: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byProposer: index().on(table.proposer), byBlock: index().on(table.block), byState: index().on(table.state) }),
);

/** What became of a proposal, step by step. */
export const proposalChange = onchainTable(
  "proposal_change",
  (t) => ({
    proposal: t.bigint().notNull(),
    /** 1 for the first, and so on. */
    step: t.integer().notNull(),
    /** created, active, extended, succeeded, defeated, queued, executed or canceled. */
    kind: t.text().notNull(),
    at: t.bigint().notNull(),
    /** created, active and extended: last second of voting; queued: executable from then on; else null. */
    until: t.bigint(),
    /** Null where time alone did it: active, succeeded, defeated. */
    transactionHash: t.hex(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.proposal, table.step] }) }),
);

export const vote = onchainTable(
  "vote",
  (t) => ({
    proposal: t.bigint().notNull(),
    voter: t.hex().notNull(),
    /** for, against or abstain. */
    support: t.text().notNull(),
    /** Raw stake that counted, wei, and its floored root. */
    stake: t.bigint().notNull(),
    ballots: t.bigint().notNull(),
    reason: t.text().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.proposal, table.voter] }), byVoter: index().on(table.voter) }),
);

/** What the timelock was told to do. */
export const timelockOperation = onchainTable(
  "timelock_operation",
  (t) => ({
    id: t.hex().primaryKey(),
    /** scheduled, executed or cancelled. */
    state: t.text().notNull(),
    /** The proposal that queued it. */
    proposal: t.bigint(),
    callCount: t.integer().notNull(),
    /** Calls made; an executed operation made all of them. */
    executedCalls: t.integer().notNull(),
    /** Zero for none. */
    predecessor: t.hex().notNull(),
    salt: t.hex(),
    scheduledAt: t.bigint().notNull(),
    /** May be executed from then on. */
    executableAt: t.bigint().notNull(),
    executedAt: t.bigint(),
    cancelledAt: t.bigint(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byProposal: index().on(table.proposal) }),
);

export const timelockCall = onchainTable(
  "timelock_call",
  (t) => ({
    timelockId: t.hex().notNull(),
    index: t.integer().notNull(),
    target: t.hex().notNull(),
    /** Wei of the chain's coin. */
    value: t.bigint().notNull(),
    data: t.hex().notNull(),
    executedAt: t.bigint(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.timelockId, table.index] }) }),
);

/** Who may do what at the timelock. */
export const timelockRole = onchainTable(
  "timelock_role",
  (t) => ({
    role: t.hex().notNull(),
    /** The zero address stands for everybody. */
    account: t.hex().notNull(),
    /** DEFAULT_ADMIN_ROLE, PROPOSER_ROLE, EXECUTOR_ROLE or CANCELLER_ROLE; null for another. */
    name: t.text(),
    held: t.boolean().notNull(),
    /** When it was last granted or revoked. */
    timestamp: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.role, table.account] }) }),
);

/** What governance may set, as it is now: seconds for votingDelay, votingPeriod, lateQuorumExtension and timelockDelay; wei else. */
export const setting = onchainTable("setting", (t) => ({
  /** Those, or proposalThreshold, poolPerEpoch, targetStake. The last two hold from the epoch after the change. */
  name: t.text().primaryKey(),
  contract: t.text().notNull(),
  value: t.bigint().notNull(),
  changedAt: t.bigint().notNull(),
}));

export const settingChange = onchainTable(
  "setting_change",
  (t) => ({
    id: t.text().primaryKey(),
    /** As in `setting`. */
    name: t.text().notNull(),
    /** Null for the first value, which the constructor set. */
    former: t.bigint(),
    value: t.bigint().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byName: index().on(table.name) }),
);

/** Whoever sat in the guardian's seat (GOV-3). */
export const guardianChange = onchainTable("guardian_change", (t) => ({
  id: t.text().primaryKey(),
  /** The zero address for an empty seat. */
  former: t.hex().notNull(),
  guardian: t.hex().notNull(),
  timestamp: t.bigint().notNull(),
  block: t.integer().notNull(),
  transactionHash: t.hex().notNull(),
}));

/** A pause of new positions, or a longer or shorter end of the one that goes on. */
export const pause = onchainTable("pause", (t) => ({
  id: t.text().primaryKey(),
  until: t.bigint().notNull(),
  /** When it was lifted early; null if it was not. */
  liftedAt: t.bigint(),
  timestamp: t.bigint().notNull(),
  block: t.integer().notNull(),
  transactionHash: t.hex().notNull(),
}));

/** The multi-signature account that was deployed as the guardian: so many of its owners must sign. */
export const guardianSafe = onchainTable("guardian_safe", (t) => ({
  address: t.hex().primaryKey(),
  threshold: t.integer().notNull(),
  ownerCount: t.integer().notNull(),
}));

export const guardianOwner = onchainTable("guardian_owner", (t) => ({
  address: t.hex().primaryKey(),
  /** Null if it was one before the deployment. */
  since: t.bigint(),
  /** Null while it is an owner. */
  removedAt: t.bigint(),
}));
