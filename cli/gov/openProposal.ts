import { readContract } from "viem/actions";
import type { Proposal } from "../../chain/findProposals.ts";
import { readProposal } from "../../chain/readProposal.ts";
import { x0tTimelockAbi } from "../../core/abi/X0TTimelock.ts";
import { X0tError } from "../../core/x0tError.ts";
import { createProgress } from "../progress.ts";
import type { Network, NetworkFlags } from "../network.ts";
import type { ProposalPage } from "./describeProposal.ts";
import { findProposal } from "./findProposal.ts";
import { shortId } from "../../core/proposalText.ts";

export interface GovFlags extends NetworkFlags {
  json?: boolean;
}

/** Everything about the proposal that an id names. @throws X0T_PROPOSAL_UNKNOWN, X0T_USAGE */
export async function openProposal(network: Network, text: string, flags: GovFlags): Promise<ProposalPage> {
  const proposal = await whileReading(flags, "Reading the Governor's events", (onPage) => findProposal(network, text, onPage));
  return pageOf(network, proposal, flags);
}

export async function pageOf(network: Network, proposal: Proposal, flags: GovFlags): Promise<ProposalPage> {
  const { X0TGovernor: governor, X0TTimelock: timelock } = network.contracts.contracts;
  const [status, delay] = await Promise.all([
    readProposal(network.client, { governor, proposalId: proposal.id }),
    readContract(network.client, { address: timelock, abi: x0tTimelockAbi, functionName: "getMinDelay" }),
  ]);
  if (status === undefined) {
    // The event is there and the state is not: two endpoints, of which one is behind.
    throw new X0tError("X0T_PROPOSAL_UNKNOWN", `The chain has no state of proposal ${shortId(proposal.id)} yet. Try again.`, { retryable: true });
  }
  return { proposal, status, book: network.contracts, delaySeconds: Number(delay), flags: flagsOf(flags) };
}

/** What must be said again for the same network. */
function flagsOf({ network, home, rpc, stateDir }: NetworkFlags): string {
  const given = { network, home, rpc, "state-dir": process.env["X0T_STATE_DIR"] === stateDir ? undefined : stateDir };
  return Object.entries(given)
    .flatMap(([name, value]) => (value === undefined ? [] : [` --${name} ${value}`]))
    .join("");
}

/** Shows how many blocks are left, on a terminal: a long chain takes a while. */
export async function whileReading<T>(flags: GovFlags, title: string, work: (onPage: (left: bigint) => void) => Promise<T>): Promise<T> {
  if (process.stderr.isTTY !== true || flags.json === true) return work(() => undefined);
  const progress = createProgress(process.stderr);
  try {
    return await work((left) => progress.footer(left > 0n ? `${title}: ${left} blocks to go` : ""));
  } finally {
    progress.close();
  }
}
