import { BaseError, formatUnits, getAddress, isAddress, type Address } from "viem";
import { readVotingUnits } from "../../chain/readVotingUnits.ts";
import { findNetwork, type Network, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { EXIT_FAILED } from "../reportError.ts";
import { formatPercent } from "../snapshot/choices.ts";
import { findHub, type HubFlags } from "../snapshot/hub.ts";
import { readProposal, readVotes, type HubProposal, type HubVote } from "../snapshot/hubQueries.ts";
import { loadSnapshot } from "../snapshot/library.ts";
import { checkStakeIsCounted } from "../snapshot/spaceSettings.ts";
import { checkQuadratic, formatScore, isClose, tallyVotes, type Tally } from "../snapshot/tally.ts";
import { formatTable } from "../table.ts";

/** What the chain says about the voting power that the hub tells. */
interface PowerCheck {
  /** False if the RPC endpoint does not answer, or keeps no state of the snapshot block. */
  checked: boolean;
  wrong: { voter: string; hub: number; chain: number }[];
}

const X0T_DECIMALS = 18;

/** `x0t snapshot results`: counts the votes anew; exit code 1 if the hub's final count is another, or its stakes not the chain's. */
export async function snapshotResults(id: string, flags: NetworkFlags & HubFlags & { json?: boolean }): Promise<void> {
  const network = await findNetwork(flags);
  const hub = findHub(network.contracts.chainId, { ...flags, sequencer: flags.sequencer ?? flags.hub });
  const proposal = await readProposal(hub, id);
  checkQuadratic(proposal);
  checkStakeIsCounted(network, { what: `The proposal ${id}`, network: proposal.network, strategies: proposal.strategies });
  const votes = await readVotes(hub, proposal.id);
  const tally = tallyVotes(await loadSnapshot(), proposal, votes);
  const power = await checkPower(network, proposal, votes);
  if (flags.json === true) {
    const { title, state, start, end, snapshot } = proposal;
    const ballots = votes.map(({ voter, choice, vp, created }) => ({ voter, choice, x0t: vp, created }));
    printJson({ id: proposal.id, space: proposal.space.id, title, state, start, end, snapshot, ...tally, power, votes: ballots });
  } else console.log(describe(proposal, votes, tally, power));
  if ((tally.hubDiffers && isFinal(proposal)) || power.wrong.length > 0) process.exitCode = EXIT_FAILED;
}

/** While votes come in a hub's count may lag behind them. */
function isFinal(proposal: HubProposal): boolean {
  return proposal.scores_state === "final";
}

async function checkPower(network: Network, proposal: HubProposal, votes: readonly HubVote[]): Promise<PowerCheck> {
  const voters = votes.filter(({ voter }) => isAddress(voter));
  const registry = network.contracts.contracts.NodeRegistry;
  const operators = voters.map(({ voter }): Address => getAddress(voter));
  let units: bigint[];
  try {
    units = await readVotingUnits(network.client, { registry, operators, blockNumber: BigInt(proposal.snapshot) });
  } catch (error) {
    // The count holds without the chain; nodes say in many ways that they lack a block's state.
    if (!(error instanceof BaseError)) throw error;
    return { checked: false, wrong: [] };
  }
  const wrong = voters.flatMap(({ voter, vp }, index) => {
    const chain = Number(formatUnits(units[index] ?? 0n, X0T_DECIMALS));
    return isClose(chain, vp) ? [] : [{ voter, hub: vp, chain }];
  });
  return { checked: true, wrong };
}

const HEAD = ["choice", "score", "share", "ballots"];

function describe(proposal: HubProposal, votes: readonly HubVote[], tally: Tally, power: PowerCheck): string {
  const { scoresTotal, quorum, quorumReached } = tally;
  const when = (seconds: number) => new Date(seconds * 1000).toLocaleString();
  const rows = tally.results.map(({ choice, score, share, ballots }) => [choice, formatScore(score), formatPercent(share), String(ballots)]);
  const lines = [
    proposal.title,
    `${proposal.space.id} · ${proposal.state} · from ${when(proposal.start)} to ${when(proposal.end)} · stake of block ${proposal.snapshot}`,
    "",
    formatTable(HEAD, rows, HEAD.slice(1)),
    "",
    `${votes.length} vote${votes.length === 1 ? "" : "s"} with ${formatScore(scoresTotal)} X0T; ${
      quorumReached ? `the quorum of ${formatScore(quorum)} is reached` : `${formatScore(quorum - scoresTotal)} more are missing to the quorum of ${formatScore(quorum)}`
    }.`,
    "Scores are quadratic (the square roots of the stakes are added, then squared) and add up to the X0T that voted.",
  ];
  if (tally.hubDiffers) {
    lines.push(isFinal(proposal) ? "FALSE: the hub's final scores are not those of its votes." : "The hub's own count differs for now: it may lag behind the votes.");
  }
  for (const { voter, hub, chain } of power.wrong) lines.push(`FALSE: the hub counts ${formatScore(hub)} X0T for ${voter}, the chain ${formatScore(chain)}.`);
  if (!power.checked) lines.push(`The stakes are the hub's word: the RPC endpoint does not tell those of block ${proposal.snapshot}. Name an archive node with --rpc.`);
  return lines.join("\n");
}
