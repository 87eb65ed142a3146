import { join } from "node:path";
import { TRAFFIC_FLAGS } from "../../../runtime/trafficFlags.ts";
import type { System } from "../system.ts";
import type { Worker, Workshop } from "../workshop.ts";
import { RELAYS, type Place } from "./places.ts";

export interface Ours extends System {
  relays: readonly Worker[];
  exit: Worker;
  client: Worker;
}

/** Our network on loopback: seven relays and a client, each a process. @param profileDir where each leaves a CPU profile at its end */
export async function startOurs(workshop: Workshop, profileDir?: string): Promise<Ours> {
  const script = (name: string) => join(import.meta.dirname, name);
  const profile = (name: string) => (profileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`, `--cpu-prof-name=${name}.cpuprofile`]);
  const flags = (name: string) => [...TRAFFIC_FLAGS, ...profile(name)];
  const names = Array.from({ length: RELAYS }, (_, i) => (i === RELAYS - 1 ? "exit" : `relay-${i}`));
  const relays = names.map((name, i) => workshop.work(name, script("relayWorker.ts"), [String(i)], flags(name)));
  const places = await Promise.all(relays.map((relay) => relay.ask<Place>("place")));
  await Promise.all(relays.map((relay) => relay.ask("meet", places)));
  const client = workshop.work("client", script("clientWorker.ts"), [], flags("client"));
  const port = await client.ask<number>("start", places);
  return {
    name: "ours",
    way: { socks: [port] },
    pids: [...relays, client].map(({ pid }) => pid),
    relays,
    exit: relays.at(-1) as Worker,
    client,
  };
}
