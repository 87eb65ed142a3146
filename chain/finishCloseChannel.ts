import type { Address, Hex, TransactionReceipt } from "viem";
import { relayChannelsAbi } from "../core/abi/RelayChannels.ts";
import type { TxSender } from "./client.ts";

/** Refunds what was not redeemed to the payer, whole, after the close window (CHN-2). @throws X0T_REVERTED */
export async function finishCloseChannel(
  sender: TxSender,
  parameters: { channels: Address; channel: Hex },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { channels, channel } = parameters;
  return sender.send({ address: channels, abi: relayChannelsAbi, functionName: "finishClose", args: [channel] }, signal);
}
