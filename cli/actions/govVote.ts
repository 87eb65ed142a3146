import { castVote } from "../../chain/castVote.ts";
import { SUPPORT, type Support } from "../../core/proposal.ts";
import { X0tError } from "../../core/x0tError.ts";
import { formatX0t } from "../../core/amounts.ts";
import { checkState } from "../gov/checkState.ts";
import { describeVerdict } from "../../core/verdict.ts";
import { proposalJson } from "../gov/describeProposal.ts";
import { shortId, titleOf } from "../../core/proposalText.ts";
import { openGovSender, type SignerFlags } from "../gov/openGovSender.ts";
import { openProposal, pageOf, type GovFlags } from "../gov/openProposal.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";

/** `x0t gov vote`. @throws X0T_PROPOSAL_STATE */
export async function govVote(id: string, answer: string, flags: GovFlags & SignerFlags & { reason?: string }): Promise<void> {
  if (!(answer in SUPPORT)) throw new X0tError("X0T_USAGE", `Vote for, against or abstain, not "${answer}".`);
  const support = answer as Support;
  const network = await findNetwork(flags);
  const { X0TGovernor: governor } = network.contracts.contracts;
  const page = await openProposal(network, id, flags);
  checkState(page, "voted on", "active");
  const { proposal } = page;
  const sender = await openGovSender(network, flags);
  const { unitsWei, receipt } = await castVote(sender, {
    governor,
    proposalId: proposal.id,
    support,
    ...(flags.reason !== undefined && { reason: flags.reason }),
  });
  const after = await pageOf(network, proposal, flags);
  if (flags.json === true) {
    return printJson({ voter: sender.account, support, unitsWei, transactionHash: receipt.transactionHash, proposal: proposalJson(after) });
  }
  console.log(`${sender.account} voted ${support} with ${formatX0t(unitsWei)} X0T on ${shortId(proposal.id)} "${titleOf(proposal)}".
${describeVerdict(after.status).join("\n")}`);
}
