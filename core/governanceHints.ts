import { formatEther } from "viem";
import type { Hint } from "./marketHints.ts";
import { PROPOSAL_STATES } from "./proposal.ts";

const x0t = (wei: unknown) => `${formatEther(wei as bigint)} X0T`;
const utc = (seconds: unknown) => new Date(Number(seconds) * 1000).toISOString();

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
  X0TToken_OnlyTimelock: "Only a proposal may do this.",
  GuardianSeat_OnlyTimelock: "Only a proposal may do this.",
  TimelockUnexpectedOperationState: "The timelock's delay is not over yet.",
  TimelockUnauthorizedCaller: "Only a proposal may do this.",
};
