import { MAX_CLAIM_EPOCHS } from "../../../../core/parameters.ts";
import type { FinalRewardsAnswer, PendingRewardsAnswer } from "../../data/queries/operate.graphql.ts";

/** A node's rewards, wei before the burn of 1 %. */
export interface RewardSplit {
  /** Paid out already. */
  claimedWei: bigint;
  /** Final: may be claimed now. */
  claimableWei: bigint;
  /** Epochs to claim, oldest first, as far as they were looked back for. */
  claimable: readonly { epoch: number; amountWei: bigint }[];
  /** Not final yet: what it would be by today's weights; it may change until then. Undefined: not known. */
  pendingWei: bigint | undefined;
  pendingEpochs: number;
  /** Epochs under challenge: they count nothing until the challenge is answered. */
  challengedEpochs: number;
}

/**
 * Earned is claimed + claimable; claimable is what final epochs came to and nobody claimed.
 * @param node totals of all time. @param final undefined while it is not asked for, or not there yet.
 */
export function splitRewards(node: { earned: string; claimed: string }, pending: PendingRewardsAnswer, final: FinalRewardsAnswer | undefined): RewardSplit {
  const split = { pendingWei: 0n as bigint | undefined, pendingEpochs: 0, challengedEpochs: 0 };
  for (const { weight, voided, openChallenges, period } of pending.commits.items) {
    if (voided) continue;
    if (openChallenges > 0) split.challengedEpochs++;
    else {
      split.pendingEpochs++;
      const about = shareOf(BigInt(weight), period);
      split.pendingWei = split.pendingWei === undefined || about === undefined ? undefined : split.pendingWei + about;
    }
  }
  const claimed = new Set(final?.claims.items.map(({ epoch }) => epoch));
  const claimable = (final?.commits.items ?? [])
    .filter(({ epoch, reward }) => reward !== null && BigInt(reward) > 0n && !claimed.has(epoch))
    .map(({ epoch, reward }) => ({ epoch, amountWei: BigInt(reward ?? 0) }))
    .sort((a, b) => a.epoch - b.epoch);
  const claimedWei = BigInt(node.claimed);
  return { ...split, claimable, claimedWei, claimableWei: BigInt(node.earned) - claimedWei };
}

/** REW-1, REW-2 by what is known now, floored. */
function shareOf(weight: bigint, period: PendingRewardsAnswer["commits"]["items"][number]["period"]): bigint | undefined {
  if (period === null || period.poolPerEpoch === null || period.targetStake === null) return undefined;
  const [total, target] = [BigInt(period.totalWeight), BigInt(period.targetStake)];
  const most = total > target ? total : target;
  return most === 0n ? 0n : (BigInt(period.poolPerEpoch) * weight) / most;
}

/** Claims of at most 168 epochs each (REW-3), oldest first. */
export function claimBatches(epochs: RewardSplit["claimable"]): { epochs: readonly number[]; amountWei: bigint }[] {
  const batches: { epochs: readonly number[]; amountWei: bigint }[] = [];
  for (let at = 0; at < epochs.length; at += MAX_CLAIM_EPOCHS) {
    const batch = epochs.slice(at, at + MAX_CLAIM_EPOCHS);
    batches.push({ epochs: batch.map(({ epoch }) => epoch), amountWei: batch.reduce((sum, { amountWei }) => sum + amountWei, 0n) });
  }
  return batches;
}

/** What a payment burns, and what arrives (TOK-3). */
export function afterBurn(wei: bigint): { netWei: bigint; burnedWei: bigint } {
  const burnedWei = wei / 100n;
  return { netWei: wei - burnedWei, burnedWei };
}

/** "epochs 5 to 9 and 12": runs of numbers in words. */
export function epochRanges(epochs: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const epoch of [...epochs].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] + 1 === epoch) last[1] = epoch;
    else runs.push([epoch, epoch]);
  }
  const words = runs.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  if (words.length <= 1) return `epoch${epochs.length === 1 ? "" : "s"} ${words[0] ?? "none"}`;
  if (words.length > 4) return `${epochs.length} epochs between ${runs[0]?.[0]} and ${runs.at(-1)?.[1]}`;
  return `epochs ${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
