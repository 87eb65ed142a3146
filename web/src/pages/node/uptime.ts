/** Final epochs that `recent…` totals of the index look back on. */
export const RECENT_EPOCHS = 168;

/** Proved share of the slots that the node could have proved in the last 168 final epochs, 0 to 1; undefined before its first final epoch. */
export function recentUptime(
  node: { active: boolean; activeFromEpoch: number | null; recentSlots: number; recentCommits: number; recentVoids: number },
  finalBefore: number,
  slotsPerEpoch: number,
): { share: number; epochs: number } | undefined {
  const first = Math.max(finalBefore - RECENT_EPOCHS, node.activeFromEpoch ?? finalBefore);
  // Of a stretch of activity that is over, only what was committed is known.
  const epochs = Math.max(finalBefore - first, node.recentCommits + node.recentVoids);
  if (epochs <= 0) return undefined;
  return { share: Math.min(1, node.recentSlots / (epochs * slotsPerEpoch)), epochs };
}

/** "99.4 %", rounded down: 100 % is said of nothing less. */
export function percentDown(share: number): string {
  return `${(Math.floor(share * 1_000 + 1e-9) / 10).toLocaleString("en", { maximumFractionDigits: 1 })} %`;
}
