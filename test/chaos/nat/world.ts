/**
 * `node world.ts <names of namespaces as JSON>`: the public side of the NAT test, run in its namespace. Chain, IPFS, origin and
 * client live here, public relays too; relays behind NAT are started in theirs. Does what its parent asks, step by step.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { killChild, socksGet, startMain, startNetwork, type RelayPlace, type TestNetwork, type TestRelay } from "../../node/client/network.ts";
import { inNamespace, runIn } from "../../support/netns.ts";
import { INSIDE, NAT_ADDRESS, SERVICES } from "./addresses.ts";

interface NodeStatus {
  behindNat: boolean;
  peers: number;
  circuits: number;
  earnings: { meteredWei: string; channels: { cumulativeWei: string; meteredWei: string }[]; paid: { meteredWei: string }[] };
}

/** What each step of the world answers. */
export interface StepResults {
  /** Addresses in hex that the relay's host listens on; whether anything behind the NAT could be connected to. */
  start: { listeners: string[]; reached: boolean[] };
  middle: { intact: boolean; status: NodeStatus };
  exit: { intact: boolean; status: NodeStatus; relayPeers: { nodeId: string }[] };
  close: Record<string, never>;
}
export type StepName = keyof StepResults;

const ENTRY = 0;
const HIDDEN = 1;
const EXIT = 2;
const HIDDEN_EXIT = 3;
const CONNECT_MS = 1_500;
const DOWNLOAD_MS = 20_000;

const ports = { relayPort: 9001, controlPort: 9002 };
const hidden = { host: NAT_ADDRESS, relayPort: 0, controlPort: 0, behindNat: true } as const;
const PLACES: readonly Partial<RelayPlace>[] = [{ host: "20.1.0.1", exit: false }, { ...hidden, exit: false }, { host: "20.2.0.1" }, { ...hidden, later: true }];

const { world, inside } = JSON.parse(process.argv[2] ?? "{}") as { world: string; inside: string };
const forwarders: net.Server[] = [];
let network: TestNetwork | undefined;
let client: { child: ChildProcess; socksPort: number } | undefined;

/** A port of the services' address that leads to a service on loopback. */
async function publish(url: string): Promise<string> {
  const port = Number(new URL(url).port);
  const server = net.createServer((socket) => {
    const to = net.connect(port, "127.0.0.1");
    socket.on("error", () => to.destroy()).pipe(to);
    to.on("error", () => socket.destroy()).pipe(socket);
  });
  forwarders.push(server);
  await once(server.listen(port, SERVICES), "listening");
  return `http://${SERVICES}:${port}`;
}

async function freeApi(): Promise<{ host: string; port: number }> {
  const server = net.createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return { host: "127.0.0.1", port };
}

function relay(index: number): TestRelay {
  const found = network?.relays[index];
  if (found === undefined) throw new Error("the network is not up");
  return found;
}

async function eventually<T>(check: () => Promise<T | undefined>, what: string): Promise<T> {
  const deadline = performance.now() + DOWNLOAD_MS;
  let last: unknown;
  while (performance.now() < deadline) {
    const found = await check().catch((error: unknown) => void (last = error));
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within ${DOWNLOAD_MS} ms: ${what}`, { cause: last });
}

/** What `x0t node status` says of a relay behind NAT, asked on its host. */
function statusOf(index: number): StepResults["middle"]["status"] {
  const text = runIn(inside, [process.execPath, "cli/main.ts", "node", "status", "--home", relay(index).home, "--json"]);
  return JSON.parse(text) as StepResults["middle"]["status"];
}

/** Addresses that a process's namespace listens on. */
function listeners(pid: number): string[] {
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "latin1")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A")
      .map((fields) => (fields[1] === undefined ? "" : (fields[1].split(":")[0] ?? ""))),
  );
}

async function connects(host: string, port: number): Promise<boolean> {
  const socket = net.connect({ host, port });
  socket.on("error", () => undefined);
  const connected = await Promise.race([
    once(socket, "connect").then(() => true, () => false),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), CONNECT_MS)),
  ]);
  socket.destroy();
  return connected;
}

async function startClient(name: string, hops: number): Promise<void> {
  await killChild(client?.child);
  const home = await network?.makeClientHome(name, { hops });
  if (home === undefined) throw new Error("the network is not up");
  client = { child: await startMain("node/client/main.ts", home.home), socksPort: home.socksPort };
}

/** @returns whether the origin's bytes came whole */
async function download(): Promise<boolean> {
  const port = network?.origin.port ?? 0;
  const body = await socksGet(client?.socksPort ?? 0, port, "/big", undefined, SERVICES);
  return createHash("sha256").update(body).digest("hex") === network?.origin.sha256;
}

const steps: { [Name in StepName]: () => Promise<StepResults[Name]> } = {
  async start() {
    network = await startNetwork(PLACES.length, {
      relay: async (i) => ({ ...ports, api: await freeApi(), ...(PLACES[i] as Pick<RelayPlace, "host">) }),
      client: async () => ({ socksPort: (await freeApi()).port, api: await freeApi() }),
      originHost: SERVICES,
      exitRule: (port) => ({ action: "accept", network: `${SERVICES}/32`, ports: [port, port] }),
      url: publish,
      fork(who, file, args) {
        const behindNat = who === `node${HIDDEN}` || who === `node${HIDDEN_EXIT}`;
        const [command, ...rest] = inNamespace(behindNat ? inside : world, [process.execPath, file, ...args]) as [string, ...string[]];
        return spawn(command, rest, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
      },
    });
    const pid = relay(HIDDEN).child?.pid ?? 0;
    const apiPort = Number(new URL(relay(HIDDEN).apiUrl).port);
    return {
      listeners: listeners(pid),
      reached: [await connects(INSIDE, apiPort), await connects(INSIDE, ports.relayPort), await connects(NAT_ADDRESS, ports.relayPort)],
    };
  },
  async middle() {
    await startClient("three-hops", 3);
    const intact = await eventually(async () => (await download()) || undefined, "a download through the relay behind NAT");
    return { intact, status: statusOf(HIDDEN) };
  },
  async exit() {
    await relay(HIDDEN_EXIT).start();
    await startClient("two-hops", 2);
    await eventually(download, "a download through two relays");
    await relay(EXIT).kill();
    const intact = await eventually(async () => (await download()) || undefined, "a download through the exit behind NAT");
    return { intact, status: statusOf(HIDDEN_EXIT), relayPeers: (await (await fetch(`${relay(ENTRY).apiUrl}/peers`)).json()) as { nodeId: string }[] };
  },
  async close() {
    await killChild(client?.child);
    await network?.close();
    for (const server of forwarders) server.close();
    return {};
  },
};

process.on("message", (name: StepName) => {
  steps[name]().then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: `${(error as Error).stack ?? String(error)}\n${String((error as Error).cause ?? "")}` }),
  );
});
process.once("disconnect", () => void steps.close().finally(() => process.exit(0)));
process.send?.({ result: {} });
