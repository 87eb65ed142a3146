import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { NodeIndex } from "../core/ids.ts";
import type { TxSender } from "./client.ts";

/**
 * Moves stake into the unbonding bucket and restarts its clock (REG-3).
 * @returns `unbondsAt`, seconds since 1970, when `withdrawStake` works. @throws X0T_REVERTED
 */
export async function unstakeNode(
  sender: TxSender,
  parameters: { registry: Address; node: NodeIndex; amountWei: bigint },
  signal?: AbortSignal,
): Promise<{ unbondsAt: bigint; receipt: TransactionReceipt }> {
  const { registry, node, amountWei } = parameters;
  const receipt = await sender.send(
    { address: registry, abi: nodeRegistryAbi, functionName: "unstake", args: [node, amountWei] },
    signal,
  );
  const [event] = parseEventLogs({ abi: nodeRegistryAbi, eventName: "UnbondingStarted", logs: receipt.logs });
  return { unbondsAt: event?.args.unbondsAt ?? 0n, receipt };
}
