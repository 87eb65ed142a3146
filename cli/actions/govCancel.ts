import { cancelProposal } from "../../chain/cancelProposal.ts";
import { checkState } from "../gov/checkState.ts";
import { longId, shortId, titleOf } from "../../core/proposalText.ts";
import { openGovSender, type SignerFlags } from "../gov/openGovSender.ts";
import { openProposal, type GovFlags } from "../gov/openProposal.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";

/** `x0t gov cancel`: the proposer takes a pending proposal back. @throws X0T_PROPOSAL_STATE */
export async function govCancel(id: string, flags: GovFlags & SignerFlags): Promise<void> {
  const network = await findNetwork(flags);
  const page = await openProposal(network, id, flags);
  checkState(page, "taken back by its proposer", "pending");
  const { proposal } = page;
  const sender = await openGovSender(network, flags);
  const receipt = await cancelProposal(sender, { governor: network.contracts.contracts.X0TGovernor, ...proposal });
  if (flags.json === true) return printJson({ id: `0x${longId(proposal.id)}`, transactionHash: receipt.transactionHash });
  console.log(`Cancelled ${shortId(proposal.id)} "${titleOf(proposal)}", for good.`);
}
