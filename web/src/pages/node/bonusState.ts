import type { ProtocolParameters } from "../../../../core/parameters.ts";

/** PRF-3: epochs that are looked back on, and the share of their slots that must be proved. */
export const BONUS_WINDOW = 168;
const LEAST_PERCENT = 99;

export interface BonusState {
  /** True if a commit for the running epoch will have it. Undefined: not known. */
  hasBonus: boolean | undefined;
  /** The epochs [first, end) that count for the running epoch. */
  first: number;
  end: number;
  provedSlots: number;
  countedSlots: number;
  /** Slots that may still be missed among the counted ones before the share falls below 99 %; negative: too many are. */
  spareSlots: number;
  voidedEpochs: number;
  maintenanceEpochs: number;
  /** First epoch for which it can be had if nothing is missed from now on; undefined: now, or not known. */
  earliestEpoch: number | undefined;
  why: string;
}

type Rules = Pick<ProtocolParameters, "epochSeconds" | "slotsPerEpoch" | "commitSeconds" | "challengeSeconds" | "responseSeconds">;

/** How many epochs before a commit's own one the window ends: those are final when it is made. */
export function bonusLag({ epochSeconds, commitSeconds, challengeSeconds, responseSeconds }: Rules): number {
  return Math.ceil((commitSeconds + challengeSeconds + responseSeconds) / epochSeconds) + 1;
}

/**
 * Whether a proof of the running epoch earns the bonus, and how far it is.
 * @param activeFrom first epoch of the node's unbroken activity; null while it is not active.
 * @param commits of the window; an epoch that is not among them counts as nothing proved.
 */
export function bonusState(
  facts: { epoch: number; activeFrom: number | null; commits: readonly { epoch: number; slots: number; voided: boolean }[]; maintenance: readonly { first: number; end: number }[] },
  rules: Rules,
): BonusState {
  const end = facts.epoch - bonusLag(rules);
  const first = Math.max(end - BONUS_WINDOW, Math.min(end, facts.activeFrom ?? end));
  const byEpoch = new Map(facts.commits.map((commit) => [commit.epoch, commit]));
  let [provedSlots, countedEpochs, voidedEpochs, lastVoid] = [0, 0, 0, -1];
  for (let epoch = first; epoch < end; epoch++) {
    const commit = byEpoch.get(epoch);
    if (commit?.voided === true) {
      voidedEpochs++;
      lastVoid = epoch;
    }
    if (facts.maintenance.some((each) => each.first <= epoch && epoch < each.end)) continue;
    countedEpochs++;
    if (commit !== undefined && !commit.voided) provedSlots += commit.slots;
  }
  const countedSlots = countedEpochs * rules.slotsPerEpoch;
  const spareSlots = Math.floor((countedSlots * (100 - LEAST_PERCENT)) / 100) - (countedSlots - provedSlots);
  const isLongEnough = facts.activeFrom !== null && end - BONUS_WINDOW >= facts.activeFrom;
  const hasBonus = isLongEnough && voidedEpochs === 0 && countedEpochs > 0 && spareSlots >= 0;
  const state = { first, end, provedSlots, countedSlots, spareSlots, voidedEpochs, maintenanceEpochs: end - first - countedEpochs };
  if (facts.activeFrom === null) return { ...state, hasBonus: false, earliestEpoch: undefined, why: "The node is not active: the count begins when it is." };
  if (hasBonus) return { ...state, hasBonus, earliestEpoch: undefined, why: `A proof of the running epoch weighs 10 % more: of the ${BONUS_WINDOW} epochs that count at least ${LEAST_PERCENT} % of the slots are proved, and none was void.` };
  if (!isLongEnough) {
    const earliestEpoch = facts.activeFrom + BONUS_WINDOW + bonusLag(rules);
    return { ...state, hasBonus, earliestEpoch, why: `It must be active without a break for ${BONUS_WINDOW} epochs that are final; it is since epoch ${facts.activeFrom}. The earliest epoch with the bonus is ${earliestEpoch}.` };
  }
  if (voidedEpochs > 0) {
    const earliestEpoch = lastVoid + BONUS_WINDOW + bonusLag(rules) + 1;
    return { ...state, hasBonus, earliestEpoch, why: `${voidedEpochs} of the epochs that count ${voidedEpochs === 1 ? "was" : "were"} void. The last of them leaves the count with epoch ${earliestEpoch}.` };
  }
  return { ...state, hasBonus, earliestEpoch: undefined, why: `Too many slots are missing: ${-spareSlots} fewer would be needed for ${LEAST_PERCENT} %. They leave the count one by one, as their epochs become older than ${BONUS_WINDOW} epochs.` };
}
