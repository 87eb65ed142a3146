import { formatUnits } from "viem";

/** A day or an epoch; `burned` in wei. */
export interface BurnPeriod {
  key: number;
  startsAt: number;
  burned: bigint;
}

export interface BurnRow extends BurnPeriod {
  /** Burned by the end of it since the network began. */
  total: bigint;
}

/**
 * The curve of burns, oldest first, with periods in which nothing burned filled in: no row of the index means that nothing
 * happened. Totals are counted back from what is burned now, so that they hold although the periods are not all of them.
 * @param secondsEach length of a period
 */
export function burnCurve(periods: readonly BurnPeriod[], burnedNow: bigint, secondsEach: number): BurnRow[] {
  const sorted = [...periods].sort((a, b) => b.key - a.key);
  const rows: BurnRow[] = [];
  let total = burnedNow;
  for (const period of sorted) {
    const later = rows.at(-1);
    for (let key = later === undefined ? period.key : later.key - 1; key > period.key; key--) {
      rows.push({ key, startsAt: period.startsAt + (key - period.key) * secondsEach, burned: 0n, total });
    }
    rows.push({ ...period, total });
    total -= period.burned;
  }
  return rows.reverse();
}

/** For a chart's axis alone: money stays bigint everywhere else. */
export function asNumber(wei: bigint): number {
  return Number(formatUnits(wei, 18));
}
