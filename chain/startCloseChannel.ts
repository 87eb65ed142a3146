import type { Address, Hex, TransactionReceipt } from "viem";
import { relayChannelsAbi } from "../core/abi/RelayChannels.ts";
import type { TxSender } from "./client.ts";

/** The payer opens the close window; the payee closes at once (CHN-2). @throws X0T_REVERTED */
export async function startCloseChannel(
  sender: TxSender,
  parameters: { channels: Address; channel: Hex },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { channels, channel } = parameters;
  return sender.send({ address: channels, abi: relayChannelsAbi, functionName: "startClose", args: [channel] }, signal);
}
