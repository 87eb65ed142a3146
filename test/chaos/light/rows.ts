import { nowMs } from "../clock.ts";
import type { Row, RowOptions, Trial } from "../row.ts";
import type { DownloadReport } from "./downloader.ts";
import { runFaults, settled, withNetwork, type Fault } from "./faultRow.ts";
import type { LightNetwork } from "./lightNetwork.ts";

const killNine = (network: LightNetwork, relay: number) => {
  network.signalRelay(relay, "SIGKILL");
  return nowMs();
};
const gapOfKill = ({ rttMs }: RowOptions) => [{ figure: "gapMs", of: "median" as const, mostMs: rttMs === 0 ? 10 : 1.5 * rttMs + 10 }];
const gapOfSilence = ({ duplicate }: RowOptions) => [
  { figure: "gapMs", of: "max" as const, mostMs: duplicate ? 20 : 600 },
  { figure: "noticedMs", of: "p99" as const, mostMs: 500 },
];

/** A fault in the middle of a download, and what is asked of it. */
interface FaultRow {
  about: string;
  limits: Row["limits"];
  fault: Fault;
}

export const faultRows: Record<"middle-kill" | "entry-kill" | "middle-stop" | "middle-silent" | "exit-kill", FaultRow> = {
  "middle-kill": { about: "kill -9 of the middle relay; the stream goes on", limits: gapOfKill, fault: { hop: 1, inject: killNine } },
  "entry-kill": { about: "kill -9 of the entry, other circuits have other entries", limits: gapOfKill, fault: { hop: 0, inject: killNine } },
  "middle-stop": {
    about: "the middle relay is stopped (SIGSTOP)",
    limits: gapOfSilence,
    fault: {
      hop: 1,
      inject(network, relay) {
        network.signalRelay(relay, "SIGSTOP");
        return nowMs();
      },
    },
  },
  "middle-silent": {
    about: "all packets of the middle relay vanish",
    limits: gapOfSilence,
    fault: {
      hop: 1,
      inject: (network, relay) => network.lab.silence(network.relayName(relay)),
      repair: (network) => network.lab.heal(),
    },
  },
  "exit-kill": {
    about: "kill -9 of the exit: a clean reset, and the next connection works",
    limits: () => [
      { figure: "resetMs", of: "p99", mostMs: 500 },
      { figure: "nextMs", of: "p99", mostMs: 1_000 },
    ],
    fault: { hop: 2, inject: killNine, judge: judgeReset },
  },
};

export const lightRows: Record<string, Row> = {
  ...Object.fromEntries(
    Object.entries(faultRows).map(([name, { about, limits, fault }]): [string, Row] => [
      name,
      { about, limits, run: (options) => withNetwork(options, (network) => runFaults(network, fault, options)) },
    ]),
  ),
  loss: {
    about: "5 % loss and 50 ms of jitter, no fault: no path is given up",
    defaults: { seconds: 600, bytesPerSecond: 500_000, rttMs: 30 },
    limits: () => [],
    run: (options) => withNetwork({ ...options, forceDelays: true }, (network) => runLoss(network, options)),
  },
};

/** A reset is clean if the application is told by one: an end would pass for a whole file. */
async function judgeReset(network: LightNetwork, report: DownloadReport, faultMs: number): Promise<Trial> {
  const next = await network.download({ bytes: 1_000, bytesPerSecond: 0, seed: 1, timeoutMs: 10_000 });
  const isReset = report.error === "ECONNRESET";
  return {
    ok: isReset && next.intact,
    ...(!(isReset && next.intact) && { note: `stream: ${report.error ?? "intact"}; next: ${next.error ?? "intact"}` }),
    figures: { resetMs: report.endedMs - faultMs, nextMs: next.endedMs - report.endedMs },
  };
}

const LOSS = 0.05;
const JITTER_MS = 50;
const ROUND_SECONDS = 10;

/** A trial is a download of ten seconds; false alarms are events of the client during it. */
export async function runLoss(network: LightNetwork, options: RowOptions): Promise<Trial[]> {
  const trials: Trial[] = [];
  await settled(network);
  await network.lab.disturb({ loss: LOSS, jitterMs: JITTER_MS });
  const endMs = nowMs() + options.seconds * 1_000;
  while (nowMs() < endMs) {
    network.takeEvents();
    const bytes = Math.min(ROUND_SECONDS, options.seconds) * options.bytesPerSecond;
    const report = await network.download({ bytes, bytesPerSecond: options.bytesPerSecond, seed: trials.length, timeoutMs: 120_000 });
    const alarms = network.takeEvents();
    const ok = report.intact && alarms.length === 0;
    const trial: Trial = {
      ok,
      ...(!ok && { note: `${report.error ?? "intact"}, ${alarms.length} alarms: ${alarms.map(({ type }) => type).join(", ")}` }),
      figures: { seconds: (report.endedMs - report.startedMs) / 1_000, falseAlarms: alarms.length, gapMs: Math.max(0, ...report.gaps.map(([, ms]) => ms)) },
    };
    trials.push(trial);
    options.onTrial(trials.length, trial);
  }
  await network.lab.heal();
  return trials;
}
