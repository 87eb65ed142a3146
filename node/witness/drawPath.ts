import { isReachable } from "../../core/didDocument.ts";
import type { NodeId, NodeIndex } from "../../core/ids.ts";
import type { DirectoryNode } from "../directory/directory.ts";

/** In networks below this the committee may stand in the path: nobody else would be left. */
const SMALL_NETWORK = 8;

export interface DrawRequest {
  nodes: readonly DirectoryNode[];
  self: NodeId;
  target: DirectoryNode;
  /** Of the target's slot, the witness among them. */
  committee: readonly NodeIndex[];
  /** True if this node can pay it now. */
  canPay: (nodeId: NodeId) => boolean;
  /** True if it is known to live: a peer of this node too. */
  isLinked: (nodeId: NodeId) => boolean;
  /** Stood in earlier tries of this slot. */
  used: ReadonlySet<NodeId>;
  /** Uniform in [0, 1). */
  random: () => number;
}

/**
 * The path of a probe behind the witness (NET-21): X, funded into the target by its own word; the target; Y, whom the
 * target says it funds. In a network of three: target, Y.
 * Nodes of the committee and of the target's operator only where there is no other way, and in small networks.
 * @returns undefined if nobody can stand before or behind the target
 */
export function drawPath(request: DrawRequest): DirectoryNode[] | undefined {
  const { target, self, committee, used } = request;
  const usable = request.nodes.filter((node) => node.active && node.document !== undefined);
  const others = usable.filter((node) => node.nodeId !== self && node.nodeId !== target.nodeId && node.descriptor?.draining !== true);
  if (usable.length === 3) return drawFrom(others, request, false);
  const isStranger = (node: DirectoryNode) => !committee.includes(node.index) && node.operator !== target.operator;
  const outside = usable.length < SMALL_NETWORK ? others : others.filter(isStranger);
  const fresh = outside.filter(({ nodeId }) => !used.has(nodeId));
  for (const candidates of [fresh, outside, others]) {
    const path = drawFrom(candidates, request, true);
    if (path !== undefined) return path;
  }
  return undefined;
}

function drawFrom(candidates: readonly DirectoryNode[], request: DrawRequest, withX: boolean): DirectoryNode[] | undefined {
  const { target, canPay, isLinked } = request;
  const draw = <T>(items: readonly T[]) => items[Math.floor(request.random() * items.length)];
  // The witness dials and pays it itself (NET-20).
  const canBegin = ({ nodeId, document }: DirectoryNode) => document !== undefined && isReachable(document.endpoint) && canPay(nodeId);
  const funded = new Set(target.descriptor?.funded);
  const behind = candidates.filter(({ nodeId }) => funded.has(nodeId));
  const living = behind.filter(({ nodeId }) => isLinked(nodeId));
  if (!withX) {
    const y = draw(behind);
    return y === undefined || !canBegin(target) ? undefined : [target, y];
  }
  const before = candidates.filter((node) => node.descriptor?.funded.includes(target.nodeId) === true && canBegin(node));
  // The only one behind must not be taken for the place before.
  const firsts = before.filter((x) => behind.some((y) => y !== x));
  const x = draw(firsts);
  if (x === undefined) return undefined;
  const y = draw(living.filter((node) => node !== x)) ?? draw(behind.filter((node) => node !== x));
  return y === undefined ? undefined : [x, target, y];
}
