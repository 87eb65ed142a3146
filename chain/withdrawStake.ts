import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { NodeIndex } from "../core/ids.ts";
import type { TxSender } from "./client.ts";

/** Pays the unbonded bucket back to its operator, whole (REG-3). @throws X0T_REVERTED */
export async function withdrawStake(
  sender: TxSender,
  parameters: { registry: Address; node: NodeIndex },
  signal?: AbortSignal,
): Promise<{ amountWei: bigint; receipt: TransactionReceipt }> {
  const { registry, node } = parameters;
  const receipt = await sender.send(
    { address: registry, abi: nodeRegistryAbi, functionName: "withdraw", args: [node] },
    signal,
  );
  const [event] = parseEventLogs({ abi: nodeRegistryAbi, eventName: "Withdrawn", logs: receipt.logs });
  return { amountWei: event?.args.amount ?? 0n, receipt };
}
