import { encodeFunctionData, type Address, type Hex } from "viem";
import { readContract } from "viem/actions";
import { executeAsSafe } from "../../chain/executeAsSafe.ts";
import { readHead } from "../../chain/readHead.ts";
import { guardianSeatAbi } from "../../core/abi/GuardianSeat.ts";
import { x0tGovernorAbi } from "../../core/abi/X0TGovernor.ts";
import { proposalArgs } from "../../core/proposal.ts";
import { X0tError } from "../../core/x0tError.ts";
import { checkState } from "../gov/checkState.ts";
import { shortId, titleOf } from "../../core/proposalText.ts";
import { openProposal, type GovFlags } from "../gov/openProposal.ts";
import { formatMoment } from "../../core/durations.ts";
import { findNetwork, type Network } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender, readAccount } from "../sender.ts";

export interface GuardFlags extends GovFlags {
  keyFile?: string[];
  print?: boolean;
}

/** What the guardian shall do, and how it is told when it is done. */
interface Act {
  to: Address;
  data: Hex;
  functionName: string;
  done: string;
}

/** As many of the devnet's guardians as must sign there. */
const DEVNET_KEYS = ["guardian-0", "guardian-1"];

/** `x0t gov guard cancel`: the guardian cancels a queued proposal (GOV-3). @throws X0T_PROPOSAL_STATE, X0T_SAFE_OWNERS */
export async function guardCancel(id: string, flags: GuardFlags): Promise<void> {
  const network = await findNetwork(flags);
  const page = await openProposal(network, id, flags);
  checkState(page, "cancelled by the guardian", "queued");
  const { proposal, status } = page;
  if (status.replacesGuardianOnly) {
    throw new X0tError("X0T_PROPOSAL_STATE", `Proposal ${shortId(proposal.id)} only replaces the guardian: the guardian cannot cancel that (GOV-3).`);
  }
  const data = encodeFunctionData({ abi: x0tGovernorAbi, functionName: "cancel", args: proposalArgs(proposal.calls, proposal.description) });
  const done = `The guardian cancelled ${shortId(proposal.id)} "${titleOf(proposal)}", for good.`;
  await act(network, flags, { to: network.contracts.contracts.X0TGovernor, data, functionName: "cancel", done });
}

/** `x0t gov guard pause`: no new positions for so many seconds (GOV-3). */
export async function guardPause(flags: GuardFlags & { for: number }): Promise<void> {
  const network = await findNetwork(flags);
  const { timestamp } = await readHead(network.client);
  const until = timestamp + flags.for;
  const data = encodeFunctionData({ abi: guardianSeatAbi, functionName: "pause", args: [BigInt(until)] });
  const done = `Paused until ${formatMoment(until, timestamp)}: nothing can be registered, staked, opened, topped up, listed or rented; all else goes on.`;
  await act(network, flags, { to: network.contracts.contracts.GuardianSeat, data, functionName: "pause", done });
}

/** `x0t gov guard unpause`. */
export async function guardUnpause(flags: GuardFlags): Promise<void> {
  const network = await findNetwork(flags);
  const data = encodeFunctionData({ abi: guardianSeatAbi, functionName: "unpause" });
  await act(network, flags, { to: network.contracts.contracts.GuardianSeat, data, functionName: "unpause", done: "The pause is over." });
}

async function act(network: Network, flags: GuardFlags, { to, data, functionName, done }: Act): Promise<void> {
  const safe = await readContract(network.client, { address: network.contracts.contracts.GuardianSeat, abi: guardianSeatAbi, functionName: "guardian" });
  if (flags.print === true) {
    if (flags.json === true) return printJson({ chainId: network.contracts.chainId, safe, to, value: "0", data });
    return console.log(`For the owners of the Safe ${safe} on chain ${network.contracts.chainId}:\n  to    ${to}\n  value 0\n  data  ${data}`);
  }
  const files: (string | undefined)[] = flags.keyFile ?? (network.devnet === undefined ? [undefined] : DEVNET_KEYS.map(() => undefined));
  const owners = await Promise.all(files.map((file, index) => readAccount(network, file, DEVNET_KEYS[index])));
  const sender = await openSender(network, files[0], DEVNET_KEYS[0] ?? "");
  const receipt = await executeAsSafe(sender, { safe, owners, to, data, functionName });
  if (flags.json === true) printJson({ safe, functionName, transactionHash: receipt.transactionHash });
  else console.log(done);
}
