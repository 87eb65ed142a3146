import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { generateNodeKeys } from "../../../runtime/keystore.ts";
import { awaitMessage } from "../awaitMessage.ts";
import { nowMs } from "../clock.ts";
import { createDownloads, type Download } from "../downloads.ts";
import { createLab, type Lab, type LabHost } from "../lab.ts";
import type { DownloadReport } from "./downloader.ts";
import { NETWORK_VARIABLE, type LightNetwork as Addresses } from "./network.ts";

const PORT = 9001;
const SOCKS = { host: "127.0.0.1", port: 10_809 };
export const GUARDS = 3;

/** What the client says of its circuits, the one that carries the stream first. */
export interface ClientState {
  paths: number[][];
  ready: boolean;
}

/** Relays, a client and an origin: a host and a process each, payments free, no chain. */
export interface LightNetwork {
  lab: Lab;
  relayName(index: number): string;
  state(): ClientState;
  /** When circuits were lost or suspected since the last call of `takeEvents`; ms of `nowMs`. */
  takeEvents(): { type: string; atMs: number }[];
  download(download: Download): Promise<DownloadReport>;
  /** `kill` by pid, at once. */
  signalRelay(index: number, signal: NodeJS.Signals): void;
  /** When the kernel closed a killed relay's sockets: it frees the memory first. Ms of `nowMs`; undefined if it has not. */
  closedMs(index: number): number | undefined;
  /** A successor of the same address and key. */
  restartRelay(index: number): Promise<void>;
  drainRelay(index: number): Promise<void>;
  close(): Promise<void>;
}

export async function startLightNetwork(options: { relays: number; rttMs: number; seed: number; forceDelays?: boolean }): Promise<LightNetwork> {
  const { relays: count, rttMs, seed } = options;
  const relayHosts = Array.from({ length: count }, (_, i): LabHost => ({ name: `relay${i}`, address: `20.${i + 1}.0.1` }));
  const hosts = [...relayHosts, { name: "client", address: "20.100.0.1" }, { name: "origin", address: "20.200.0.1" }];
  // Three legs there and three back; the origin is at the exit's door.
  const oneWayMs = (a: string, b: string) => (a === "origin" || b === "origin" ? 0 : rttMs / 6);
  const delays = rttMs > 0 || options.forceDelays === true ? { seed, oneWayMs } : undefined;
  const lab = await createLab({ hosts, ...(delays && { delays }) });
  const children = new Set<ChildProcess>();
  const keys = relayHosts.map(() => generateNodeKeys());
  const addresses: Addresses = {
    relays: relayHosts.map(({ address }, i) => ({ host: address, port: PORT, nodeId: keys[i]!.nodeId })),
    origin: { host: "20.200.0.1", port: 80 },
  };
  const env = { [NETWORK_VARIABLE]: JSON.stringify(addresses) };
  const start = async (host: string, file: string, args: readonly string[] = []) => {
    const child = lab.fork(host, join(import.meta.dirname, file), args, env);
    children.add(child);
    child.once("exit", () => children.delete(child));
    await awaitMessage(child, "ready");
    return child;
  };
  const close = async () => {
    const gone = [...children].map(async (child) => {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    });
    await Promise.all(gone);
    await lab.close();
  };
  try {
    const startRelay = async (index: number) => {
      const child = await start(`relay${index}`, "relay.ts", [String(index)]);
      child.send({ keyPem: keys[index]!.identity.export({ type: "pkcs8", format: "pem" }).toString() });
      await awaitMessage(child, "loaded");
      child.send({ listen: true });
      await awaitMessage(child, "listening");
      return child;
    };
    const relays = await Promise.all(relayHosts.map((_, i) => startRelay(i)));
    await start("origin", "origin.ts", [addresses.origin.host, String(addresses.origin.port)]);
    const client = await start("client", "client.ts", [SOCKS.host, String(SOCKS.port), String(GUARDS)]);
    const downloader = await start("client", "downloader.ts");
    const closedMs = new Map<number, number>();
    let state: ClientState = { paths: [], ready: false };
    let events: { type: string; atMs: number }[] = [];
    client.on("message", (told: { type: string; atMs: number } & ClientState) => {
      if (told.type === "state") state = told;
      else events.push(told);
    });
    const download = createDownloads(downloader, { proxy: SOCKS, origin: addresses.origin });
    return {
      lab,
      relayName: (index) => `relay${index}`,
      state: () => state,
      takeEvents() {
        const taken = events;
        events = [];
        return taken;
      },
      download,
      signalRelay(index, signal) {
        closedMs.delete(index);
        relays[index]!.once("disconnect", () => closedMs.set(index, nowMs())).kill(signal);
      },
      closedMs: (index) => closedMs.get(index),
      async restartRelay(index) {
        const before = relays[index]!;
        if (before.exitCode === null && before.signalCode === null) {
          before.kill("SIGKILL");
          await once(before, "exit");
        }
        relays[index] = await startRelay(index);
        client.send({ kick: true });
      },
      async drainRelay(index) {
        relays[index]!.send({ drain: true });
        await awaitMessage(relays[index]!, "drained");
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
