import type { Address, TransactionReceipt } from "viem";
import { x0tGovernorAbi } from "../core/abi/X0TGovernor.ts";
import { proposalArgs, type ProposalCall } from "../core/proposal.ts";
import type { TxSender } from "./client.ts";

/** Takes a proposal back: the proposer while it is pending, the guardian while it is queued (GOV-3). @throws X0T_REVERTED */
export async function cancelProposal(
  sender: TxSender,
  parameters: { governor: Address; calls: readonly ProposalCall[]; description: string },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { governor, calls, description } = parameters;
  return sender.send(
    { address: governor, abi: x0tGovernorAbi, functionName: "cancel", args: proposalArgs(calls, description) },
    signal,
  );
}
