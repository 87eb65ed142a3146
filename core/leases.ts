import { MAX_SETTLE_EPOCHS, MAX_SETTLE_LEASES } from "./parameters.ts";

/** What became of one epoch's price, in the order of IMarketplace.Outcome. */
export const OUTCOMES = ["paid", "refunded", "burned"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Why a lease ended before its term, in the order of IMarketplace.EndReason. */
export const END_REASONS = ["cancelled", "terminated", "rejected", "three failures"] as const;
export type EndReason = (typeof END_REASONS)[number];

/** What a lease that covers [first, end) owes, with all before `next` settled. */
interface Progress {
  end: number;
  next: number;
}

/** How many epochs of a lease can be settled while all before `finalBefore` are final (MKT-3). */
export function dueEpochs({ end, next }: Progress, finalBefore: number): number {
  return Math.max(0, Math.min(end, finalBefore) - next);
}

/** What the contract still holds for a lease, wei. */
export function pendingWei({ end, next, pricePerEpoch }: Progress & { pricePerEpoch: bigint }): bigint {
  return BigInt(end - next) * pricePerEpoch;
}

/** MKT-1: an epoch costs at most a tenth of what stays at stake from its start to its end, or it fails. */
export const STAKE_PER_PRICE = 10n;

/** Least slots that an epoch must have proved to keep a promise. */
export function slotsNeeded({ minUptimeBps, slotsPerEpoch }: { minUptimeBps: number; slotsPerEpoch: number }): number {
  return Math.ceil((minUptimeBps * slotsPerEpoch) / 10_000);
}

/**
 * What an epoch with `slotsUp` proved slots comes to, once it is final (MKT-1, MKT-3, MKT-6).
 * @param epoch.isUnderStaked less than ten times its price was at stake throughout.
 */
export function outcomeOf(epoch: { slotsUp: number; slotsPerEpoch: number; minUptimeBps: number; rejected: boolean; isUnderStaked?: boolean }): Outcome {
  const { slotsUp, rejected, isUnderStaked = false } = epoch;
  if (slotsUp < slotsNeeded(epoch) || isUnderStaked) return "refunded";
  return rejected ? "burned" : "paid";
}

/** One call of `settleMany`. */
export interface SettleBatch {
  leases: bigint[];
  epochs: number;
}

/** Cuts what is due into calls within the contract's limits; a lease of many epochs stands in several. */
export function settleBatches(due: readonly { lease: bigint; epochs: number }[]): SettleBatch[] {
  const batches: SettleBatch[] = [];
  let batch: SettleBatch = { leases: [], epochs: 0 };
  for (const { lease, epochs } of due) {
    for (let left = epochs; left > 0; ) {
      if (batch.leases.length === 0 || batch.leases.length === MAX_SETTLE_LEASES || batch.epochs === MAX_SETTLE_EPOCHS) {
        batch = { leases: [], epochs: 0 };
        batches.push(batch);
      }
      const taken = Math.min(left, MAX_SETTLE_EPOCHS - batch.epochs);
      batch.leases.push(lease);
      batch.epochs += taken;
      left -= taken;
    }
  }
  return batches;
}
