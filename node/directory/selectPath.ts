import { isReachable } from "../../core/didDocument.ts";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { DirectoryNode } from "./directory.ts";
import { networkOf } from "./network.ts";
import { routeWeights, weightedOrder, type Random } from "./weights.ts";

/** Default length of a path; 1 to 5 are possible (NET-8). */
export const DEFAULT_HOPS = 3;
export const MAX_HOPS = 5;
/** Relays looked at before a search gives up: finite also in a network of thousands without any path. */
const MAX_STEPS = 20_000;

export interface PathRequest {
  nodes: readonly DirectoryNode[];
  /** Entries come from these only. */
  guards: readonly NodeId[];
  hops: number;
  random: Random;
  /** True if the last hop may reach the target; by default any node whose role is exit. */
  allows?: (exit: DirectoryNode) => boolean;
  /** Not to be used now, e.g. because they just failed. */
  avoid?: ReadonlySet<NodeId>;
}

/**
 * A path from a guard to an exit (NET-8): no two hops of one operator or /16 (IPv6: /32), of one region only if there
 * is no other way, each relay funded towards the next by its own descriptor; no entry and no two neighbours behind NAT
 * (NET-20). @throws X0T_NO_PATH, X0T_BAD_HOPS
 */
export function selectPath(request: PathRequest): DirectoryNode[] {
  const { hops } = request;
  if (!Number.isInteger(hops) || hops < 1 || hops > MAX_HOPS) {
    throw new X0tError("X0T_BAD_HOPS", `A path has 1 to ${MAX_HOPS} hops, not ${hops}.`, { data: { hops } });
  }
  const usable = request.nodes.filter(
    (node) => node.active && node.document !== undefined && node.descriptor?.draining !== true && request.avoid?.has(node.nodeId) !== true,
  );
  const ordered = weightedOrder(usable, routeWeights(usable), request.random);
  const path = search(ordered, request, true) ?? search(ordered, request, false);
  if (path !== undefined) return path;
  throw new X0tError(
    "X0T_NO_PATH",
    `No path of ${hops} hops: ${usable.length} usable relays, ${usable.filter(({ nodeId }) => request.guards.includes(nodeId)).length} of them guards. ` +
      "Wait for more relays, or use fewer hops.",
    { retryable: true, data: { hops, usable: usable.length } },
  );
}

/** Depth first in a random order, so that the first path found is a fair draw among those that satisfy everything. */
function search(ordered: readonly DirectoryNode[], request: PathRequest, regionsDiffer: boolean): DirectoryNode[] | undefined {
  const { hops } = request;
  const guards = new Set(request.guards);
  const allows = request.allows ?? ((node: DirectoryNode) => node.document?.roles.includes("exit") === true);
  const rankOf = new Map(ordered.map(({ nodeId }, rank) => [nodeId, rank]));
  const entries = ordered.filter(({ nodeId }) => guards.has(nodeId));
  /** Those that this relay pays, by what it says itself: it alone knows its channels. In the same order. */
  const nextOf = ({ descriptor }: DirectoryNode): DirectoryNode[] =>
    (descriptor?.funded ?? [])
      .flatMap((nodeId) => rankOf.get(nodeId) ?? [])
      .sort((a, b) => a - b)
      .map((rank) => ordered[rank] as DirectoryNode);
  let steps = 0;
  const path: DirectoryNode[] = [];
  const fits = (node: DirectoryNode): boolean => {
    const previous = path.at(-1);
    if (isBehindNat(node) && (previous === undefined || isBehindNat(previous))) return false;
    if (path.length === hops - 1 && !allows(node)) return false;
    return path.every((other) => !related(node, other) && (!regionsDiffer || node.document?.region !== other.document?.region));
  };
  const extend = (): boolean => {
    if (path.length === hops) return true;
    const previous = path.at(-1);
    for (const node of previous === undefined ? entries : nextOf(previous)) {
      if (++steps > MAX_STEPS) return false;
      if (!fits(node)) continue;
      path.push(node);
      if (extend()) return true;
      path.pop();
    }
    return false;
  };
  return extend() ? path : undefined;
}

function isBehindNat({ document }: DirectoryNode): boolean {
  return document !== undefined && !isReachable(document.endpoint);
}

function related(a: DirectoryNode, b: DirectoryNode): boolean {
  return a.nodeId === b.nodeId || a.operator === b.operator || hostNetwork(a) === hostNetwork(b);
}

function hostNetwork(node: DirectoryNode): string {
  return networkOf(node.document?.endpoint.host ?? node.nodeId);
}
