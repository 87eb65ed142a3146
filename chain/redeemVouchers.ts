import { parseEventLogs, type Address, type Hex, type TransactionReceipt } from "viem";
import { relayChannelsAbi } from "../core/abi/RelayChannels.ts";
import { MAX_REDEEM_BATCH } from "../core/parameters.ts";
import { X0tError } from "../core/x0tError.ts";
import type { TxSender } from "./client.ts";

export interface Redemption {
  channel: Hex;
  /** Wei. */
  cumulative: bigint;
  signature: Hex;
}

/**
 * Redeems 1 to 32 vouchers for their payees; anyone may (CHN-1). One false voucher reverts all.
 * @returns `paidWei` before the burn of 1 %. @throws X0T_REVERTED, X0T_BATCH_LENGTH
 */
export async function redeemVouchers(
  sender: TxSender,
  parameters: { channels: Address; vouchers: readonly Redemption[] },
  signal?: AbortSignal,
): Promise<{ paidWei: bigint; receipt: TransactionReceipt }> {
  const { channels, vouchers } = parameters;
  if (vouchers.length === 0 || vouchers.length > MAX_REDEEM_BATCH) {
    throw new X0tError("X0T_BATCH_LENGTH", `Redeem 1 to ${MAX_REDEEM_BATCH} vouchers at once, not ${vouchers.length}.`);
  }
  const list = vouchers.map(({ channel, cumulative, signature }) => ({ channel, cumulative, signature }));
  const receipt = await sender.send(
    { address: channels, abi: relayChannelsAbi, functionName: "redeemMany", args: [list] },
    signal,
  );
  const events = parseEventLogs({ abi: relayChannelsAbi, eventName: "Redeemed", logs: receipt.logs });
  return { paidWei: events.reduce((sum, event) => sum + event.args.amount, 0n), receipt };
}
