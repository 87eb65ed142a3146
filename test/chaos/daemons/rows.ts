import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../clock.ts";
import { createRandom } from "../delayLine.ts";
import type { Row, RowOptions, Trial } from "../row.ts";
import { startDaemonNetwork, type DaemonClient, type DaemonNetwork } from "./daemonNetwork.ts";

/** Four in each half: a path of three has one to spare. */
const RELAYS = 8;
const HALVES = [[0, 1, 2, 3], [4, 5, 6, 7]] as const;
const MESH_MS = 60_000;
const PROBE_EVERY_MS = 100;
const PROBE_TIMEOUT_MS = 2_000;
const SERVICE_BACK_MS = 5_000;
const MESH_BACK_MS = 10_000;
/** How long a partition lasts, least and most. */
const CUT_MS: [number, number] = [6_000, 20_000];

export const daemonRows: Record<string, Row> = {
  partition: {
    about: "the network is cut in halves and heals: a client in each half, the whole daemons on a chain",
    defaults: { trials: 20 },
    limits: () => [
      { figure: "outageMs", of: "max", mostMs: SERVICE_BACK_MS },
      { figure: "meshMs", of: "max", mostMs: MESH_BACK_MS },
    ],
    run: (options) => withDaemons((network) => runPartitions(network, options)),
  },
  rolling: {
    about: "relays are restarted one after another (SIGTERM, 10 s to drain) under load: no stream breaks",
    defaults: { trials: 24, bytesPerSecond: 1e6 },
    limits: () => [],
    run: (options) => withDaemons((network) => runRolling(network, options)),
  },
};

/** Eight relays and two clients, closed in the end whatever happens. */
export async function withDaemons<T>(run: (network: DaemonNetwork) => Promise<T>): Promise<T> {
  // Two of three guards are on the client's own side: without any, it could not even try.
  const clients = [
    { name: "left", guards: [0, 1, 4] },
    { name: "right", guards: [5, 6, 2] },
  ];
  const network = await startDaemonNetwork({ relays: RELAYS, clients });
  try {
    return await run(network);
  } finally {
    await network.close();
  }
}

export async function runPartitions(network: DaemonNetwork, options: RowOptions): Promise<Trial[]> {
  const random = createRandom(options.seed);
  const halves = HALVES.map((half, i) => [...half.map((index) => `node${index}`), network.clients[i]!.name]);
  const trials: Trial[] = [];
  for (let number = 1; number <= options.trials; number++) {
    await meshMs(network, nowMs(), MESH_MS);
    const watches = network.clients.map((client) => watchService(client));
    await sleep(1_000 + random() * 1_000);
    const cutMs = await network.lab.partition(halves);
    await sleep(options.seconds > 0 ? options.seconds * 1_000 : CUT_MS[0] + random() * (CUT_MS[1] - CUT_MS[0]));
    const healMs = await network.lab.heal();
    const mesh = await meshMs(network, healMs, MESH_MS).catch(() => MESH_MS);
    const outages = await Promise.all(watches.map((watch) => watch.stop(cutMs)));
    const outageMs = Math.max(...outages);
    const note = `cut for ${((healMs - cutMs) / 1_000).toFixed(0)} s, outages ${outages.map((ms) => ms.toFixed(0)).join(" and ")}`;
    const trial: Trial = { ok: outageMs <= SERVICE_BACK_MS && mesh <= MESH_BACK_MS, note, figures: { outageMs, meshMs: mesh } };
    trials.push(trial);
    options.onTrial(number, trial);
  }
  return trials;
}

/** Opens a connection and reads a little, ten times a second; the longest time from one success to the next is the outage. */
function watchService(client: DaemonClient): { stop(sinceMs: number): Promise<number> } {
  const stop = new AbortController();
  const successes: number[] = [];
  const running = new Set<Promise<void>>();
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const probe = client.download({ bytes: 1_000, bytesPerSecond: 0, seed: 1, timeoutMs: PROBE_TIMEOUT_MS }).then((report) => {
        if (report.intact) successes.push(report.endedMs);
      });
      running.add(probe);
      void probe.finally(() => running.delete(probe));
      await sleep(PROBE_EVERY_MS);
    }
  })();
  return {
    async stop(sinceMs) {
      stop.abort();
      await loop;
      await Promise.all(running);
      const times = [...successes.filter((ms) => ms > sinceMs), nowMs()].sort((a, b) => a - b);
      return Math.max(...times.map((ms, i) => ms - (times[i - 1] ?? sinceMs)));
    },
  };
}

/** Until every relay has a control link to every other. @returns how long after `sinceMs`. @throws if it takes too long */
async function meshMs(network: DaemonNetwork, sinceMs: number, deadlineMs: number): Promise<number> {
  for (;;) {
    const peers = await Promise.all(network.relays.map((_, i) => network.peers(i).catch(() => 0)));
    const tookMs = nowMs() - sinceMs;
    if (peers.every((count) => count >= network.relays.length - 1)) return tookMs;
    if (tookMs > deadlineMs) throw new Error(`No full mesh of control links in ${deadlineMs} ms: ${peers.join(", ")} peers.`);
    await sleep(50);
  }
}

const STREAMS = 4;
const STREAM_SECONDS: [number, number] = [1, 5];

/** A trial is the restart of one relay; it failed if any stream broke meanwhile. */
export async function runRolling(network: DaemonNetwork, options: RowOptions): Promise<Trial[]> {
  const random = createRandom(options.seed);
  const client = network.clients[0]!;
  const stop = new AbortController();
  let broken: string[] = [];
  let done = 0;
  const load = async () => {
    while (!stop.signal.aborted) {
      const seconds = STREAM_SECONDS[0] + random() * (STREAM_SECONDS[1] - STREAM_SECONDS[0]);
      const bytes = Math.floor(options.bytesPerSecond * seconds);
      const report = await client.download({ bytes, bytesPerSecond: options.bytesPerSecond, seed: Math.floor(random() * 2 ** 32), timeoutMs: 60_000 });
      done++;
      if (!report.intact) broken.push(report.error ?? "broken");
    }
  };
  const trials: Trial[] = [];
  try {
    await meshMs(network, nowMs(), MESH_MS);
    const streams = Array.from({ length: STREAMS }, load);
    for (let number = 1; number <= options.trials; number++) {
      const relay = network.relays[(number - 1) % RELAYS]!;
      const startedMs = nowMs();
      [broken, done] = [[], 0];
      await relay.stop();
      const stoppedMs = nowMs();
      await relay.start();
      const mesh = await meshMs(network, nowMs(), MESH_MS);
      const trial: Trial = {
        ok: broken.length === 0,
        ...(broken.length > 0 && { note: `${broken.length} of ${done} streams broke: ${[...new Set(broken)].join(", ")}` }),
        figures: { drainMs: stoppedMs - startedMs, meshMs: mesh, streams: done },
      };
      trials.push(trial);
      options.onTrial(number, trial);
    }
    stop.abort();
    await Promise.all(streams);
    return trials;
  } finally {
    stop.abort();
  }
}
