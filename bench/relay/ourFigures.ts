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
  /** The largest of all relays, with that many idle streams open in 4 sessions: 1,000 unless told otherwise. */
  relayRssMB: number;
  /** Of the exit, which keeps the streams; garbage collected before and after. */
  kBPerIdleStream: number;
}

export async function measureOurs(ours: Ours, load: Load, streams: number): Promise<OurFigures> {
  const builds = await ours.client.ask<number[]>("buildCircuits", BUILDS);
  return { circuitBuildMs: median(builds), mlKem768Ms: measureKem(), ...(await measureMemory(ours, load, streams)) };
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

async function measureMemory({ relays, exit, way }: Ours, load: Load, streams: number): Promise<Pick<OurFigures, "relayRssMB" | "kBPerIdleStream">> {
  const settled = async () => {
    await exit.ask("collectGarbage");
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return residentBytes(exit.pid);
  };
  const releases: (() => Promise<void>)[] = [];
  const hold = async (conns: number) => {
    for (let session = 0; session < SESSIONS; session++) releases.push(await load.hold({ way, conns, user: `session-${session}`, seconds: HOLD_SECONDS }));
  };
  try {
    // The sessions themselves are no streams: they stand before the first look.
    await hold(1);
    const before = await settled();
    const others = Math.ceil(streams / SESSIONS) - 1;
    await hold(others);
    const relayRss = Math.max(...relays.map(({ pid }) => residentBytes(pid)));
    const after = await settled();
    return { relayRssMB: relayRss / 1e6, kBPerIdleStream: (after - before) / 1e3 / (SESSIONS * others) };
  } finally {
    for (const release of releases) await release();
  }
}
