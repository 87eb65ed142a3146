import type { NodeId } from "../../core/ids.ts";

export const FIRST_BACKOFF_MS = 500;
export const MAX_BACKOFF_MS = 15_000;
/** The lower NodeId of a pair dials; the higher one steps in only if that takes longer than this, e.g. after its own restart. */
export const SECOND_DIALER_DELAY_MS = 800;
export const DIALER_TICK_MS = 250;
const MAX_PARALLEL_DIALS = 8;

export interface DialTarget {
  nodeId: NodeId;
  host: string;
  port: number;
}

export interface Dialer {
  /** Dials what is due; call it every DIALER_TICK_MS. */
  tick(): void;
  /** The pair was connected and is not any more: dial again at once. */
  onLost(nodeId: NodeId): void;
  /** The pair is connected. If it could not be for a while, whatever was in the way may be gone for others too: try them soon. */
  onFound(nodeId: NodeId): void;
}

interface DialState {
  attempts: number;
  nextAtMs: number;
  dialling: boolean;
}

/** Keeps one connection to every target, with backoff from 500 ms, doubling to 15 s, ± 20 % (NET-17). */
export function createDialer(deps: {
  self: NodeId;
  /** False: nobody can dial this node, it waits for nobody (NET-20). */
  reachable?: boolean;
  targets: () => readonly DialTarget[];
  connected: (nodeId: NodeId) => boolean;
  /** Resolves when the peer is usable. */
  dial: (target: DialTarget) => Promise<void>;
  /** Monotonic milliseconds. */
  nowMs?: () => number;
  random?: () => number;
}): Dialer {
  const nowMs = deps.nowMs ?? (() => performance.now());
  const random = deps.random ?? Math.random;
  const states = new Map<NodeId, DialState>();
  let parallel = 0;

  const fresh = (nodeId: NodeId): DialState => ({
    attempts: 0,
    nextAtMs: nowMs() + (deps.self < nodeId || deps.reachable === false ? 0 : SECOND_DIALER_DELAY_MS),
    dialling: false,
  });

  const dial = async (target: DialTarget, state: DialState) => {
    state.dialling = true;
    parallel += 1;
    try {
      await deps.dial(target);
      state.attempts = 0;
    } catch {
      const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** state.attempts);
      state.attempts = Math.min(state.attempts + 1, 10);
      state.nextAtMs = nowMs() + backoffMs * (0.8 + 0.4 * random());
    } finally {
      state.dialling = false;
      parallel -= 1;
    }
  };

  return {
    tick() {
      const targets = deps.targets();
      if (states.size > targets.length) {
        const wanted = new Set(targets.map(({ nodeId }) => nodeId));
        for (const nodeId of states.keys()) if (!wanted.has(nodeId)) states.delete(nodeId);
      }
      for (const target of targets) {
        if (target.nodeId === deps.self || deps.connected(target.nodeId)) continue;
        const state = states.get(target.nodeId) ?? fresh(target.nodeId);
        states.set(target.nodeId, state);
        if (!state.dialling && state.nextAtMs <= nowMs() && parallel < MAX_PARALLEL_DIALS) void dial(target, state);
      }
    },
    onLost(nodeId) {
      const state = states.get(nodeId);
      if (state?.dialling === true) return;
      states.set(nodeId, fresh(nodeId));
    },
    onFound(nodeId) {
      const found = states.get(nodeId);
      if (found === undefined || found.attempts === 0) return;
      found.attempts = 0;
      for (const state of states.values()) {
        if (state.attempts === 0 || state.dialling) continue;
        state.attempts = 0;
        state.nextAtMs = Math.min(state.nextAtMs, nowMs() + FIRST_BACKOFF_MS * random());
      }
    },
  };
}
