import type { NodeId } from "../../core/ids.ts";
import type { GuardSet } from "./guardSet.ts";
import type { Routes } from "./routes.ts";

const CHECK_MS = 500;
/** A guard that cannot be paid for so long carries no new streams: they would stand still. */
const UNPAID_MS = 2_000;
/** An account tunnel that does not come back in this time takes its guard's circuits along. */
const GONE_MS = 3_000;

/** Moves streams away from guards that are lost, leave, or cannot be paid. */
export interface GuardWatch {
  onEvent(nodeId: NodeId, event: "ready" | "lost" | "leaving"): void;
  close(): void;
}

export function createGuardWatch(guards: () => GuardSet, routes: () => Routes): GuardWatch {
  const unpaidSinceMs = new Map<NodeId, number>();
  const lostSinceMs = new Map<NodeId, number>();

  function check(): void {
    const nowMs = performance.now();
    for (const tunnel of guards().tunnels()) {
      const { nodeId } = tunnel;
      if (tunnel.connected()) lostSinceMs.delete(nodeId);
      if (tunnel.ready()) {
        unpaidSinceMs.delete(nodeId);
        continue;
      }
      const sinceMs = unpaidSinceMs.get(nodeId) ?? nowMs;
      unpaidSinceMs.set(nodeId, sinceMs);
      if (nowMs - sinceMs >= UNPAID_MS) routes().guardUnusable(nodeId);
    }
    for (const [nodeId, sinceMs] of lostSinceMs) {
      if (nowMs - sinceMs < GONE_MS) continue;
      lostSinceMs.delete(nodeId);
      routes().guardLost(nodeId);
    }
  }

  const timer = setInterval(check, CHECK_MS);
  return {
    onEvent(nodeId, event) {
      if (event === "ready") return;
      if (event === "leaving") return routes().nodeLeaving(nodeId);
      // Its streams may live on; new ones go elsewhere at once.
      routes().guardUnusable(nodeId);
      lostSinceMs.set(nodeId, performance.now());
    },
    close: () => clearInterval(timer),
  };
}
