import type { Address } from "viem";
import type { TxSender } from "../../chain/client.ts";
import { findChannels } from "../../chain/findChannels.ts";
import { openChannel } from "../../chain/openChannel.ts";
import { readBalance } from "../../chain/readBalance.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Logger } from "../../runtime/logger.ts";

/**
 * Opens and funds the payer's channel to a guard's operator unless one is open: whoever opened it, and whatever is left
 * on it. So it may be repeated after a crash at any point (CHN-1).
 * @throws X0T_CLIENT_FUNDS with the way out; what openChannel throws
 */
export async function ensureChannel(
  sender: TxSender,
  parameters: { token: Address; channels: Address; payee: Address; depositWei: bigint },
  log: Logger,
  signal: AbortSignal,
): Promise<"found" | "opened"> {
  const { token, channels, payee, depositWei } = parameters;
  const payer = sender.account;
  const found = await findChannels(sender.client, { channels, payer, payee });
  if (found.some((channel) => !channel.closed && channel.closesAt === 0 && channel.signer === payer)) return "found";
  const { x0tWei: balance } = await readBalance(sender.client, { token, account: payer });
  if (balance < depositWei) {
    throw new X0tError(
      "X0T_CLIENT_FUNDS",
      `The payer ${payer} holds ${balance} wei of X0T, a channel to a guard takes ${depositWei}. Send it X0T, or lower depositWei.`,
      { retryable: true, data: { payer, balance: String(balance), depositWei: String(depositWei) } },
    );
  }
  const { channel } = await openChannel(sender, { token, channels, payee, signer: payer, amountWei: depositWei }, signal);
  log.info({ channel, depositWei: String(depositWei) }, "channel to a guard opened");
  return "opened";
}
