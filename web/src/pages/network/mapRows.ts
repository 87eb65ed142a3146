import { healthOf, type ChainNode, type Health, type Live } from "./nodeHealth.ts";

/** A node as the map, its list and its table show it. */
export interface MapRow {
  node: ChainNode;
  live: Live;
  health: Health;
  /** By its document, which the chain holds the hash of; else by its own word. */
  region: string | undefined;
  regionIsSigned: boolean;
}

export function mapRows(nodes: readonly ChainNode[], live: ReadonlyMap<number, Live>, signedRegions: ReadonlyMap<number, string>): MapRow[] {
  return nodes.map((node) => {
    const its = live.get(node.index) ?? { state: "none" };
    const signed = signedRegions.get(node.index);
    const region = signed ?? (its.state === "up" ? its.status.region : undefined);
    return { node, live: its, health: healthOf(node, its), region, regionIsSigned: signed !== undefined };
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
