import { healthOf, type ChainNode, type Health, type Live, type Proved } from "./nodeHealth.ts";

/** A node as the map, its list and its table show it. */
export interface MapRow {
  node: ChainNode;
  live: Live;
  /** Undefined while the index has not said. */
  proved: Proved | undefined;
  health: Health;
  /** By its document, which the chain holds the hash of; else by its own word. */
  region: string | undefined;
  regionIsSigned: boolean;
}

/** @param proofs slots by node of the latest epoch whose commits are in; a node without a commit proved none */
export function mapRows(
  nodes: readonly ChainNode[],
  live: ReadonlyMap<number, Live>,
  signedRegions: ReadonlyMap<number, string>,
  proofs: { epoch: number; slots: ReadonlyMap<number, number> } | undefined,
): MapRow[] {
  return nodes.map((node) => {
    const its = live.get(node.index) ?? { state: "none" };
    const signed = signedRegions.get(node.index);
    const region = signed ?? (its.state === "up" ? its.status.region : undefined);
    const proved = proofs && { epoch: proofs.epoch, slots: proofs.slots.get(node.index) ?? 0 };
    return { node, live: its, proved, health: healthOf(node, its, proved), region, regionIsSigned: signed !== undefined };
  });
}

export const UNKNOWN_REGION = "unknown";

/** By the filters of the URL; a filter that names nothing real filters all out, and the page says so. */
export function filterRows(rows: readonly MapRow[], { region, state }: { region?: string | undefined; state?: string | undefined }): MapRow[] {
  return rows.filter((row) => (region === undefined || (row.region ?? UNKNOWN_REGION) === region) && (state === undefined || row.health === state));
}

/** Regions that rows name, in the order of their names; the unknown one last. */
export function regionsOf(rows: readonly MapRow[]): string[] {
  const regions = new Set(rows.flatMap(({ region }) => (region === undefined ? [] : [region])));
  return [...[...regions].sort(), ...(rows.some(({ region }) => region === undefined) ? [UNKNOWN_REGION] : [])];
}
