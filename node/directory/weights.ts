import type { DirectoryNode } from "./directory.ts";

/** Uniform in [0, 1). */
export type Random = () => number;

/**
 * How much of the traffic a node should draw: its stake, at most 4 × the median [one rich node would see most of the
 * circuits], less what it says it is loaded (NET-2). Same order as `nodes`.
 */
export function routeWeights(nodes: readonly DirectoryNode[]): number[] {
  const stakes = nodes.map(({ stake }) => stake).sort((a, b) => (a < b ? -1 : 1));
  const cap = 4n * (stakes[stakes.length >> 1] ?? 0n);
  return nodes.map(({ stake, descriptor }) => {
    const capped = Number(stake < cap ? stake : cap);
    return capped * (1 - (descriptor?.load ?? 0) / 10);
  });
}

/** All items in random order, each next one drawn with probability proportional to its weight (zero weights last). */
export function weightedOrder<T>(items: readonly T[], weights: readonly number[], random: Random): T[] {
  return items
    .map((item, index) => {
      const weight = weights[index] ?? 0;
      // Exponential races: the order of −ln(u)/w is a draw without replacement.
      return { item, at: weight > 0 ? -Math.log(1 - random()) / weight : Number.POSITIVE_INFINITY };
    })
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
