import { fork, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import net, { type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "viem";
import { openChannel } from "../../../chain/openChannel.ts";
import { registerNode } from "../../../chain/registerNode.ts";
import { signWitnessProof } from "../../../chain/signWitnessProof.ts";
import { blockDigest, cidFromDigest } from "../../../core/cid.ts";
import { encodeDidDocument } from "../../../core/didDocument.ts";
import { didOf } from "../../../core/ids.ts";
import { X0T } from "../../../core/parameters.ts";
import { generateNodeKeys, randomPassphrase, writeKeystore } from "../../../runtime/keystore.ts";
import { signerOf } from "../../../runtime/mlDsa.ts";
import { TRAFFIC_ENV, TRAFFIC_FLAGS } from "../../../runtime/trafficFlags.ts";
import { startProtocolChain, type ProtocolChain } from "../../support/protocolChain.ts";
import { startFakeIpfs } from "../nodeHomes.ts";

/** Accounts of the test chain: operators from 1, hot keys from 11, the client's payer 25. */
const OPERATORS = 1;
const HOT_KEYS = 11;
export const CLIENT_ACCOUNT = 25;

export interface TestRelay {
  index: number;
  nodeId: Hex;
  home: string;
  apiUrl: string;
  later: boolean;
  /** As a client's config names it. */
  bootstrap: string;
  child: ChildProcess | undefined;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** SIGTERM: it drains (NET-23). */
  stop(): Promise<void>;
}

export interface TestNetwork {
  chain: ProtocolChain;
  relays: TestRelay[];
  origin: { port: number; bytes: Buffer; sha256: string };
  folder: string;
  /** A client home with free ports; `over` replaces config keys. */
  makeClientHome(name: string, over?: Record<string, unknown>, account?: number): Promise<{ home: string; socksPort: number; apiUrl: string }>;
  close(): Promise<void>;
}

export interface RelayPlace {
  host: string;
  relayPort: number;
  controlPort: number;
  api: { host: string; port: number };
  /** It has no ports and dials from whatever address its machine has (NET-20). */
  behindNat?: true;
  /** False: circuits do not end there. */
  exit?: boolean;
  /** True: not started with the network. */
  later?: boolean;
}

/** Where processes run and how they find each other: by default all on loopback, one address a relay. */
export interface Places {
  relay(i: number): Promise<RelayPlace>;
  /** Where the origin listens; loopback by default. */
  originHost?: string;
  client(name: string): Promise<{ socksPort: number; api: { host: string; port: number } }>;
  exitRule(originPort: number, i: number): { action: "accept"; network: string; ports: [number, number] };
  /** How daemons reach what this process has on loopback. */
  url(url: string): Promise<string>;
  /** A daemon's patience with a busy machine. */
  startMs?: number;
  /** @param who `node<i>` or a client's name */
  fork(who: string, file: string, args: readonly string[]): ChildProcess;
}

export const ON_LOOPBACK: Places = {
  async relay(i) {
    const host = `127.${i + 1}.0.1`;
    return { host, relayPort: await freePort(host), controlPort: await freePort(host), api: { host: "127.0.0.1", port: await freePort("127.0.0.1") } };
  },
  client: async () => ({ socksPort: await freePort("127.0.0.1"), api: { host: "127.0.0.1", port: await freePort("127.0.0.1") } }),
  exitRule: (port) => ({ action: "accept", network: "127.0.0.1/32", ports: [port, port] }),
  url: (url) => Promise.resolve(url),
  fork: (_who, file, args) => fork(file, args, { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: TRAFFIC_FLAGS, env: { ...TRAFFIC_ENV, ...process.env } }),
};

/** A chain with real contracts, an IPFS, an origin, and `count` relay daemons as processes, each with its own /16. */
export async function startNetwork(count: number, places: Places = ON_LOOPBACK): Promise<TestNetwork> {
  const undo: (() => Promise<unknown> | unknown)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), "x0t-net-"));
    undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const chain = await startProtocolChain();
    undo.push(() => chain.close());
    const blocks = new Map<string, Uint8Array>();
    const ipfs = await startFakeIpfs(blocks);
    undo.push(() => ipfs.close());
    const origin = await startOrigin(places.originHost ?? "127.0.0.1");
    undo.push(() => origin.close());
    const urls = { rpc: await places.url(chain.rpcUrl), ipfs: await places.url(ipfs.url) };
    const relays: TestRelay[] = [];
    for (let i = 0; i < count; i++) relays.push(await makeRelay({ chain, folder, i, urls, originPort: origin.port, blocks, places }));
    await openChannels(chain, count);
    await chain.warpToEpoch((await chain.epoch()) + 2);
    // Chain time goes on from here: a client that starts a minute later takes it for its clock (NET-2).
    await chain.test.removeBlockTimestampInterval();
    await chain.test.setIntervalMining({ interval: 1 });
    undo.push(() => Promise.all(relays.map((relay) => relay.kill())));
    await Promise.all(relays.map((relay) => !relay.later && relay.start()));
    const makeClientHome: TestNetwork["makeClientHome"] = async (name, over = {}, account = CLIENT_ACCOUNT) => {
      const home = join(folder, name);
      const { socksPort, api } = await places.client(name);
      await mkdir(home, { recursive: true });
      await writeFile(join(home, "key"), chain.privateKeyOf(account));
      const config = {
        chainId: chain.book.chainId,
        rpcUrls: [urls.rpc],
        contracts: chain.book,
        parameters: { devnetEpochSeconds: 12 },
        ipfsUrl: urls.ipfs,
        socks: { host: "127.0.0.1", port: socksPort },
        api,
        keyFile: "key",
        hops: 3,
        guards: 3,
        depositWei: String(50n * X0T),
        ...over,
      };
      await writeFile(join(home, "config.json"), JSON.stringify(config));
      return { home, socksPort, apiUrl: `http://${api.host}:${api.port}` };
    };
    return { chain, relays, origin, folder, makeClientHome, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeRelay(params: {
  chain: ProtocolChain;
  folder: string;
  i: number;
  urls: { rpc: string; ipfs: string };
  originPort: number;
  blocks: Map<string, Uint8Array>;
  places: Places;
}): Promise<TestRelay> {
  const { chain, folder, i, urls, blocks, places } = params;
  const home = join(folder, `node${i}`);
  const operator = chain.accounts[OPERATORS + i]!.address;
  const hot = chain.accounts[HOT_KEYS + i]!;
  const keys = { ...generateNodeKeys(), hotKey: chain.privateKeyOf(HOT_KEYS + i) };
  const { host, relayPort, controlPort, api, behindNat, exit = true, later = false } = await places.relay(i);
  const endpoint = { host, relayPort, controlPort, ...(behindNat && { reachable: false as const }) };
  const roles: ("relay" | "exit")[] = exit ? ["relay", "exit"] : ["relay"];
  const exitPolicy = exit ? [places.exitRule(params.originPort, i)] : [];
  const document = encodeDidDocument(
    {
      version: 1,
      did: didOf(chain.book.chainId, keys.nodeId),
      chainId: chain.book.chainId,
      operator,
      publicKey: keys.publicKey,
      region: `region-${i}`,
      endpoint,
      roles,
      exitPolicy,
      protocol: 1,
    },
    signerOf(keys.identity),
  );
  const metadata = blockDigest(document);
  blocks.set(cidFromDigest(metadata), document);
  const registry = chain.contracts.NodeRegistry;
  const proofOfPossession = await signWitnessProof(hot, { chainId: chain.book.chainId, registry, operator, nodeId: keys.nodeId });
  const { index } = await registerNode(chain.sender(OPERATORS + i), {
    token: chain.contracts.X0TToken,
    registry,
    nodeId: keys.nodeId,
    witness: hot.address,
    metadata,
    stakeWei: 1_000n * X0T,
    proofOfPossession,
  });
  const config = {
    chainId: chain.book.chainId,
    rpcUrls: [urls.rpc],
    contracts: chain.book,
    parameters: { devnetEpochSeconds: 12 },
    ipfsUrl: urls.ipfs,
    nodeId: keys.nodeId,
    operator,
    region: `region-${i}`,
    listen: endpoint,
    dialFrom: behindNat ? "0.0.0.0" : host,
    api,
    passphraseFile: "passphrase",
    roles,
    exitPolicy,
    dnsServers: [],
    allowLoopbackExit: true,
  };
  const passphrase = randomPassphrase();
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "config.json"), JSON.stringify(config));
  await writeFile(join(home, "passphrase"), passphrase);
  await writeFile(join(home, "did.cbor"), document);
  await writeKeystore(join(home, "keystore.json"), keys, Buffer.from(passphrase), 14);
  const relay: TestRelay = {
    index,
    nodeId: keys.nodeId,
    home,
    apiUrl: `http://${api.host}:${api.port}`,
    later,
    bootstrap: `${keys.nodeId}@${host}:${relayPort}`,
    child: undefined,
    async start() {
      relay.child = await startMain("node/main.ts", home, { ...(places.startMs !== undefined && { timeoutMs: places.startMs }), fork: (file, args) => places.fork(`node${i}`, file, args) });
    },
    async kill() {
      await killChild(relay.child);
    },
    async stop() {
      await killChild(relay.child, "SIGTERM");
    },
  };
  return relay;
}

