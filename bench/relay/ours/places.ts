import type { NodeId } from "../../../core/ids.ts";

/** Where a relay of the benchmark listens and who it is. */
export interface Place {
  nodeId: NodeId;
  host: string;
  port: number;
}

/** Three disjoint ways to one exit need so many. */
export const RELAYS = 7;
export const PATHS = 3;

/** The relays of each path: an entry, a middle, and the exit that all share. */
export function pathsOf(places: readonly Place[]): Place[][] {
  const exit = places[2 * PATHS] as Place;
  return Array.from({ length: PATHS }, (_, i) => [places[i] as Place, places[PATHS + i] as Place, exit]);
}

/** Every second address range: no two relays share a /16. */
export function hostOf(index: number): string {
  return `127.${index + 1}.0.1`;
}
