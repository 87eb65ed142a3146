import { findNetwork, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { describeShares, parseChoices, sameShares } from "../snapshot/choices.ts";
import { findHub, signAndSend, type HubFlags } from "../snapshot/hub.ts";
import { findVote, readProposal, type HubVote } from "../snapshot/hubQueries.ts";
import { loadSnapshot, type ChoiceMap, type VoteMessage } from "../snapshot/library.ts";
import { openSigner, type SignerFlags } from "../snapshot/signer.ts";
import { checkStakeIsCounted } from "../snapshot/spaceSettings.ts";
import { checkQuadratic, formatScore } from "../snapshot/tally.ts";

interface VoteFlags extends NetworkFlags, HubFlags, SignerFlags {
  reason?: string;
  json?: boolean;
}

/** `x0t snapshot vote`: signs a ballot. A later one of the same account replaces it; the same again is not sent. */
export async function snapshotVote(id: string, words: string[], flags: VoteFlags): Promise<void> {
  const network = await findNetwork(flags);
  const hub = findHub(network.contracts.chainId, flags);
  const signer = await openSigner(network, flags);
  const proposal = await readProposal(hub, id);
  checkQuadratic(proposal);
  checkStakeIsCounted(network, { what: `The proposal ${id}`, network: proposal.network, strategies: proposal.strategies });
  const { choices } = proposal;
  const choice = parseChoices(words, choices);
  const where = { proposal: proposal.id, voter: signer.address };
  const earlier = await findVote(hub, where);
  const already = earlier !== undefined && sameShares(choiceOf(earlier), choice, choices);
  if (!already) {
    const message: VoteMessage = {
      space: proposal.space.id,
      // A hub takes another vote only if it is later; the clock may not have moved on.
      timestamp: Math.max(Math.floor(Date.now() / 1000), (earlier?.created ?? 0) + 1),
      proposal: proposal.id,
      type: "quadratic",
      // snapshot.js makes a string of it, in place.
      choice: { ...choice },
      reason: flags.reason ?? "",
      app: "x0t",
    };
    await signAndSend(await loadSnapshot(), hub, (client) => client.vote(signer, signer.address, message));
  }
  const vote = already ? earlier : await findVote(hub, where);
  const replaced = !already && earlier !== undefined;
  if (flags.json === true) return printJson({ proposal: proposal.id, voter: signer.address, choice, x0t: vote?.vp, already, replaced });
  const stake = vote === undefined ? "" : ` with ${formatScore(vote.vp)} X0T at stake in block ${proposal.snapshot}`;
  const verb = already ? "has voted so already" : replaced ? "changed the vote" : "voted";
  console.log(`${signer.address} ${verb}: ${describeShares(choice, choices)}${stake}.\nSee: x0t snapshot results ${proposal.id}`);
}

function choiceOf(vote: HubVote): ChoiceMap {
  return typeof vote.choice === "object" && vote.choice !== null ? (vote.choice as ChoiceMap) : {};
}
