import type { Address, TransactionReceipt } from "viem";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import type { TxSender } from "./client.ts";

/** Takes an offer of the sender back; its leases go on. @throws X0T_REVERTED */
export async function delistListing(
  sender: TxSender,
  parameters: { marketplace: Address; listing: bigint },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { marketplace, listing } = parameters;
  return sender.send({ address: marketplace, abi: marketplaceAbi, functionName: "delist", args: [listing] }, signal);
}
