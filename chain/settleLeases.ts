import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import { OUTCOMES, type Outcome } from "../core/leases.ts";
import { MAX_SETTLE_EPOCHS, MAX_SETTLE_LEASES } from "../core/parameters.ts";
import { X0tError } from "../core/x0tError.ts";
import type { TxSender } from "./client.ts";

export interface SettledEpoch {
  lease: bigint;
  epoch: number;
  outcome: Outcome;
}

/** A lease that its third failure in a row ended, and the price of the epochs that it no longer covers, wei. */
export interface CutLease {
  lease: bigint;
  end: number;
  refundedWei: bigint;
}

/**
 * Settles up to `epochs` (≤ 168) final epochs of 1 to 32 leases; anyone may (MKT-3). Leases with nothing to settle are
 * skipped. @returns what was settled, none if somebody was faster. @throws X0T_REVERTED, X0T_BATCH_LENGTH
 */
export async function settleLeases(
  sender: TxSender,
  parameters: { marketplace: Address; leases: readonly bigint[]; epochs?: number },
  signal?: AbortSignal,
): Promise<{ settled: SettledEpoch[]; cut: CutLease[]; receipt: TransactionReceipt }> {
  const { marketplace, leases, epochs = MAX_SETTLE_EPOCHS } = parameters;
  if (leases.length === 0 || leases.length > MAX_SETTLE_LEASES || epochs > MAX_SETTLE_EPOCHS) {
    const most = `${MAX_SETTLE_LEASES} leases and ${MAX_SETTLE_EPOCHS} epochs`;
    throw new X0tError("X0T_BATCH_LENGTH", `Settle up to ${most} at once, not ${leases.length} and ${epochs}.`);
  }
  const receipt = await sender.send(
    { address: marketplace, abi: marketplaceAbi, functionName: "settleMany", args: [leases, BigInt(epochs)] },
    signal,
  );
  const events = parseEventLogs({ abi: marketplaceAbi, eventName: "EpochSettled", logs: receipt.logs });
  const settled = events.map(({ args: { lease, epoch, outcome } }) => ({ lease, epoch, outcome: OUTCOMES[outcome] as Outcome }));
  const ends = parseEventLogs({ abi: marketplaceAbi, eventName: "LeaseEnded", logs: receipt.logs });
  const cut = ends.map(({ args: { lease, end, refunded } }) => ({ lease, end, refundedWei: refunded }));
  return { settled, cut, receipt };
}
