import type { Address, TransactionReceipt } from "viem";
import { x0tGovernorAbi } from "../core/abi/X0TGovernor.ts";
import { markProposer, proposalArgs, proposalIdOf, type ProposalCall } from "../core/proposal.ts";
import type { TxSender } from "./client.ts";

/**
 * Proposes 1 to 16 calls of the timelock, in the sender's name (GOV-1). Which proposal it is follows from its contents:
 * the description that is returned, marked with the proposer, belongs to it.
 * @throws X0T_REVERTED
 */
export async function propose(
  sender: TxSender,
  parameters: { governor: Address; calls: readonly ProposalCall[]; description: string },
  signal?: AbortSignal,
): Promise<{ proposalId: bigint; description: string; receipt: TransactionReceipt }> {
  const { governor, calls } = parameters;
  const description = markProposer(parameters.description, sender.account);
  const [targets, values, datas] = proposalArgs(calls, description);
  const receipt = await sender.send(
    { address: governor, abi: x0tGovernorAbi, functionName: "propose", args: [targets, values, datas, description] },
    signal,
  );
  return { proposalId: proposalIdOf(calls, description), description, receipt };
}
