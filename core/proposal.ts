import { encodeAbiParameters, keccak256, toHex, type Address, type Hex } from "viem";

/** One call that the timelock makes when a proposal is executed. */
export interface ProposalCall {
  target: Address;
  /** Of the chain's coin, from the timelock. */
  valueWei: bigint;
  data: Hex;
}

/** The answers to a proposal, as the Governor counts them. */
export const SUPPORT = { against: 0, for: 1, abstain: 2 } as const;
export type Support = keyof typeof SUPPORT;

/** By answer: stake in wei, or ballots in √wei. */
export type Tally = Readonly<Record<Support, bigint>>;

/** IGovernor.ProposalState, in its order. `expired` never happens: what is won or queued waits for good. */
export const PROPOSAL_STATES = ["pending", "active", "canceled", "defeated", "succeeded", "queued", "expired", "executed"] as const;
export type ProposalState = (typeof PROPOSAL_STATES)[number];

/** Most calls of one proposal. */
export const MAX_PROPOSAL_CALLS = 16;

/** The description with its proposer's mark, without which the Governor takes none: others could propose it first, and cancel it. */
export function markProposer(description: string, proposer: Address): string {
  return `${description.trimEnd()}\n\n#proposer=${proposer}`.trimStart();
}

/** What people read of a description: without the mark. */
export function withoutMark(description: string): string {
  return description.replace(/\s*#proposer=0x[0-9a-fA-F]{40}$/, "");
}

/** What queue, execute and cancel take: a proposal is named by all of its contents. */
export function proposalArgs(calls: readonly ProposalCall[], description: string): [Address[], bigint[], Hex[], Hex] {
  return [
    calls.map(({ target }) => target),
    calls.map(({ valueWei }) => valueWei),
    calls.map(({ data }) => data),
    keccak256(toHex(description)),
  ];
}

/** Governor.hashProposal. */
export function proposalIdOf(calls: readonly ProposalCall[], description: string): bigint {
  const types = [{ type: "address[]" }, { type: "uint256[]" }, { type: "bytes[]" }, { type: "bytes32" }] as const;
  return BigInt(keccak256(encodeAbiParameters(types, proposalArgs(calls, description))));
}
