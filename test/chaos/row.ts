import { loadavg } from "node:os";
import { median, quantile, wilson } from "./statistics.ts";

/** One trial of a row: whether everything held that must always hold, and what was measured. */
export interface Trial {
  ok: boolean;
  /** Why not, or what is worth seeing. */
  note?: string;
  /** Milliseconds by name; a figure that a trial has not is left out. */
  figures: Record<string, number>;
}

export interface RowOptions {
  trials: number;
  seed: number;
  rttMs: number;
  /** Bytes a second that a download asks for; 0 = as fast as it goes. */
  bytesPerSecond: number;
  /** Of a row that lasts, not one of trials. */
  seconds: number;
  /** Everything goes over two circuits (NET-12). */
  duplicate: boolean;
  onTrial(number: number, trial: Trial): void;
}

/** A limit on a figure over all trials. */
export interface Limit {
  figure: string;
  of: "median" | "p99" | "max";
  mostMs: number;
}

export interface Row {
  /** What `--help` says of it. */
  about: string;
  defaults?: Partial<RowOptions>;
  limits(options: RowOptions): Limit[];
  run(options: RowOptions): Promise<Trial[]>;
}

export interface RowReport {
  row: string;
  seed: number;
  rttMs: number;
  trials: number;
  ok: number;
  /** 95 % bounds of the rate of trials that were ok. */
  okBounds: [number, number];
  figures: Record<string, { count: number; median: number; p99: number; max: number }>;
  /** Limits that were not kept, in words. */
  missed: string[];
  /** One-minute load average at the end: figures of a busy machine are worse. */
  load: number;
}

export function reportOf(row: string, options: RowOptions, trials: readonly Trial[], limits: readonly Limit[]): RowReport {
  const names = [...new Set(trials.flatMap(({ figures }) => Object.keys(figures)))];
  const round = (value: number) => Math.round(value * 10) / 10;
  const valuesOf = (name: string) => trials.flatMap(({ figures }) => figures[name] ?? []);
  const figures = Object.fromEntries(
    names.map((name) => {
      const values = valuesOf(name);
      return [name, { count: values.length, median: round(median(values)), p99: round(quantile(values, 0.99)), max: round(Math.max(...values)) }];
    }),
  );
  const ok = trials.filter((trial) => trial.ok).length;
  const missed = limits.flatMap(({ figure, of, mostMs }) => {
    const value = figures[figure]?.[of];
    return value !== undefined && value <= mostMs ? [] : [`${of} ${figure} is ${value ?? "not known"}, at most ${round(mostMs)} was wanted`];
  });
  if (ok < trials.length) missed.push(`${trials.length - ok} of ${trials.length} trials failed`);
  const [low, high] = wilson(ok, trials.length);
  const bounds: [number, number] = [Math.round(low * 1e4) / 1e4, Math.round(high * 1e4) / 1e4];
  return { row, seed: options.seed, rttMs: options.rttMs, trials: trials.length, ok, okBounds: bounds, figures, missed, load: round(loadavg()[0] ?? 0) };
}
