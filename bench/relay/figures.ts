import { median } from "./median.ts";
import type { Sample } from "./measureSystem.ts";
import type { OurFigures } from "./ourFigures.ts";
import type { PeerName, SystemName } from "./system.ts";

export type Samples = Partial<Record<SystemName, Sample[]>>;

export interface Figures extends OurFigures {
  /** Medians of the rounds. */
  systems: Partial<Record<SystemName, Sample>>;
  /** The same load straight at the origin: above every figure, or the load was the limit. */
  direct: Pick<Sample, "bulkMBps" | "newConn" | "keepAlive">;
  rounds: number;
  cores: number;
  loadAverage: { start: number; end: number };
}

/** Ours by theirs; null where that peer was not measured. */
export interface Ratios {
  bulkVsTorTuned: number | null;
  bulkVsSsh: number | null;
  bulkVsV2ray: number | null;
  bulkVsDante: number | null;
  bulkVsPipe: number | null;
  newConnVsTorTuned: number | null;
  keepAliveVsTorTuned: number | null;
  /** Times: below 1 is faster. */
  ttfbVsTorTuned: number | null;
  ttfbP99VsTorTuned: number | null;
  /** Ours, over all processes; no ratio. */
  cpuPerGb: number;
}

export function medianSample(samples: readonly Sample[]): Sample {
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick));
  const rate = (pick: (sample: Sample) => Sample["newConn"]) => ({
    perSecond: of((s) => pick(s).perSecond),
    p50Ms: of((s) => pick(s).p50Ms),
    p95Ms: of((s) => pick(s).p95Ms),
    cpuMs: of((s) => pick(s).cpuMs),
  });
  return {
    bulkMBps: of((s) => s.bulkMBps),
    cpuSecondsPerGB: of((s) => s.cpuSecondsPerGB),
    ttfbMs: { p50: of((s) => s.ttfbMs.p50), p99: of((s) => s.ttfbMs.p99) },
    newConn: rate((s) => s.newConn),
    keepAlive: rate((s) => s.keepAlive),
    errors: samples.reduce((sum, { errors }) => sum + errors, 0),
  };
}

/** Medians of the rounds' own ratios: what disturbs a round disturbs both sides of it. */
export function ratiosOf(samples: Samples): Ratios {
  const ours = samples.ours ?? [];
  const ratio = (peer: PeerName, pick: (sample: Sample) => number): number | null => {
    const theirs = samples[peer];
    if (theirs === undefined || theirs.length === 0) return null;
    // A peer that failed has fewer rounds.
    return median(theirs.map((sample, round) => pick(ours[round] as Sample) / pick(sample)));
  };
  const bulk = (s: Sample) => s.bulkMBps;
  return {
    bulkVsTorTuned: ratio("tor-tuned", bulk),
    bulkVsSsh: ratio("ssh", bulk),
    bulkVsV2ray: ratio("v2ray", bulk),
    bulkVsDante: ratio("dante", bulk),
    bulkVsPipe: ratio("pipe", bulk),
    newConnVsTorTuned: ratio("tor-tuned", (s) => s.newConn.perSecond),
    keepAliveVsTorTuned: ratio("tor-tuned", (s) => s.keepAlive.perSecond),
    ttfbVsTorTuned: ratio("tor-tuned", (s) => s.ttfbMs.p50),
    ttfbP99VsTorTuned: ratio("tor-tuned", (s) => s.ttfbMs.p99),
    cpuPerGb: medianSample(ours).cpuSecondsPerGB,
  };
}

/** Three digits are more than a busy machine can say. */
export function rounded<T>(value: T): T {
  const text = JSON.stringify(value, (_key, each: unknown) => (typeof each === "number" && !Number.isInteger(each) ? Number(each.toPrecision(4)) : each));
  return JSON.parse(text) as T;
}