/** A main of ours as a process; resolves when it reports ready. */
export async function startMain(
  main: string,
  home: string,
  options: { timeoutMs?: number; fork?: (file: string, args: readonly string[]) => ChildProcess } = {},
): Promise<ChildProcess> {
  const { timeoutMs = 90_000, fork = (file: string, args: readonly string[]) => ON_LOOPBACK.fork(main, file, args) } = options;
  const child = fork(join(import.meta.dirname, "../../..", main), ["--home", home]);
  let log = "";
  child.stderr?.on("data", (chunk) => (log = (log + String(chunk)).slice(-20_000)));
  if (process.env.TEST_LOG !== undefined) child.stderr?.pipe(process.stderr);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${main} is not ready: ${log}`)), timeoutMs);
    child.once("message", () => {
      clearTimeout(timer);
      resolve();
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`${main} exited with ${code}: ${log}`));
    });
  }).catch(async (error: unknown) => {
    await killChild(child);
    throw error;
  });
  return child;
}

export async function killChild(child: ChildProcess | undefined, signal: NodeJS.Signals = "SIGKILL"): Promise<number | null> {
  if (child === undefined) return null;
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, "exit");
  child.kill(signal);
  const [code] = (await gone) as [number | null];
  return code;
}

/** Every relay prepays every other one. */
async function openChannels(chain: ProtocolChain, count: number): Promise<void> {
  const { X0TToken: token, RelayChannels: channels } = chain.contracts;
  for (let from = 0; from < count; from++) {
    const sender = chain.sender(HOT_KEYS + from);
    for (let to = 0; to < count; to++) {
      if (to === from) continue;
      const payee = chain.accounts[OPERATORS + to]!.address;
      await openChannel(sender, { token, channels, payee, signer: sender.account, amountWei: 50n * X0T, approveWei: 1_000n * X0T });
    }
  }
}

async function startOrigin(host: string) {
  const bytes = randomBytes(20_000_000);
  const server = http.createServer((request, response) => {
    if (request.url === "/slow") {
      // A body that never ends: streams that a dead circuit must reset.
      response.writeHead(200);
      const timer = setInterval(() => response.write(Buffer.alloc(1_000)), 50);
      response.once("close", () => clearInterval(timer));
      return;
    }
    response.end(request.url === "/big" ? bytes : "small");
  });
  await once(server.listen(0, host), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    bytes,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A SOCKS5 CONNECT by hand. @returns the open connection. @throws with the reply code */
export async function socksConnect(socksPort: number, host: string, port: number, credentials?: string): Promise<Socket> {
  const socket = net.connect(socksPort, "127.0.0.1");
  socket.on("error", () => undefined);
  const read = async (bytes: number): Promise<Buffer> => {
    for (;;) {
      const chunk = socket.read(bytes) as Buffer | null;
      if (chunk !== null && chunk.length === bytes) return chunk;
      if (socket.destroyed || socket.readableEnded) throw new Error("the proxy closed the connection");
      await Promise.race([once(socket, "readable"), once(socket, "close")]);
    }
  };
  socket.write(credentials === undefined ? Buffer.from([5, 1, 0]) : Buffer.from([5, 1, 2]));
  await read(2);
  if (credentials !== undefined) {
    socket.write(Buffer.concat([Buffer.from([1, credentials.length]), Buffer.from(credentials), Buffer.from([1, 0x78])]));
    await read(2);
  }
  const target = Buffer.from(host.split(".").map(Number));
  socket.write(Buffer.concat([Buffer.from([5, 1, 0, 1]), target, Buffer.from([port >> 8, port & 0xff])]));
  const reply = await read(10);
  if (reply[1] !== 0) {
    socket.destroy();
    throw new Error(`SOCKS reply ${reply[1]}`);
  }
  return socket;
}

/** GET through the proxy. @returns the body. */
export async function socksGet(socksPort: number, originPort: number, path: string, credentials?: string, host = "127.0.0.1"): Promise<Buffer> {
  const socket = await socksConnect(socksPort, host, originPort, credentials);
  socket.write(`GET ${path} HTTP/1.0\r\nHost: origin\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const all = Buffer.concat(chunks);
  return all.subarray(all.indexOf("\r\n\r\n") + 4);
}

async function freePort(host: string): Promise<number> {
  const server = net.createServer();
  await once(server.listen(0, host), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
