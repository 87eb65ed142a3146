import { queueProposal } from "../../chain/queueProposal.ts";
import { checkState } from "../gov/checkState.ts";
import { nextStep } from "../gov/describeProposal.ts";
import { longId, shortId, titleOf } from "../../core/proposalText.ts";
import { openGovSender, type SignerFlags } from "../gov/openGovSender.ts";
import { openProposal, pageOf, type GovFlags } from "../gov/openProposal.ts";
import { formatMoment } from "../../core/durations.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";

/** `x0t gov queue`: the timelock's delay begins. @throws X0T_PROPOSAL_STATE */
export async function govQueue(id: string, flags: GovFlags & SignerFlags): Promise<void> {
  const network = await findNetwork(flags);
  const { proposal, ...page } = await openProposal(network, id, flags);
  checkState({ proposal, ...page }, "queued", "succeeded");
  const sender = await openGovSender(network, flags, true);
  const receipt = await queueProposal(sender, { governor: network.contracts.contracts.X0TGovernor, ...proposal });
  const after = await pageOf(network, proposal, flags);
  const { executableAt, now } = after.status;
  if (flags.json === true) return printJson({ id: `0x${longId(proposal.id)}`, executableAt, transactionHash: receipt.transactionHash });
  console.log(`Queued ${shortId(proposal.id)} "${titleOf(proposal)}". It may be executed from ${formatMoment(executableAt, now)}.
Next: ${nextStep(after)}`);
}
