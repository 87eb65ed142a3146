import { DUPLICATE_SUFFIX } from "../../../node/socks5/request.ts";
import { nowMs } from "../clock.ts";
import { createRandom } from "../delayLine.ts";
import type { RowOptions, Trial } from "../row.ts";
import type { DownloadReport } from "./downloader.ts";
import { startLightNetwork, type LightNetwork } from "./lightNetwork.ts";

/** Three guards, three disjoint middles, an exit, and one to spare. */
const RELAYS = 8;
const DUPLICATED_USER = `chaos${DUPLICATE_SUFFIX}`;
const SETTLE_MS = 30_000;
/** What the client tells of its circuits is so old at most. */
const STATE_DELAY_MS = 50;
const TRIAL_MS = 20_000;
/** How long a download goes on after its fault, and the least and most before. */
const AFTER_MS = 1_500;
const BEFORE_MS: [number, number] = [300, 900];

export interface Fault {
  /** Position on the path of the stream: 0 entry, 1 middle, 2 exit. */
  hop: number;
  /** @returns when it held, ms of `nowMs` */
  inject(network: LightNetwork, relay: number): Promise<number> | number;
  /** Undoes what a restart of the relay does not. */
  repair?(network: LightNetwork, relay: number): Promise<unknown>;
  /** Judges the trial; by default the download is intact. */
  judge?(network: LightNetwork, report: DownloadReport, faultMs: number, relay: number): Promise<Trial>;
}

/** Runs with a network that is closed in the end, whatever happens. */
export async function withNetwork<T>(options: RowOptions & { forceDelays?: boolean }, run: (network: LightNetwork) => Promise<T>): Promise<T> {
  const network = await startLightNetwork({ ...options, relays: RELAYS });
  try {
    return await run(network);
  } finally {
    await network.close();
  }
}

/** Downloads through one network, each with one fault at a random time. */
export async function runFaults(network: LightNetwork, fault: Fault, options: RowOptions): Promise<Trial[]> {
  const random = createRandom(options.seed);
  const trials: Trial[] = [];
  for (let number = 1; number <= options.trials; number++) {
    // The first stream of its kind has circuits built for it.
    if (options.duplicate) await network.download({ bytes: 1, bytesPerSecond: 0, seed: 1, timeoutMs: TRIAL_MS, user: DUPLICATED_USER });
    await settled(network);
    const trial = await runTrial(network, fault, options, random);
    trials.push(trial);
    options.onTrial(number, trial);
  }
  return trials;
}

async function runTrial(network: LightNetwork, fault: Fault, options: RowOptions, random: () => number): Promise<Trial> {
  const beforeMs = BEFORE_MS[0] + random() * (BEFORE_MS[1] - BEFORE_MS[0]) + 3 * options.rttMs;
  const seconds = (beforeMs + AFTER_MS + 3 * options.rttMs) / 1_000;
  const download = network.download({
    bytes: Math.floor((options.bytesPerSecond || 50e6) * seconds),
    bytesPerSecond: options.bytesPerSecond,
    seed: Math.floor(random() * 2 ** 32),
    timeoutMs: TRIAL_MS,
    ...(options.duplicate && { user: DUPLICATED_USER }),
  });
  await new Promise((resolve) => setTimeout(resolve, beforeMs));
  const path = network.state().paths[0];
  network.takeEvents();
  if (path === undefined) return { ok: false, note: `no circuit at the time of the fault: ${(await download).error}`, figures: {} };
  const relay = path[fault.hop] as number;
  const faultMs = await fault.inject(network, relay);
  try {
    const report = await download;
    if (report.endedMs < faultMs) return { ok: false, note: `over before the fault: ${report.error ?? "too early"}`, figures: {} };
    return await (fault.judge ?? judgeIntact)(network, report, faultMs, relay);
  } finally {
    await fault.repair?.(network, relay);
    await network.restartRelay(relay);
  }
}

function judgeIntact(network: LightNetwork, report: DownloadReport, faultMs: number, relay: number): Promise<Trial> {
  const { gaps, intact, error } = report;
  const longest = (concerned: (fromMs: number, toMs: number) => boolean) =>
    Math.max(0, ...gaps.filter(([from, ms]) => concerned(from, from + ms)).map(([, ms]) => ms));
  const closedMs = network.closedMs(relay);
  const noticed = network.takeEvents().find(({ atMs }) => atMs >= faultMs);
  return Promise.resolve({
    ok: intact,
    ...(error !== undefined && { note: error }),
    figures: {
      gapMs: longest((_, to) => to >= faultMs),
      // What this machine's own scheduling does to a download without a fault.
      gapBeforeMs: longest((from, to) => to < faultMs && from > (report.firstMs ?? 0) + 50),
      // A killed process closes its connections last: part of the gap, and nobody can know before.
      ...(closedMs !== undefined && { closedMs: closedMs - faultMs }),
      ...(noticed !== undefined && { noticedMs: noticed.atMs - faultMs }),
    },
  });
}

/** All circuits stand. @throws if they do not in time */
export async function settled(network: LightNetwork): Promise<void> {
  const deadline = nowMs() + SETTLE_MS;
  await new Promise((resolve) => setTimeout(resolve, STATE_DELAY_MS));
  while (!network.state().ready) {
    if (nowMs() > deadline) throw new Error(`The client has not all of its circuits in ${SETTLE_MS} ms: ${JSON.stringify(network.state())}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
