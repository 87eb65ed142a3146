/** PRF-3: at most so many epochs of maintenance in any window of so many. */
export const MOST_EPOCHS = 6;
export const WINDOW_EPOCHS = 168;

/** The epochs [first, end). */
export interface Announced {
  first: number;
  end: number;
}

/** The first epoch that can be announced now: one whole epoch lies before it. @param now the chain's time, seconds */
export function firstAnnounceable(now: number, epochSeconds: number): number {
  return Math.ceil((now + epochSeconds) / epochSeconds);
}

/** Why the ledger would refuse [first, first + count); undefined if it would not. */
export function maintenanceProblem(announced: readonly Announced[], first: number, count: number, now: number, epochSeconds: number): string | undefined {
  if (!Number.isInteger(count) || count < 1) return "Announce at least one epoch.";
  if (count > MOST_EPOCHS) return `At most ${MOST_EPOCHS} of any ${WINDOW_EPOCHS} epochs may be announced.`;
  const earliest = firstAnnounceable(now, epochSeconds);
  if (!Number.isInteger(first) || first < earliest) return `The first epoch that can be announced now is ${earliest}: one whole epoch must lie before it.`;
  const epochs = allEpochs([...announced, { first, end: first + count }]);
  for (let at = MOST_EPOCHS; at < epochs.length; at++) {
    const [from, to] = [epochs[at - MOST_EPOCHS] as number, epochs[at] as number];
    // What was announced before and lies elsewhere was allowed then.
    if (to - from < WINDOW_EPOCHS) return `At most ${MOST_EPOCHS} of any ${WINDOW_EPOCHS} epochs may be announced: from epoch ${from} to ${to} there would be more.`;
  }
  return undefined;
}

/** Epochs of maintenance that run or lie ahead, in order. */
export function aheadOf(announced: readonly Announced[], epoch: number): number[] {
  return allEpochs(announced).filter((each) => each >= epoch);
}

function allEpochs(announced: readonly Announced[]): number[] {
  const epochs = new Set<number>();
  for (const { first, end } of announced) for (let epoch = first; epoch < end; epoch++) epochs.add(epoch);
  return [...epochs].sort((a, b) => a - b);
}
