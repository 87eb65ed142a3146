import type { Address, TransactionReceipt } from "viem";
import { x0tGovernorAbi } from "../core/abi/X0TGovernor.ts";
import { proposalArgs, type ProposalCall } from "../core/proposal.ts";
import type { TxSender } from "./client.ts";

/** Executes a queued proposal after its delay; anyone may (GOV-3). Not past the Governor: its own settings change only through it. @throws X0T_REVERTED */
export async function executeProposal(
  sender: TxSender,
  parameters: { governor: Address; calls: readonly ProposalCall[]; description: string },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { governor, calls, description } = parameters;
  return sender.send(
    { address: governor, abi: x0tGovernorAbi, functionName: "execute", args: proposalArgs(calls, description) },
    signal,
  );
}
