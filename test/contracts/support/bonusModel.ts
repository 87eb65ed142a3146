const WINDOW = 168;
const MAX_MAINTENANCE = 6;

/** What one node did, by epoch and by second; arrays and bigints only, after the words of PRF-2 and PRF-3. */
export interface NodeHistory {
  /** Slots proved, by epoch. */
  slots: Map<number, number>;
  voided: Set<number>;
  maintenance: Set<number>;
  /** Each change: from the second after `at` on the stake is `wei`. */
  stakes: { at: number; wei: bigint }[];
  activatedIn: number;
}

export interface BonusRules {
  epochSeconds: number;
  slots: number;
  lag: number;
  minStake: bigint;
}

export function stakeAt(node: NodeHistory, timestamp: number): bigint {
  return node.stakes.findLast(({ at }) => at < timestamp)?.wei ?? 0n;
}

/** min(stake at the start, stake at the end); 0n if the node was not active at both. */
export function stakeThrough(rules: BonusRules, node: NodeHistory, epoch: number): bigint {
  const [start, end] = [stakeAt(node, epoch * rules.epochSeconds), stakeAt(node, (epoch + 1) * rules.epochSeconds)];
  const least = start < end ? start : end;
  return least < rules.minStake ? 0n : least;
}

export function setStake(rules: BonusRules, node: NodeHistory, at: number, wei: bigint): void {
  const before = node.stakes.at(-1)?.wei ?? 0n;
  if (before < rules.minStake && wei >= rules.minStake) node.activatedIn = Math.floor(at / rules.epochSeconds);
  node.stakes.push({ at, wei });
}

/** Whether a commit for `epoch` earns ×1.10: everything is looked up anew each time. */
export function earnsBonus(rules: BonusRules, node: NodeHistory, epoch: number): boolean {
  const end = epoch - rules.lag;
  const begin = end - WINDOW;
  if (node.activatedIn >= begin) return false;
  const week = Array.from({ length: WINDOW }, (_, offset) => begin + offset);
  if (week.some((past) => node.voided.has(past))) return false;
  const counted = week.filter((past) => !node.maintenance.has(past));
  const proved = counted.reduce((sum, past) => sum + (node.slots.get(past) ?? 0), 0);
  return counted.length > 0 && proved * 100 >= counted.length * rules.slots * 99;
}

export function weightOf(rules: BonusRules, stake: bigint, slots: number, bonus: boolean): bigint {
  return (stake * BigInt(slots) * (bonus ? 110n : 100n)) / (100n * BigInt(rules.slots));
}

/** Whether [first, first + count) may be announced: no 168 epochs in a row then hold more than 6. */
export function mayAnnounce(node: NodeHistory, first: number, count: number): boolean {
  const all = new Set([...node.maintenance, ...Array.from({ length: count }, (_, offset) => first + offset)]);
  for (let begin = first - WINDOW; begin <= first + count; begin++) {
    let held = 0;
    for (let epoch = begin; epoch < begin + WINDOW; epoch++) if (all.has(epoch)) held++;
    if (held > MAX_MAINTENANCE) return false;
  }
  return true;
}
