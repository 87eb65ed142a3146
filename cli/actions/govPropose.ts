import { readFile } from "node:fs/promises";
import { encodeFunctionData } from "viem";
import { propose } from "../../chain/propose.ts";
import { readProposal } from "../../chain/readProposal.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { markProposer, MAX_PROPOSAL_CALLS, proposalIdOf, type ProposalCall } from "../../core/proposal.ts";
import { X0tError } from "../../core/x0tError.ts";
import { parseX0t } from "../../core/amounts.ts";
import { describeCall } from "../../core/describeCall.ts";
import { nextStep, proposalJson } from "../gov/describeProposal.ts";
import { shortId, titleOf } from "../../core/proposalText.ts";
import { pageOf, type GovFlags } from "../gov/openProposal.ts";
import { parseAddress, parseCall } from "../../core/parseCall.ts";
import { callsOfSettings } from "../gov/settings.ts";
import { formatMoment } from "../../core/durations.ts";
import { tryProposalCalls } from "../../chain/tryProposalCalls.ts";
import { findNetwork, type Network } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openGovSender, type SignerFlags } from "../gov/openGovSender.ts";

interface ProposeFlags extends GovFlags, SignerFlags {
  title: string;
  descriptionFile?: string;
  call?: string[];
  pay?: string[];
  set?: string[];
  anyway?: boolean;
  dryRun?: boolean;
}

/** `x0t gov propose`: makes calls of words, tries them, and proposes them. @throws X0T_PROPOSAL_FAILS, X0T_PROPOSAL_STATE */
export async function govPropose(flags: ProposeFlags): Promise<void> {
  const network = await findNetwork(flags);
  const { X0TGovernor: governor } = network.contracts.contracts;
  const calls = await callsOf(network, flags);
  const text = await describeText(flags);
  if (flags.anyway !== true) await checkCalls(network, calls);
  if (flags.dryRun === true) return printDryRun(network, calls, flags);
  const sender = await openGovSender(network, flags);
  const again = await readProposal(network.client, { governor, proposalId: proposalIdOf(calls, markProposer(text, sender.account)) });
  if (again !== undefined) {
    const id = shortId(proposalIdOf(calls, markProposer(text, sender.account)));
    throw new X0tError("X0T_PROPOSAL_STATE", `Exactly this was proposed before: ./x0t gov show ${id}. To propose it again, change the title.`, { data: { id } });
  }
  const { proposalId, description, receipt } = await propose(sender, { governor, calls, description: text });
  const proposal = { id: proposalId, proposer: sender.account, calls, description, blockNumber: receipt.blockNumber, transactionHash: receipt.transactionHash };
  const page = await pageOf(network, proposal, flags);
  if (flags.json === true) return printJson(proposalJson(page));
  const { now, snapshotAt, closesAt } = page.status;
  console.log(`Proposed ${shortId(proposalId)} "${titleOf(proposal)}":
${calls.map((call, index) => `  ${index + 1}. ${describeCall(call, network.contracts).text}`).join("\n")}
Voting begins ${formatMoment(snapshotAt, now)} and ends ${formatMoment(closesAt, now)}.
Next: ${nextStep(page)}`);
}

/** Calls in the order: --set, --pay, --call. @throws X0T_USAGE */
async function callsOf(network: Network, flags: ProposeFlags): Promise<ProposalCall[]> {
  const settings = await callsOfSettings(network, pairsOf("--set", "PARAMETER VALUE", flags.set));
  const payments = pairsOf("--pay", "ADDRESS AMOUNT", flags.pay).map(([to, amount]) => {
    const args = [parseAddress(to, network.contracts), parseX0t(amount)] as const;
    const data = encodeFunctionData({ abi: x0tTokenAbi, functionName: "transfer", args });
    return { target: network.contracts.contracts.X0TToken, valueWei: 0n, data };
  });
  const calls = [...settings, ...payments, ...(flags.call ?? []).map((text) => parseCall(text, network.contracts))];
  if (calls.length === 0) throw new X0tError("X0T_USAGE", "Say what is proposed: --set PARAMETER VALUE, --pay ADDRESS AMOUNT or --call CONTRACT.FUNCTION(…).");
  if (calls.length > MAX_PROPOSAL_CALLS) throw new X0tError("X0T_USAGE", `A proposal has at most ${MAX_PROPOSAL_CALLS} calls, not ${calls.length}.`);
  return calls;
}

function pairsOf(option: string, shape: string, words: readonly string[] = []): [string, string][] {
  if (words.length % 2 !== 0) throw new X0tError("X0T_USAGE", `${option} takes ${shape}, and may stand there several times.`);
  return Array.from({ length: words.length / 2 }, (_, index) => [words[2 * index] ?? "", words[2 * index + 1] ?? ""]);
}

async function describeText({ title, descriptionFile }: ProposeFlags): Promise<string> {
  const heading = `# ${title.trim()}`;
  if (title.trim() === "" || title.includes("\n")) throw new X0tError("X0T_USAGE", "--title is one line of text.");
  if (descriptionFile === undefined) return heading;
  try {
    return `${heading}\n\n${(await readFile(descriptionFile, "utf8")).trim()}`;
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `--description-file ${descriptionFile} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

async function checkCalls(network: Network, calls: readonly ProposalCall[]): Promise<void> {
  const problems = await tryProposalCalls(network.client, { book: network.contracts, calls });
  if (problems.length === 0) return;
  throw new X0tError(
    "X0T_PROPOSAL_FAILS",
    `Executed now, it would fail. ${problems.join(" ")} If it will not when its time has come, add --anyway.`,
    { data: { problems } },
  );
}

function printDryRun(network: Network, calls: readonly ProposalCall[], flags: ProposeFlags): void {
  const described = calls.map((call) => describeCall(call, network.contracts));
  if (flags.json === true) return printJson({ calls: described });
  console.log(`This would be proposed:\n${described.map(({ text }, index) => `  ${index + 1}. ${text}`).join("\n")}`);
}
