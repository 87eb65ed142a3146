import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import type { TxSender } from "./client.ts";

/**
 * The sender, tenant of the lease, says that an epoch did not serve: if it met the service level its price burns, and the
 * lease ends with the current epoch (MKT-6). Until the end of the epoch after it.
 * @returns what went back, wei: the price of the epochs to come. @throws X0T_REVERTED
 */
export async function rejectEpoch(
  sender: TxSender,
  parameters: { marketplace: Address; lease: bigint; epoch: number },
  signal?: AbortSignal,
): Promise<{ refundedWei: bigint; receipt: TransactionReceipt }> {
  const { marketplace, lease, epoch } = parameters;
  const receipt = await sender.send(
    { address: marketplace, abi: marketplaceAbi, functionName: "reject", args: [lease, epoch] },
    signal,
  );
  const [event] = parseEventLogs({ abi: marketplaceAbi, eventName: "LeaseEnded", logs: receipt.logs });
  return { refundedWei: event?.args.refunded ?? 0n, receipt };
}
