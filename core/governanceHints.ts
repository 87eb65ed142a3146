import { utc, x0t, type Hint } from "./hint.ts";
import { PROPOSAL_STATES } from "./proposal.ts";

/** What a person reads instead of a number, for the state that a proposal is in. */
const STATES: Record<(typeof PROPOSAL_STATES)[number], string> = {
  pending: "Its vote has not begun",
  active: "Its vote goes on",
  canceled: "It was cancelled",
  defeated: "It was defeated",
  succeeded: "It won, and waits to be queued",
  queued: "It is queued already",
  expired: "It expired",
  executed: "It was executed",
};

/** What the Governor and the timelock refuse (GOV-1 to GOV-4). */
export const GOVERNANCE_HINTS: Record<string, Hint> = {
  GovernorInsufficientProposerVotes: ([, votes, threshold]) =>
    `Proposing takes ${x0t(threshold)} at stake in nodes of one operator; this account had ${x0t(votes)}.`,
  GovernorAlreadyCastVote: ([voter]) => `${voter} has voted on it before, and a vote is final.`,
  GovernorInvalidVoteType: "Vote for, against or abstain.",
  GovernorNonexistentProposal: "There is no such proposal.",
  GovernorUnexpectedProposalState: ([, state]) => `${STATES[PROPOSAL_STATES[Number(state)] ?? "pending"]}.`,
  GovernorRestrictedProposer: "The description must end in #proposer= and the proposer's own address.",
  GovernorUnableToCancel: "The proposer cancels while a proposal is pending; the guardian cancels a queued one, unless it only replaces the guardian.",
  GovernorOnlyExecutor: "Only a proposal may do this, while it is executed.",
  GovernorPreventLateQuorumVoteExtensionTooLarge: ([, most]) => `The late-quorum extension is at most the voting period, ${most} s.`,
  X0TGovernor_NoUnits: ([account, snapshot]) =>
    `${account} had nothing at stake at ${utc(snapshot)}, or not long enough: only stake of that moment votes on this proposal.`,
  X0TGovernor_ObjectionsOnly: ([, closedAt]) => `The vote closed at ${utc(closedAt)}; since a late vote turned it, only objections (against) count now.`,
  X0TGovernor_OutOfBounds: ([value, least, most]) => `It must be from ${least} to ${most}, not ${value}.`,
  X0TGovernor_Disabled: "The Governor has this switched off for good.",
  X0TGovernor_TooManyActions: ([count, most]) => `At most ${most} calls make a proposal, not ${count}: make several.`,
  X0TTimelock_OutOfBounds: ([value, least, most]) => `The delay must be from ${least} to ${most} s, not ${value}.`,
  EpochRewards_OutOfBounds: ([value, least, most]) => `It must be from ${x0t(least)} to ${x0t(most)}, not ${x0t(value)}.`,
  EpochRewards_OnlyTimelock: "Only a proposal may do this.",
  GuardianSeat_OnlyTimelock: "Only a proposal may do this.",
  TimelockUnexpectedOperationState: "The timelock's delay is not over yet.",
  TimelockUnauthorizedCaller: "Only a proposal may do this.",
  TimelockInsufficientDelay: ([delay, least]) => `The delay must be at least ${least} s, not ${delay} s.`,
  TimelockInvalidOperationLength: "Every call of a proposal has one target, one value and one calldata.",
  TimelockUnexecutedPredecessor: "Another operation must be executed before this one.",
  AccessControlUnauthorizedAccount: ([account]) => `${account} lacks the role that this takes: only a proposal, through the Governor, has it.`,
  AccessControlBadConfirmation: "A role can be given up for oneself only.",
  FailedCall: "A call of the proposal failed without a reason: try its calls one by one.",
  ERC6372InconsistentClock: "The registry's clock is not the Governor's.",
  GovernorAlreadyQueuedProposal: "It is queued already: execute it when the timelock's delay is over.",
  GovernorDisabledDeposit: "The Governor takes no coin: send the treasury's to the timelock.",
  GovernorInvalidProposalLength: ([targets, calldatas, values]) =>
    `A proposal has one target, one value and one calldata for each of its calls, and at least one call; these are ${targets}, ${values} and ${calldatas}.`,
  GovernorInvalidSignature: ([voter]) => `The ballot was not signed by ${voter}: sign again with that account.`,
  GovernorInvalidVoteParams: "This ballot takes no parameters.",
  GovernorInvalidVotingPeriod: "A vote must last longer than that.",
  GovernorProposalQueueingFailed: "The timelock did not take the proposal.",
  GovernorProposalQueueingNotRequired: "This proposal needs no queueing: execute it.",
  SafeCastOverflowedUintDowncast: ([bits, value]) => `${value} is too great for a field of ${bits} bits.`,
  X0TGovernor_BadParameters: "The deployment's parameters are out of their bounds.",
};
