import { largest } from "./minMax.ts";

/** A gap that stands so long closes the payee for new tunnels (NET-19). */
export const GAP_STANDS_MS = 10_000;
const SAMPLE_MS = 100;
const GAP_PACKETS = 5n;
const GAP_PERCENT = 1n;
/** Gaps within an hour that are taken for accidents and settled at once; later ones wait, twice as long each time. */
const ACCIDENTS = 3;
const FIRST_PENALTY_MS = 60_000;
const LONGEST_PENALTY_MS = 3_600_000;
const FORGOTTEN_AFTER_MS = 3_600_000;

/**
 * Compares the payee's COUNT with the payer's own meter (NET-19).
 * Bytes under way are no gap: what the payee counted 10 s ago must be on our meter by now, and the other way round.
 *
 *   agreed ──gap > max(5 packets, 1 %) for 10 s──▶ disputed ──penalty over: the payer settles──▶ agreed
 *
 * A pair whose tunnels were cut with data under way has such a gap by accident, so a dispute ends by settling at the
 * payee's count. A payee that cheats wins a small prepay a dispute, and waits 0, 0, 0, 60, 120, … s for the next.
 */
export interface GapWatch {
  /** A COUNT came, once a second. */
  observe(nowMs: number, ownUnits: bigint, countUnits: bigint, unitsPerPacket: number): void;
  disputed(): boolean;
  /** True once when the penalty of a dispute is over. */
  takeSettlement(nowMs: number): boolean;
  /** Both meters start anew: reconnected, or settled. */
  restart(): void;
}

export function createGapWatch(): GapWatch {
  let samples: { atMs: number; own: bigint; count: bigint }[] = [];
  let settleAtMs: number | undefined;
  let disputes = 0;
  let lastDisputeMs = Number.NEGATIVE_INFINITY;
  const dispute = (nowMs: number) => {
    if (nowMs - lastDisputeMs > FORGOTTEN_AFTER_MS) disputes = 0;
    lastDisputeMs = nowMs;
    const waits = disputes++ - ACCIDENTS;
    settleAtMs = nowMs + (waits < 0 ? 0 : Math.min(FIRST_PENALTY_MS * 2 ** waits, LONGEST_PENALTY_MS));
  };
  return {
    observe(nowMs, own, count, unitsPerPacket) {
      // A payee may say COUNT as often as it likes; what is kept of it stays bounded.
      if (nowMs - (samples.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) >= SAMPLE_MS) samples.push({ atMs: nowMs, own, count });
      // The newest sample that is 10 s old stays: it is the one to compare with.
      while (samples[1] !== undefined && nowMs - samples[1].atMs >= GAP_STANDS_MS) samples.shift();
      const then = samples[0];
      if (settleAtMs !== undefined || then === undefined || nowMs - then.atMs < GAP_STANDS_MS) return;
      const gap = largest(then.count - own, then.own - count);
      const packets = GAP_PACKETS * BigInt(unitsPerPacket);
      if (gap > largest(packets, (own * GAP_PERCENT) / 100n)) dispute(nowMs);
    },
    disputed: () => settleAtMs !== undefined,
    takeSettlement(nowMs) {
      if (settleAtMs === undefined || nowMs < settleAtMs) return false;
      settleAtMs = undefined;
      samples = [];
      return true;
    },
    restart() {
      samples = [];
    },
  };
}
