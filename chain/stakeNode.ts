import type { Address, TransactionReceipt } from "viem";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { NodeIndex } from "../core/ids.ts";
import { approveToken } from "./approveToken.ts";
import type { TxSender } from "./client.ts";

/** Adds to the stake of a node of the sender (REG-2). @throws X0T_REVERTED */
export async function stakeNode(
  sender: TxSender,
  parameters: { token: Address; registry: Address; node: NodeIndex; amountWei: bigint },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { token, registry, node, amountWei } = parameters;
  await approveToken(sender, { token, spender: registry, amountWei }, signal);
  return sender.send({ address: registry, abi: nodeRegistryAbi, functionName: "stake", args: [node, amountWei] }, signal);
}
