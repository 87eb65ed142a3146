import { executeProposal } from "../../chain/executeProposal.ts";
import { X0tError } from "../../core/x0tError.ts";
import { checkState } from "../gov/checkState.ts";
import { describeCall } from "../../core/describeCall.ts";
import { longId, shortId, titleOf } from "../../core/proposalText.ts";
import { openGovSender, type SignerFlags } from "../gov/openGovSender.ts";
import { openProposal, type GovFlags } from "../gov/openProposal.ts";
import { formatMoment } from "../../core/durations.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";

/** `x0t gov execute`. @throws X0T_PROPOSAL_STATE */
export async function govExecute(id: string, flags: GovFlags & SignerFlags): Promise<void> {
  const network = await findNetwork(flags);
  const page = await openProposal(network, id, flags);
  checkState(page, "executed", "queued");
  const { proposal, status } = page;
  const { now, executableAt } = status;
  if (now < executableAt) {
    const when = formatMoment(executableAt, now);
    throw new X0tError("X0T_PROPOSAL_STATE", `Proposal ${shortId(proposal.id)} may be executed from ${when}: until then the timelock holds it, and the guardian may cancel it.`, {
      retryable: true,
      data: { id: shortId(proposal.id), executableAt },
    });
  }
  const sender = await openGovSender(network, flags, true);
  const receipt = await executeProposal(sender, { governor: network.contracts.contracts.X0TGovernor, ...proposal });
  if (flags.json === true) return printJson({ id: `0x${longId(proposal.id)}`, transactionHash: receipt.transactionHash });
  console.log(`Executed ${shortId(proposal.id)} "${titleOf(proposal)}":
${proposal.calls.map((call, index) => `  ${index + 1}. ${describeCall(call, network.contracts).text}`).join("\n")}`);
}
