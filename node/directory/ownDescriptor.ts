import { encodeDescriptor, type Descriptor } from "../../core/descriptor.ts";
import type { NodeId } from "../../core/ids.ts";
import type { MlDsaSign } from "../../core/signedObject.ts";

/** What of a descriptor changes by itself. */
export type DescriptorState = Pick<Descriptor, "load" | "funded" | "work" | "draining">;

export interface OwnDescriptor {
  /** Signs and publishes a new descriptor if there is something to say; call it once a second. */
  tick(): void;
}

/** Long before the hour is over: a peer that was away must not lose us. */
const RENEW_MS = 20 * 60_000;
/** Load moves all the time: it is worth a signature and a flood this often at most, and two buckets apart. */
const LOAD_INTERVAL_MS = 10_000;
const MAX_FUNDED = 64;

/** Keeps the node's own descriptor true (NET-2). */
export function createOwnDescriptor(deps: {
  nodeId: NodeId;
  sign: MlDsaSign;
  state: () => DescriptorState;
  /** False until the registry lists this node with its document: nobody could verify a descriptor before. */
  ready: () => boolean;
  publish: (block: Uint8Array) => void;
  nowMs: () => number;
}): OwnDescriptor {
  let last: Descriptor | undefined;

  const isWorth = (next: DescriptorState, nowMs: number): boolean => {
    if (last === undefined || nowMs - last.counter > RENEW_MS) return true;
    if (next.draining !== last.draining || next.work !== last.work || next.funded.join() !== last.funded.join()) return true;
    return Math.abs(next.load - last.load) >= 2 && nowMs - last.counter > LOAD_INTERVAL_MS;
  };

  return {
    tick() {
      if (!deps.ready()) return;
      const state = deps.state();
      const next = { ...state, funded: [...state.funded].sort().slice(0, MAX_FUNDED) };
      const nowMs = deps.nowMs();
      if (!isWorth(next, nowMs)) return;
      // A counter is never used twice, also if the clock goes back (NET-2).
      last = { version: 1, nodeId: deps.nodeId, counter: Math.max(Math.floor(nowMs), (last?.counter ?? 0) + 1), ...next };
      deps.publish(encodeDescriptor(last, deps.sign));
    },
  };
}
