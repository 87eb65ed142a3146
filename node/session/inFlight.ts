import { createWindowedMax } from "./windowedMax.ts";

const BASE_BYTES = 64_000;
const MAX_BYTES = 32_000_000;
/** A loaded machine answers late however near it is: less would starve a fast short path, more only delays 2 × 50 ms. */
const MIN_RTT_FLOOR_MS = 50;
/** A full DATA frame. */
const MIN_QUANTUM_BYTES = 16_316;
const MAX_QUANTUM_BYTES = 130_528;
const MEMORY_MS = 10_000;
const MAX_SAMPLES = 4_096;

/** How much a circuit may hold: min(2 · deliveryRate · minRTT + 64 kB, 32 MB) by CACK (NET-10). */
export interface InFlight {
  /** Whole bytes that may be sent now; may be negative. */
  allowance(): number;
  /** Least allowance that is worth a write of its own; at most a quarter of the bound, and a frame. */
  quantum(): number;
  sent(bytes: number): void;
  /** @returns false if the other side claims more than was sent: it lies */
  acknowledged(total: number): boolean;
}

export function createInFlight(nowMs: () => number = () => performance.now()): InFlight {
  let sentTotal = 0;
  let ackedTotal = 0;
  let ackedAtMs = nowMs();
  const rate = createWindowedMax(MEMORY_MS, nowMs);
  const negativeRtt = createWindowedMax(MEMORY_MS, nowMs);
  let samples: { total: number; atMs: number; acked: number; ackedAtMs: number }[] = [];
  let oldest = 0;
  const bound = (): number => {
    const minRtt = Math.max(MIN_RTT_FLOOR_MS, -(negativeRtt.value() ?? -MIN_RTT_FLOOR_MS));
    return Math.floor(Math.min(2 * (rate.value() ?? 0) * minRtt + BASE_BYTES, MAX_BYTES));
  };
  return {
    allowance: () => bound() - (sentTotal - ackedTotal),
    quantum: () => Math.max(MIN_QUANTUM_BYTES, Math.min(MAX_QUANTUM_BYTES, bound() / 4)),
    sent(bytes) {
      const now = nowMs();
      // After silence the time of the last CACK says nothing about the rate.
      if (sentTotal === ackedTotal) ackedAtMs = now;
      sentTotal += bytes;
      if (samples.length - oldest < MAX_SAMPLES) samples.push({ total: sentTotal, atMs: now, acked: ackedTotal, ackedAtMs });
    },
    acknowledged(total) {
      if (total > sentTotal) return false;
      if (total <= ackedTotal) return true;
      const now = nowMs();
      ackedTotal = total;
      ackedAtMs = now;
      let sample = samples[oldest];
      let latest = sample;
      while (sample !== undefined && sample.total <= total) {
        latest = sample;
        sample = samples[++oldest];
      }
      if (latest !== undefined && latest.total <= total) {
        negativeRtt.add(-(now - latest.atMs));
        rate.add((total - latest.acked) / Math.max(1, now - latest.ackedAtMs));
      }
      if (oldest > 256) {
        samples = samples.slice(oldest);
        oldest = 0;
      }
      return true;
    },
  };
}
