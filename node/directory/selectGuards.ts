import { isReachable } from "../../core/didDocument.ts";
import type { NodeId } from "../../core/ids.ts";
import type { DirectoryNode } from "./directory.ts";
import { networkOf } from "./network.ts";
import { routeWeights, weightedOrder, type Random } from "./weights.ts";

/** An entry that a client keeps for weeks (NET-8). Times are Unix milliseconds. */
export interface Guard {
  nodeId: NodeId;
  addedMs: number;
  expiresMs: number;
  /** Since when it could not be reached; undefined while it can. */
  unreachableSinceMs?: number;
}

const DAY_MS = 86_400_000;
const MIN_LIFE_DAYS = 60;
const MAX_LIFE_DAYS = 90;
const UNREACHABLE_MS = DAY_MS;

/**
 * The guards to use from now on: those still good, and new ones drawn by capped stake for the rest, of different
 * operators and networks. Fewer than `count` if the network has no more. Pure: persist what it returns.
 */
export function selectGuards(params: {
  nodes: readonly DirectoryNode[];
  guards: readonly Guard[];
  count: number;
  nowMs: number;
  random: Random;
}): Guard[] {
  const { nodes, count, nowMs, random } = params;
  const usable = new Map(nodes.filter(isUsable).map((node) => [node.nodeId, node]));
  const kept = params.guards
    .filter(
      ({ nodeId, expiresMs, unreachableSinceMs }) =>
        usable.has(nodeId) &&
        expiresMs > nowMs &&
        (unreachableSinceMs === undefined || nowMs - unreachableSinceMs < UNREACHABLE_MS),
    )
    .slice(0, count);
  const dropped = new Set(params.guards.map(({ nodeId }) => nodeId));
  const chosen = kept.map(({ nodeId }) => usable.get(nodeId) as DirectoryNode);
  const guards = [...kept];
  // What was just given up comes last: it is taken again only if there is nobody else.
  const candidates = weightedOrder([...usable.values()], routeWeights([...usable.values()]), random);
  const ordered = [...candidates.filter(({ nodeId }) => !dropped.has(nodeId)), ...candidates.filter(({ nodeId }) => dropped.has(nodeId))];
  for (const node of ordered) {
    if (guards.length >= count) break;
    if (chosen.some((other) => related(node, other))) continue;
    chosen.push(node);
    const lifeMs = (MIN_LIFE_DAYS + random() * (MAX_LIFE_DAYS - MIN_LIFE_DAYS)) * DAY_MS;
    guards.push({ nodeId: node.nodeId, addedMs: nowMs, expiresMs: nowMs + lifeMs });
  }
  return guards;
}

function isUsable(node: DirectoryNode): boolean {
  return node.active && node.document !== undefined && isReachable(node.document.endpoint);
}

function related(a: DirectoryNode, b: DirectoryNode): boolean {
  return a.operator === b.operator || hostOf(a) === hostOf(b);
}

function hostOf(node: DirectoryNode): string {
  return networkOf(node.document?.endpoint.host ?? node.nodeId);
}
