import { index, onchainTable, primaryKey } from "ponder";

/**
 * A proposal to the Governor. Whether it is pending, active or won follows from these, the clock and the quorum, which the
 * contract knows; what happened to it is here.
 */
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
    /** Raw stake by answer, wei, and ballots: Σ of the votes' floored roots (GOV-1). */
    forStake: t.bigint().notNull(),
    againstStake: t.bigint().notNull(),
    abstainStake: t.bigint().notNull(),
    forBallots: t.bigint().notNull(),
    againstBallots: t.bigint().notNull(),
    abstainBallots: t.bigint().notNull(),
    voteCount: t.integer().notNull(),
    proposedAt: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byProposer: index().on(table.proposer), byBlock: index().on(table.block) }),
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
