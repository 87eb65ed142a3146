/** A change of a node's stake; `stake` is what is active after it, wei. */
export interface StakeChange {
  kind: string;
  amount: bigint;
  stake: bigint;
  /** Seconds since 1970. */
  timestamp: number;
}

export interface StakeHistory {
  /** Oldest first. */
  changes: readonly StakeChange[];
  /** False if there are older ones that are not known here. */
  isWhole: boolean;
}

/** Active stake before the first transaction at or after `timestamp`, as the registry counts it; undefined if not known. */
export function stakeAt({ changes, isWhole }: StakeHistory, timestamp: number): bigint | undefined {
  const last = changes.findLast((change) => change.timestamp < timestamp);
  if (last !== undefined) return last.stake;
  return isWhole ? 0n : undefined;
}

/** What counts for the weight of an epoch: the lesser of the stake at its start and at its end; 0 below the minimum (PRF-2). */
export function stakeThrough(history: StakeHistory, epoch: number, rules: { epochSeconds: number; minStake: bigint }): bigint | undefined {
  const atStart = stakeAt(history, epoch * rules.epochSeconds);
  const atEnd = stakeAt(history, (epoch + 1) * rules.epochSeconds);
  if (atStart === undefined || atEnd === undefined) return undefined;
  const least = atStart < atEnd ? atStart : atEnd;
  return least < rules.minStake ? 0n : least;
}
