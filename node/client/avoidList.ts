import type { NodeId } from "../../core/ids.ts";

const FIRST_FAILURE_MS = 10_000;
const LONGEST_FAILURE_MS = 300_000;
const SUSPECT_MS = 15_000;

/** Nodes not to build through for a while. Scores never choose relays (NET-8): this forgets as soon as they work again. */
export interface AvoidList {
  /** The node itself failed: 10 s, doubling to 5 min while it goes on. */
  failed(nodeId: NodeId): void;
  /** One of these failed, nobody knows which: 15 s. */
  suspect(nodeIds: Iterable<NodeId>): void;
  works(nodeIds: Iterable<NodeId>): void;
  /** Failed and suspect. */
  all(): Set<NodeId>;
  failedOnly(): Set<NodeId>;
}

export function createAvoidList(now: () => number = () => performance.now()): AvoidList {
  const failures = new Map<NodeId, { untilMs: number; nextMs: number }>();
  const suspects = new Map<NodeId, number>();
  const failedOnly = () => new Set([...failures].filter(([, { untilMs }]) => untilMs > now()).map(([nodeId]) => nodeId));
  return {
    failed(nodeId) {
      const before = failures.get(nodeId);
      // Several sessions that try it at once saw one failure.
      if (before !== undefined && before.untilMs > now()) return;
      const waitMs = before?.nextMs ?? FIRST_FAILURE_MS;
      failures.set(nodeId, { untilMs: now() + waitMs, nextMs: Math.min(2 * waitMs, LONGEST_FAILURE_MS) });
    },
    suspect(nodeIds) {
      for (const nodeId of nodeIds) suspects.set(nodeId, now() + SUSPECT_MS);
    },
    works(nodeIds) {
      for (const nodeId of nodeIds) {
        failures.delete(nodeId);
        suspects.delete(nodeId);
      }
    },
    failedOnly,
    all() {
      for (const [nodeId, untilMs] of suspects) if (untilMs <= now()) suspects.delete(nodeId);
      return new Set([...failedOnly(), ...suspects.keys()]);
    },
  };
}
