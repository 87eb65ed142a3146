import type { Progress } from "../../devnet/progress.ts";
import type { Load } from "./load.ts";
import { median } from "./median.ts";
import type { Ours } from "./ours/startOurs.ts";
import { residentBytes } from "./processes.ts";

const LOAD_SECONDS = 5;
const BULK_BYTES = 200_000_000;
/** What V8 takes before it first collects says nothing about a leak. */
const WARM_SHARE = 0.3;
/** Of the memory after warming up. */
const FLAT = 1.15;

export interface SoakFigures {
  minutes: number;
  requests: number;
  errors: number;
  gigabytes: number;
  /** The largest relay's memory, median over each tenth of the time. */
  relayRssMB: number[];
  clientRssMB: number[];
  /** The last tenth by the first after warming up. */
  growth: number;
  flat: boolean;
}

/** Downloads, new connections and keep-alive in turns; after each the relays' memory is read. */
export async function soak(ours: Ours, load: Load, minutes: number, progress: Progress): Promise<SoakFigures> {
  const { way, relays, client } = ours;
  const startedMs = performance.now();
  const samples: { share: number; relay: number; client: number }[] = [];
  const total = { requests: 0, errors: 0, bytes: 0 };
  const loads = [
    () => load.get({ way, bytes: BULK_BYTES, seconds: LOAD_SECONDS }),
    () => load.get({ way, bytes: 1_000, conns: 32, seconds: LOAD_SECONDS }),
    () => load.get({ way, bytes: 1_000, conns: 32, keepAlive: true, seconds: LOAD_SECONDS }),
  ];
  await progress.step(`${minutes} minutes of load`, async (say) => {
    for (let turn = 0, share = 0; share < 1; turn++) {
      const { requests, errors, bytes } = await (loads[turn % loads.length] as (typeof loads)[0])();
      total.requests += requests;
      total.errors += errors;
      total.bytes += bytes;
      share = (performance.now() - startedMs) / 60_000 / minutes;
      const relay = Math.max(...relays.map(({ pid }) => residentBytes(pid))) / 1e6;
      samples.push({ share, relay, client: residentBytes(client.pid) / 1e6 });
      say(`${Math.min(100, share * 100).toFixed(0)} %, largest relay ${relay.toFixed(0)} MB`);
    }
  });
  const tenths = (pick: (sample: (typeof samples)[0]) => number) =>
    Array.from({ length: 10 }, (_, i) => median(samples.filter(({ share }) => share > i / 10 && share <= (i + 1) / 10).map(pick))).filter((value) => !Number.isNaN(value));
  const relayRssMB = tenths((sample) => sample.relay);
  const warm = relayRssMB[Math.floor(relayRssMB.length * WARM_SHARE)] ?? Number.NaN;
  const growth = (relayRssMB.at(-1) as number) / warm;
  const { requests, errors, bytes } = total;
  return { minutes, requests, errors, gigabytes: bytes / 1e9, relayRssMB, clientRssMB: tenths((sample) => sample.client), growth, flat: growth <= FLAT };
}

export function describeSoak({ minutes, requests, errors, gigabytes, relayRssMB, clientRssMB, growth, flat }: SoakFigures): string {
  const row = (values: readonly number[]) => values.map((value) => value.toFixed(0)).join(" ");
  return [
    `${minutes} minutes: ${requests.toLocaleString("en")} requests, ${gigabytes.toFixed(1)} GB, ${errors} errors.`,
    `Memory of the largest relay, MB: ${row(relayRssMB)}; of the client: ${row(clientRssMB)}.`,
    `The last tenth is ${growth.toFixed(2)} × the first after warming up: ${flat ? "flat" : "NOT flat"}.`,
  ].join("\n");
}
