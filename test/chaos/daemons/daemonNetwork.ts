import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { GUARDS_FILE } from "../../../node/client/guards.ts";
import { CLIENT_ACCOUNT, killChild, startMain, startNetwork, type Places, type TestNetwork } from "../../node/client/network.ts";
import { awaitMessage } from "../awaitMessage.ts";
import { createDownloads, type Download } from "../downloads.ts";
import { createLab, type Lab } from "../lab.ts";
import { enterNamespace } from "../libc.ts";
import type { DownloadReport } from "../light/downloader.ts";

const CHAIN = { name: "chain", address: "20.250.0.1" };
const ORIGIN = { name: "origin", address: "20.200.0.1", port: 80 };
const PORTS = { relay: 9001, control: 9002, api: 9003, socks: 10_809 };
const START_MS = 120_000;
const WEEKS_MS = 60 * 86_400_000;

export interface DaemonClient {
  name: string;
  apiUrl: string;
  download(download: Download): Promise<DownloadReport>;
}

/** The real daemons on a real chain, each on a host of its own; chain, IPFS and origin are reachable from all. */
export interface DaemonNetwork extends TestNetwork {
  lab: Lab;
  clients: DaemonClient[];
  /** Control links that a relay has. */
  peers(index: number): Promise<number>;
}

/** @param clients by name; `guards` are relays, or are chosen by the client */
export async function startDaemonNetwork(params: { relays: number; clients: readonly { name: string; guards?: readonly number[] }[] }): Promise<DaemonNetwork> {
  const undo: (() => unknown)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const relayHosts = Array.from({ length: params.relays }, (_, i) => ({ name: `node${i}`, address: `20.${i + 1}.0.1` }));
    const clientHosts = params.clients.map(({ name }, i) => ({ name, address: `20.${100 + i}.0.1` }));
    const lab = await createLab({ hosts: [...relayHosts, ...clientHosts, CHAIN, ORIGIN] });
    undo.push(() => lab.close());
    // The chain, the IPFS and whoever asks the daemons' APIs are this process: it moves in.
    undo.push(enterNamespace(lab.namespaceOf(CHAIN.name)));
    const children: ChildProcess[] = [];
    undo.push(() => Promise.all(children.map((child) => killChild(child))));
    const start = async (host: string, file: string, args: readonly string[] = []) => {
      const child = lab.fork(host, join(import.meta.dirname, "../light", file), args);
      children.push(child);
      await awaitMessage(child, "ready");
      return child;
    };
    const network = await startNetwork(params.relays, placesOf(lab, relayHosts, clientHosts, (url) => forward(url, undo)));
    undo.push(() => network.close());
    await start(ORIGIN.name, "origin.ts", [ORIGIN.address, String(ORIGIN.port)]);
    const clients: DaemonClient[] = [];
    for (const [i, { name, guards }] of params.clients.entries()) {
      const { home, apiUrl, socksPort } = await network.makeClientHome(name, {}, CLIENT_ACCOUNT - i);
      if (guards !== undefined) {
        const addedMs = Date.now();
        const chosen = guards.map((index) => ({ nodeId: network.relays[index]!.nodeId, addedMs, expiresMs: addedMs + WEEKS_MS }));
        await writeFile(join(home, GUARDS_FILE), JSON.stringify({ version: 1, guards: chosen }), { mode: 0o600 });
      }
      children.push(await startMain("node/client/main.ts", home, { timeoutMs: START_MS, fork: (file, args) => lab.fork(name, file, args) }));
      const at = { proxy: { host: "127.0.0.1", port: socksPort }, origin: { host: ORIGIN.address, port: ORIGIN.port } };
      clients.push({ name, apiUrl, download: createDownloads(await start(name, "downloader.ts"), at) });
    }
    return {
      ...network,
      lab,
      clients,
      async peers(index) {
        const response = await fetch(`${network.relays[index]!.apiUrl}/health`, { signal: AbortSignal.timeout(2_000) });
        return ((await response.json()) as { peers: number }).peers;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Host = { name: string; address: string };

function placesOf(lab: Lab, relays: readonly Host[], clients: readonly Host[], url: Places["url"]): Places {
  return {
    relay(i) {
      const { address: host } = relays[i]!;
      return Promise.resolve({ host, relayPort: PORTS.relay, controlPort: PORTS.control, api: { host, port: PORTS.api } });
    },
    client(name) {
      const { address: host } = clients.find((client) => client.name === name)!;
      return Promise.resolve({ socksPort: PORTS.socks, api: { host, port: PORTS.api } });
    },
    exitRule: () => ({ action: "accept", network: `${ORIGIN.address}/32`, ports: [ORIGIN.port, ORIGIN.port] }),
    url,
    startMs: START_MS,
    fork: (who, file, args) => lab.fork(who, file, args),
  };
}

/** What listens on loopback of this namespace, on the chain's address. */
async function forward(url: string, undo: (() => unknown)[]): Promise<string> {
  const port = Number(new URL(url).port);
  const open = new Set<net.Socket>();
  const server = net.createServer((from) => {
    const to = net.connect(port, "127.0.0.1");
    for (const [socket, other] of [[from, to], [to, from]] as const) {
      open.add(socket);
      socket.on("error", () => undefined).once("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
    from.pipe(to).pipe(from);
  });
  server.listen(0, CHAIN.address);
  await once(server, "listening");
  undo.push(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return `http://${CHAIN.address}:${(server.address() as AddressInfo).port}`;
}
