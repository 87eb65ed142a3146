import type { Address } from "viem";
import { getBlock, readContract } from "viem/actions";
import { x0tGovernorAbi } from "../core/abi/X0TGovernor.ts";
import { PROPOSAL_STATES, type ProposalState, type Tally } from "../core/proposal.ts";
import { revertOf } from "../core/revert.ts";
import type { Reader } from "./client.ts";

/** Where a proposal stands, as of one block. Times in seconds since 1970, stakes in wei, ballots in √wei. */
export interface ProposalStatus {
  state: ProposalState;
  /** The chain's time that all of this is of. */
  now: number;
  proposer: Address;
  /** Stakes count as they were then; voting begins in the next second. */
  snapshotAt: number;
  /** Every answer counts until then, inclusive. */
  closesAt: number;
  /** Later than `closesAt` after a late turn: in between only Against counts (GOV-2). */
  endsAt: number;
  /** May be executed from then on; 0 unless it was queued. */
  executableAt: number;
  stake: Tally;
  ballots: Tally;
  /** Whether For would win as the tallies stand, the quorum apart. */
  leads: boolean;
  /** For and Abstain so far, and what they must reach; while pending, what it would be now. */
  quorum: { reached: bigint; needed: bigint };
  /** The guardian cannot cancel it. */
  replacesGuardianOnly: boolean;
}

/** A proposal's state; undefined if nobody made it. */
export async function readProposal(
  client: Reader,
  parameters: { governor: Address; proposalId: bigint },
): Promise<ProposalStatus | undefined> {
  const { governor, proposalId } = parameters;
  const block = await getBlock(client, { blockTag: "latest" });
  const at = { address: governor, abi: x0tGovernorAbi, blockNumber: block.number } as const;
  const args = [proposalId] as const;
  // The clock of a call is its block's, or on some nodes the time of the asking: `state` and `now` must be of one time.
  const [state, proposer, snapshot, closesAt, endsAt, eta] = await Promise.all([
    readContract(client, { ...at, functionName: "state", args }).catch(absent),
    readContract(client, { ...at, functionName: "proposalProposer", args }),
    readContract(client, { ...at, functionName: "proposalSnapshot", args }),
    readContract(client, { ...at, functionName: "objectionsFrom", args }),
    readContract(client, { ...at, functionName: "proposalDeadline", args }),
    readContract(client, { ...at, functionName: "proposalEta", args }),
  ]);
  if (state === undefined) return undefined;
  // A quorum of the future is not known yet.
  const timepoint = snapshot < block.timestamp ? snapshot : block.timestamp - 1n;
  const [votes, ballots, leads, needed, replacesGuardianOnly] = await Promise.all([
    readContract(client, { ...at, functionName: "proposalVotes", args }),
    readContract(client, { ...at, functionName: "proposalBallots", args }),
    readContract(client, { ...at, functionName: "isLeading", args }),
    readContract(client, { ...at, functionName: "quorum", args: [timepoint] }),
    readContract(client, { ...at, functionName: "replacesGuardianOnly", args }),
  ]);
  const stake = tally(votes);
  return {
    state: PROPOSAL_STATES[state] ?? "pending",
    now: Number(block.timestamp),
    proposer,
    snapshotAt: Number(snapshot),
    closesAt: Number(closesAt),
    endsAt: Number(endsAt),
    executableAt: Number(eta),
    stake,
    ballots: tally(ballots),
    leads,
    quorum: { reached: stake.for + stake.abstain, needed },
    replacesGuardianOnly,
  };
}

function tally([against, forVotes, abstain]: readonly [bigint, bigint, bigint]): Tally {
  return { against, for: forVotes, abstain };
}

function absent(error: unknown): undefined {
  if (revertOf(error)?.name === "GovernorNonexistentProposal") return undefined;
  throw error;
}
