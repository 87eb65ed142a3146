import { finalAt } from "../../../../core/epochTime.ts";
import type { ProtocolParameters } from "../../../../core/parameters.ts";

export interface EarningFacts {
  epoch: number;
  commit:
    | {
        slots: number;
        weight: bigint;
        /** Null until final. */
        reward: bigint | null;
        final: boolean;
        voided: boolean;
        openChallenges: number;
      }
    | undefined;
  /** Of the whole epoch; undefined: not known. */
  totalWeight: bigint | undefined;
  poolWei: bigint | undefined;
  targetWei: bigint | undefined;
  /** `stakeThrough`; undefined: not known. */
  stakeWei: bigint | undefined;
  /** Before the burn of 1 %; undefined: not claimed. */
  claimedWei: bigint | undefined;
  isMaintenance: boolean;
}

export type EarningState = "claimed" | "claimable" | "pending" | "challenged" | "lost" | "inactive" | "awaited" | "running" | "none";

export interface EpochEarning {
  state: EarningState;
  /** Wei before the burn: what is sure, or about what it will be. Undefined: not known. */
  amountWei: bigint | undefined;
  isEstimate: boolean;
  /** About what a full proof would have earned more; undefined: not known. */
  lostWei: bigint | undefined;
  hasBonus: boolean | undefined;
  why: string;
}

type Rules = Pick<ProtocolParameters, "epochSeconds" | "slotsPerEpoch" | "commitSeconds" | "challengeSeconds" | "responseSeconds">;

/** REW-1, REW-2: the pool, scaled down while less than the target stake proves itself, shared by weight; floored. */
export function shareWei(weight: bigint, others: bigint, poolWei: bigint, targetWei: bigint): bigint {
  const total = weight + others;
  const most = total > targetWei ? total : targetWei;
  return most === 0n ? 0n : (poolWei * weight) / most;
}

/** PRF-2: stake × proved slots / slots, × 1.10 with the bonus; floored once. */
export function weightWei(stakeWei: bigint, slots: number, slotsPerEpoch: number, hasBonus: boolean): bigint {
  return (stakeWei * BigInt(slots) * (hasBonus ? 110n : 100n)) / (100n * BigInt(slotsPerEpoch));
}

/**
 * What an epoch came to for a node, and why.
 * @param now the chain's time, seconds. @param clock writes a time for people.
 */
export function explainEarning(facts: EarningFacts, now: number, rules: Rules, clock: (seconds: number) => string): EpochEarning {
  const { epoch, commit, claimedWei, stakeWei } = facts;
  const hasBonus = bonusOf(facts, rules);
  const lostWei = lostOf(facts, rules, hasBonus === true);
  const answer = (state: EarningState, amountWei: bigint | undefined, why: string, isEstimate = false): EpochEarning => ({ state, amountWei, isEstimate, lostWei, hasBonus, why });
  const maintenance = facts.isMaintenance ? " It was announced maintenance: that saves the bonus, not the reward." : "";
  if (commit === undefined) {
    const end = (epoch + 1) * rules.epochSeconds;
    if (now < end) return { ...answer("running", undefined, `The epoch runs until ${clock(end)}.`), lostWei: 0n };
    if (stakeWei === 0n) return { ...answer("inactive", 0n, "The node was not active in this epoch."), lostWei: 0n };
    if (now < end + rules.commitSeconds) return { ...answer("awaited", undefined, `Not committed yet: it can be until ${clock(end + rules.commitSeconds)}.`), lostWei: 0n };
    return answer("lost", 0n, `No proof was committed until ${clock(end + rules.commitSeconds)}, so nothing was earned.${maintenance}`);
  }
  if (commit.voided) return answer("lost", 0n, "A challenge was not answered: the epoch is void, and a part of the stake is slashed.");
  const missed = rules.slotsPerEpoch - commit.slots;
  const part = missed === 0 ? "All slots are proved." : `${missed} of ${rules.slotsPerEpoch} slots are missing.${maintenance}`;
  const bonus = hasBonus === true ? " With the bonus of 10 %." : "";
  if (claimedWei !== undefined) return answer("claimed", claimedWei, `${part}${bonus} 1 % was burned when it was paid.`);
  if (commit.openChallenges > 0) {
    return answer("challenged", undefined, "A challenge is open: the epoch counts nothing until the node answers it. If it does not in time, all of it is lost.");
  }
  if (!commit.final) {
    const about = facts.totalWeight === undefined || facts.poolWei === undefined || facts.targetWei === undefined ? undefined : shareWei(commit.weight, less(facts.totalWeight, commit.weight), facts.poolWei, facts.targetWei);
    return answer("pending", about, `${part}${bonus} Not final until ${clock(finalAt(rules, epoch))}: until then others may still commit, and anyone may challenge.`, true);
  }
  if (commit.reward === null) return answer("pending", undefined, "Final; its share is being counted.");
  if (commit.reward === 0n) return answer(commit.slots === 0 ? "lost" : "none", 0n, commit.slots === 0 ? `The proof holds no slot.${maintenance}` : "Its share was zero: the pool of this epoch was empty.");
  return answer("claimable", commit.reward, `${part}${bonus} Final: anyone may claim it for the operator; 1 % is burned then.`);
}

/** Whether the weight holds the factor 1.10: it follows from the stake. */
function bonusOf({ commit, stakeWei }: EarningFacts, { slotsPerEpoch }: Rules): boolean | undefined {
  if (commit === undefined || stakeWei === undefined || commit.slots === 0) return undefined;
  return commit.weight > weightWei(stakeWei, commit.slots, slotsPerEpoch, false);
}

function lostOf({ commit, totalWeight, poolWei, targetWei, stakeWei }: EarningFacts, { slotsPerEpoch }: Rules, hasBonus: boolean): bigint | undefined {
  if (commit !== undefined && !commit.voided && commit.slots === slotsPerEpoch) return 0n;
  if (stakeWei === undefined || totalWeight === undefined || poolWei === undefined || targetWei === undefined) return undefined;
  const isCounted = commit !== undefined && !commit.voided && commit.openChallenges === 0;
  const others = isCounted ? less(totalWeight, commit.weight) : totalWeight;
  const full = shareWei(weightWei(stakeWei, slotsPerEpoch, slotsPerEpoch, hasBonus), others, poolWei, targetWei);
  const got = commit === undefined || commit.voided ? 0n : shareWei(commit.weight, others, poolWei, targetWei);
  return less(full, got);
}

const less = (a: bigint, b: bigint) => (a > b ? a - b : 0n);
