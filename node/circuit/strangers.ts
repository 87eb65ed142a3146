import { networkOf } from "./ipBytes.ts";

const PER_SECOND = 5;
const BURST = 20;
const MAX_IN_FLIGHT = 16;
/** Of them of one network: who lets handshakes hang for their 5 s must not shut the door for everybody. */
const MAX_IN_FLIGHT_PER_NETWORK = 6;
const MAX_NETWORKS = 10_000;

/** What unknown clients may cost (NET-6): 5 a second per /24 or /56, burst 20, 16 handshakes in flight. */
export interface StrangerLimit {
  /** True if the connection may go on; `leave` must follow once it is known or gone. */
  enter(remoteAddress: string): boolean;
  leave(remoteAddress: string): void;
}

export function createStrangerLimit(nowMs: () => number = Date.now): StrangerLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  /** Handshakes under way by network, and over all. */
  const underWay = new Map<string, number>();
  let inFlight = 0;
  return {
    enter(remoteAddress) {
      const network = networkOf(remoteAddress);
      const now = nowMs();
      const bucket = buckets.get(network) ?? { tokens: BURST, atMs: now };
      const tokens = Math.min(BURST, bucket.tokens + ((now - bucket.atMs) / 1000) * PER_SECOND);
      const own = underWay.get(network) ?? 0;
      const allowed = tokens >= 1 && inFlight < MAX_IN_FLIGHT && own < MAX_IN_FLIGHT_PER_NETWORK;
      // Re-inserted at the end: the first key is always the one longest unused.
      buckets.delete(network);
      buckets.set(network, { tokens: allowed ? tokens - 1 : tokens, atMs: now });
      if (buckets.size > MAX_NETWORKS) buckets.delete(buckets.keys().next().value as string);
      if (!allowed) return false;
      underWay.set(network, own + 1);
      inFlight++;
      return true;
    },
    leave(remoteAddress) {
      const network = networkOf(remoteAddress);
      const left = (underWay.get(network) ?? 1) - 1;
      if (left === 0) underWay.delete(network);
      else underWay.set(network, left);
      inFlight--;
    },
  };
}
