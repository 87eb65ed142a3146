import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import type { TxSender } from "./client.ts";

/** Ends a lease that the sender provides with the current epoch; later ones are refunded to the tenant (MKT-4). @returns what went back, wei, and the first epoch that the lease no longer covers. @throws X0T_REVERTED */
export async function terminateLease(
  sender: TxSender,
  parameters: { marketplace: Address; lease: bigint },
  signal?: AbortSignal,
): Promise<{ refundedWei: bigint; end: number; receipt: TransactionReceipt }> {
  const { marketplace, lease } = parameters;
  const receipt = await sender.send({ address: marketplace, abi: marketplaceAbi, functionName: "terminate", args: [lease] }, signal);
  const [event] = parseEventLogs({ abi: marketplaceAbi, eventName: "LeaseEnded", logs: receipt.logs });
  return { refundedWei: event?.args.refunded ?? 0n, end: event?.args.end ?? 0, receipt };
}
