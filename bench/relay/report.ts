import { formatTable } from "../../cli/table.ts";
import type { Figures, Ratios } from "./figures.ts";
import type { Sample } from "./measureSystem.ts";

interface Target {
  what: string;
  value: number | null;
  bound: number;
  /** Ours must be at least so much, or at most. */
  least: boolean;
  unit: string;
}

/** The figures for people: a table of the systems, then our targets. */
export function describeFigures(figures: Figures, ratios: Ratios): string {
  const head = ["system", "MB/s", "CPU s/GB", "first byte ms", "p99", "new/s", "p50 ms", "p95 ms", "CPU ms", "keep-alive/s", "p50 ms ", "p95 ms ", "CPU ms ", "errors"];
  const row = (name: string, s: Sample) => [
    name,
    number(s.bulkMBps),
    number(s.cpuSecondsPerGB),
    number(s.ttfbMs.p50),
    number(s.ttfbMs.p99),
    ...[s.newConn, s.keepAlive].flatMap((rate) => [number(rate.perSecond), number(rate.p50Ms), number(rate.p95Ms), number(rate.cpuMs)]),
    number(s.errors),
  ];
  const { direct } = figures;
  const last = ["(origin alone)", number(direct.bulkMBps), "", "", "", number(direct.newConn.perSecond), "", "", "", number(direct.keepAlive.perSecond)];
  const rows = [...Object.entries(figures.systems).map(([name, sample]) => row(name, sample)), last];
  const { start, end } = figures.loadAverage;
  return [
    formatTable(head, rows, head.slice(1)),
    "",
    describeTargets(targetsOf(figures, ratios)),
    "",
    `Medians of ${figures.rounds} rounds in which the systems took turns; 32 requests at once; CPU of all processes of a system, without load and`,
    `origin. Load average of the ${figures.cores} cores ${number(start)} at the start, ${number(end)} at the end.`,
  ].join("\n");
}

function targetsOf(figures: Figures, ratios: Ratios): Target[] {
  const { ours } = figures.systems;
  const least = (what: string, value: number | null, bound: number, unit: string): Target => ({ what, value, bound, least: true, unit });
  const most = (what: string, value: number | null, bound: number, unit: string): Target => ({ what, value, bound, least: false, unit });
  return [
    least("download, of tuned Tor's", ratios.bulkVsTorTuned, 5, "×"),
    least("download, of nested ssh's", ratios.bulkVsSsh, 1.2, "×"),
    least("download, of nested v2ray's", ratios.bulkVsV2ray, 1.2, "×"),
    least("download, of the plain pipe's", ratios.bulkVsPipe, 0.45, "×"),
    most("CPU of a download", ratios.cpuPerGb, 5, "s/GB"),
    most("first byte, of tuned Tor's", ratios.ttfbVsTorTuned, 1, "×"),
    most("first byte p99, of tuned Tor's", ratios.ttfbP99VsTorTuned, 1, "×"),
    least("new connections, of tuned Tor's", ratios.newConnVsTorTuned, 1.2, "×"),
    most("new connections, p95", ours?.newConn.p95Ms ?? null, 100, "ms"),
    least("keep-alive requests", ours?.keepAlive.perSecond ?? null, 5_230, "/s"),
    most("keep-alive requests, p95", ours?.keepAlive.p95Ms ?? null, 100, "ms"),
    least("keep-alive requests, of tuned Tor's", ratios.keepAliveVsTorTuned, 2, "×"),
    most("cold circuit of 3 hops", figures.circuitBuildMs, 20, "ms"),
    most("ML-KEM-768 in all", figures.mlKem768Ms, 0.27, "ms"),
    most("relay memory, 1,000 idle streams", figures.relayRssMB, 120, "MB"),
    most("growth per idle stream", figures.kBPerIdleStream, 8, "kB"),
  ];
}

function describeTargets(targets: readonly Target[]): string {
  const rows = targets.flatMap(({ what, value, bound, least, unit }) => {
    if (value === null) return [];
    const reached = least ? value >= bound : value <= bound;
    return [[what, `${number(value)} ${unit}`, `${least ? "≥" : "≤"} ${bound.toLocaleString("en")} ${unit}`, reached ? "reached" : "missed"]];
  });
  return formatTable(["ours", "figure", "target", "verdict"], rows, ["figure", "target"]);
}

function number(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
