import { networkOf } from "./ipBytes.ts";

const PER_SECOND = 5;
const BURST = 20;
const MAX_IN_FLIGHT = 16;
/** Of them of one network: who lets handshakes hang for their 5 s must not shut the door for everybody. */
const MAX_IN_FLIGHT_PER_NETWORK = 6;
/** A handshake takes a few round trips: whoever is slower makes room when the places run out. */
const GRACE_MS = 1_000;
const MAX_NETWORKS = 10_000;

/** What unknown clients may cost (NET-6): 5 a second per /24 or /56, burst 20, 16 handshakes in flight. */
export interface StrangerLimit {
  /**
   * A place for one handshake. @param evict called if it takes long and another needs the place
   * @returns what gives the place back, or who is in the way: others of its network, or all the world
   */
  enter(remoteAddress: string, evict: () => void): (() => void) | "network" | "all";
}

interface Place {
  network: string;
  atMs: number;
  evict(): void;
}

export function createStrangerLimit(nowMs: () => number = Date.now): StrangerLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  /** Handshakes under way, oldest first. */
  const places = new Set<Place>();

  const takeToken = (network: string, now: number): boolean => {
    const bucket = buckets.get(network) ?? { tokens: BURST, atMs: now };
    const tokens = Math.min(BURST, bucket.tokens + ((now - bucket.atMs) / 1000) * PER_SECOND);
    // Re-inserted at the end: the first key is always the one longest unused.
    buckets.delete(network);
    buckets.set(network, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: now });
    if (buckets.size > MAX_NETWORKS) buckets.delete(buckets.keys().next().value as string);
    return tokens >= 1;
  };
  const makeRoom = (among: readonly Place[], now: number): boolean => {
    const oldest = among[0];
    if (oldest === undefined || now - oldest.atMs < GRACE_MS) return false;
    places.delete(oldest);
    oldest.evict();
    return true;
  };
  return {
    enter(remoteAddress, evict) {
      const network = networkOf(remoteAddress);
      const now = nowMs();
      const own = [...places].filter((place) => place.network === network);
      if (own.length >= MAX_IN_FLIGHT_PER_NETWORK && !makeRoom(own, now)) return "network";
      if (places.size >= MAX_IN_FLIGHT && !makeRoom([...places], now)) return "all";
      if (!takeToken(network, now)) return "network";
      const place: Place = { network, atMs: now, evict };
      places.add(place);
      return () => void places.delete(place);
    },
  };
}
