import type { Address, Hex, TransactionReceipt } from "viem";
import { relayChannelsAbi } from "../core/abi/RelayChannels.ts";
import { approveToken } from "./approveToken.ts";
import type { TxSender } from "./client.ts";

/** Adds to the deposit of a channel of the sender, never while it closes (CHN-1); approves if needed. @throws X0T_REVERTED */
export async function topUpChannel(
  sender: TxSender,
  parameters: { token: Address; channels: Address; channel: Hex; amountWei: bigint },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { token, channels, channel, amountWei } = parameters;
  await approveToken(sender, { token, spender: channels, amountWei }, signal);
  return sender.send(
    { address: channels, abi: relayChannelsAbi, functionName: "topUp", args: [channel, amountWei] },
    signal,
  );
}
