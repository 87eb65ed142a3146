import { decapsulate, encapsulate, generateKeyPairSync } from "node:crypto";
import type { Load } from "./load.ts";
import { median } from "./median.ts";
import type { Ours } from "./ours/startOurs.ts";
import { residentBytes } from "./processes.ts";

const BUILDS = 30;
const KEM_ROUNDS = 2_000;
const SESSIONS = 4;
const HOLD_SECONDS = 60;
/** Between a collection and the look at what stays. */
const SETTLE_MS = 500;

/** What only ours has a target for. */
export interface OurFigures {
  /** Three hops, nothing kept from an earlier one; median of `BUILDS`. */
  circuitBuildMs: number;
  /** Key generation, encapsulation and decapsulation together; median of `KEM_ROUNDS`. */
  mlKem768Ms: number;
  /** The largest of all relays after the rounds. */
  relayRssAfterLoadMB: number;
  /** The largest of all relays of a fresh network with idle streams in 4 sessions, 1,000 unless told otherwise. */
  relayRssMB: number;
  /** Of the exit, which keeps the streams; garbage collected before and after. */
  kBPerIdleStream: number;
}

export async function measureOurs(ours: Ours): Promise<Pick<OurFigures, "circuitBuildMs" | "mlKem768Ms" | "relayRssAfterLoadMB">> {
  const relayRssAfterLoadMB = largestMB(ours);
  const builds = await ours.client.ask<number[]>("buildCircuits", BUILDS);
  return { circuitBuildMs: median(builds), mlKem768Ms: measureKem(), relayRssAfterLoadMB };
}

/** OpenSSL's, through node:crypto, as the tunnels use it. */
function measureKem(): number {
  const once = () => {
    const startedMs = performance.now();
    const { publicKey, privateKey } = generateKeyPairSync("ml-kem-768");
    const { ciphertext } = encapsulate(publicKey);
    decapsulate(privateKey, ciphertext);
    return performance.now() - startedMs;
  };
  return median(Array.from({ length: KEM_ROUNDS }, once));
}

/** @param ours fresh: what a load left in the heap would hide the streams */
export async function measureMemory(ours: Ours, load: Load, streams: number): Promise<Pick<OurFigures, "relayRssMB" | "kBPerIdleStream">> {
  const { exit, way } = ours;
  const settled = async () => {
    await exit.ask("collectGarbage");
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return residentBytes(exit.pid);
  };
  const hold = async (conns: number) => {
    const releases: (() => Promise<void>)[] = [];
    for (let session = 0; session < SESSIONS; session++) releases.push(await load.hold({ way, conns, user: `session-${session}`, seconds: HOLD_SECONDS }));
    return async () => {
      for (const release of releases) await release();
    };
  };
  // The sessions themselves are no streams, nor is what the first ones made the heap grow by: both stand before the first look.
  const others = Math.ceil(streams / SESSIONS) - 1;
  const sessions = await hold(1);
  await (await hold(others))();
  const before = await settled();
  const idle = await hold(others);
  const relayRssMB = largestMB(ours);
  const after = await settled();
  await idle();
  await sessions();
  return { relayRssMB, kBPerIdleStream: (after - before) / 1e3 / (SESSIONS * others) };
}

function largestMB({ relays }: Ours): number {
  return Math.max(...relays.map(({ pid }) => residentBytes(pid))) / 1e6;
}
