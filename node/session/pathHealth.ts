import { createWindowedMax } from "./windowedMax.ts";

/** NET-12: silence for so long, while an answer is due, makes a path suspect; more where the path is known to be slow. */
const SUSPECT_MS = 300;
const MOST_SUSPECT_MS = 2_500;
/** Silence for so long: the path is dead (NET-12). */
export const DEAD_MS = 5_000;
/** How long a silence that ended by itself is remembered, from which length on, and how many of them make a habit. */
const SILENCE_MEMORY_MS = 120_000;
const LONG_SILENCE_MS = SUSPECT_MS / 2;
const HABIT = 3;
const MAX_SILENCES = 64;
/** A standby is pinged twice a second: some thirty round trips. */
const LEAST_RTT_MEMORY_MS = 20_000;

/** Round trips and silences of one path. Times are milliseconds of performance.now. */
export interface PathHealth {
  /** Something came. @param awaitedSinceMs when the oldest thing that must be answered was sent */
  heard(awaitedSinceMs: number | undefined): void;
  lastHeardMs(): number;
  roundTrip(ms: number): void;
  /** RFC 6298's smoothed round trip; undefined before the first. */
  srttMs(): number | undefined;
  /** And how much it varies. */
  rttvarMs(): number;
  /** The least of the last seconds: what the way itself takes, without jitter, losses, and what waits on a loaded path. */
  leastRttMs(): number | undefined;
  /** How long an answer has been due in silence; 0 if none is due. */
  silenceMs(awaitedSinceMs: number | undefined): number;
  suspectAfterMs(): number;
  /** This process stood still for so long: that says nothing about the path. */
  forgive(ms: number): void;
}

export function createPathHealth(nowMs: () => number = () => performance.now()): PathHealth {
  let heardMs = nowMs();
  let srtt: number | undefined;
  let rttvar = 0;
  const negativeRtts = createWindowedMax(LEAST_RTT_MEMORY_MS, nowMs);
  /** Of the last two minutes: on a lossy way they come again, a machine that stood still once says nothing. */
  let silences: { atMs: number; ms: number }[] = [];
  const usualSilenceMs = (): number => {
    const recent = silences.filter(({ atMs }) => nowMs() - atMs < SILENCE_MEMORY_MS);
    return recent.length < HABIT ? 0 : Math.max(...recent.map(({ ms }) => ms));
  };
  const silenceMs = (awaitedSinceMs: number | undefined) =>
    awaitedSinceMs === undefined ? 0 : Math.max(0, nowMs() - Math.max(heardMs, awaitedSinceMs));
  return {
    heard(awaitedSinceMs) {
      const ms = silenceMs(awaitedSinceMs);
      heardMs = nowMs();
      if (ms >= LONG_SILENCE_MS) silences = [...silences, { atMs: heardMs, ms: Math.min(ms, MOST_SUSPECT_MS) }].slice(-MAX_SILENCES);
    },
    lastHeardMs: () => heardMs,
    roundTrip(ms) {
      negativeRtts.add(-ms);
      rttvar = srtt === undefined ? ms / 2 : 0.75 * rttvar + 0.25 * Math.abs(ms - srtt);
      srtt = srtt === undefined ? ms : 0.875 * srtt + 0.125 * ms;
    },
    srttMs: () => srtt,
    rttvarMs: () => rttvar,
    leastRttMs: () => (negativeRtts.value() === undefined ? undefined : -(negativeRtts.value() as number)),
    silenceMs,
    suspectAfterMs: () =>
      Math.min(MOST_SUSPECT_MS, Math.max(SUSPECT_MS, (srtt ?? 0) + 4 * rttvar, 2 * usualSilenceMs())),
    forgive(ms) {
      heardMs += ms;
    },
  };
}
