import { parseEventLogs, type Address, type Hex, type TransactionReceipt } from "viem";
import { relayChannelsAbi } from "../core/abi/RelayChannels.ts";
import { X0tError } from "../core/x0tError.ts";
import { approveToken } from "./approveToken.ts";
import type { TxSender } from "./client.ts";

/**
 * Opens a channel of the sender to `payee` (CHN-1); approves if needed.
 * @param parameters.signer signs its vouchers for good. @returns the channel's id. @throws X0T_REVERTED
 */
export async function openChannel(
  sender: TxSender,
  parameters: { token: Address; channels: Address; payee: Address; signer: Address; amountWei: bigint; approveWei?: bigint },
  signal?: AbortSignal,
): Promise<{ channel: Hex; receipt: TransactionReceipt }> {
  const { token, channels, payee, signer, amountWei, approveWei } = parameters;
  await approveToken(sender, { token, spender: channels, amountWei, ...(approveWei !== undefined && { approveWei }) }, signal);
  const receipt = await sender.send(
    { address: channels, abi: relayChannelsAbi, functionName: "open", args: [payee, signer, amountWei] },
    signal,
  );
  const [event] = parseEventLogs({ abi: relayChannelsAbi, eventName: "ChannelOpened", logs: receipt.logs });
  if (event === undefined) {
    throw new X0tError("X0T_BAD_CONTRACT", `${channels} opened no channel: it is not the RelayChannels of this release.`);
  }
  return { channel: event.args.channel, receipt };
}
