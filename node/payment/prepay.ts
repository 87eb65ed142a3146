/** Vouchers prepay at least and at most so many packets (NET-19). */
export const LEAST_PREPAY_PACKETS = 10;
export const MOST_PREPAY_PACKETS = 2_000;
/** What a registered payer may use before it pays (NET-19). */
export const CREDIT_PACKETS = 10;

/** A rate is measured over at least this time. */
const RATE_WINDOW_MS = 50;
/** A lower rate takes over slowly, a higher one at once. */
const RATE_DECAY_MS = 1_000;

/** How much a payer risks on a payee: clamp(4 · rate · (RTT + 50 ms), 10, 2,000) packets, doubling after service (NET-19). */
export interface PrepayPolicy {
  /** Tells the meter; units without rounding. */
  observe(nowMs: number, exactUnits: number): void;
  /** @returns whole units to be ahead of the meter. */
  sizeUnits(rttMs: number, unitsPerPacket: number): bigint;
  /** A voucher was renewed because half of the last prepay was served: the next may be twice as large. */
  served(): void;
  /** Trust starts over (NET-19: after a gap). */
  reset(): void;
}

export function createPrepayPolicy(): PrepayPolicy {
  let limitPackets = LEAST_PREPAY_PACKETS;
  let ratePerMs = 0;
  let last: { atMs: number; units: number } | undefined;
  return {
    observe(nowMs, units) {
      if (last === undefined) {
        last = { atMs: nowMs, units };
        return;
      }
      const elapsedMs = nowMs - last.atMs;
      if (elapsedMs < RATE_WINDOW_MS) return;
      const sample = Math.max(0, units - last.units) / elapsedMs;
      const keep = Math.exp(-elapsedMs / RATE_DECAY_MS);
      ratePerMs = sample > ratePerMs ? sample : ratePerMs * keep + sample * (1 - keep);
      last = { atMs: nowMs, units };
    },
    sizeUnits(rttMs, unitsPerPacket) {
      const wanted = (4 * ratePerMs * (rttMs + 50)) / unitsPerPacket;
      const packets = Math.min(Math.max(wanted, LEAST_PREPAY_PACKETS), limitPackets);
      return BigInt(Math.ceil(packets * unitsPerPacket));
    },
    served() {
      limitPackets = Math.min(2 * limitPackets, MOST_PREPAY_PACKETS);
    },
    reset() {
      limitPackets = LEAST_PREPAY_PACKETS;
    },
  };
}
