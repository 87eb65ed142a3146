import type { Address, TransactionReceipt } from "viem";
import { x0tGovernorAbi } from "../core/abi/X0TGovernor.ts";
import { proposalArgs, type ProposalCall } from "../core/proposal.ts";
import type { TxSender } from "./client.ts";

/** Queues a proposal that won: the timelock's delay begins. Anyone may. @throws X0T_REVERTED */
export async function queueProposal(
  sender: TxSender,
  parameters: { governor: Address; calls: readonly ProposalCall[]; description: string },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { governor, calls, description } = parameters;
  return sender.send(
    { address: governor, abi: x0tGovernorAbi, functionName: "queue", args: proposalArgs(calls, description) },
    signal,
  );
}
