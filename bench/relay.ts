/**
 * Bulk download through three relays, each its own process, against a plain three-process TCP pipe in the same run.
 * Prints one JSON line: MB/s of both, CPU seconds per GB of all processes, peak memory of a relay.
 *
 *     node bench/relay.ts [megabytes=400]
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { Registry } from "prom-client";
import { buildCircuit } from "../node/circuit/buildCircuit.ts";
import type { TunnelPayee, TunnelPayer } from "../node/circuit/relayDeps.ts";
import { createRelayServer } from "../node/circuit/relayServer.ts";
import { createWorkGate } from "../node/circuit/work.ts";
import { createIdentity } from "../node/identity/identity.ts";
import { createClientSession } from "../node/session/clientSession.ts";
import { createExit } from "../node/session/createExit.ts";
import { nodeIdFromBytes, type NodeId } from "../core/ids.ts";
import { generateNodeKeys } from "../runtime/keystore.ts";
import { createLogger } from "../runtime/logger.ts";

const HOPS = 3;
const BLOCK = Buffer.alloc(1 << 20, 7);
const free: TunnelPayee & TunnelPayer = { ready: () => true, addTunnel: () => () => undefined };

interface Ready {
  port: number;
  nodeId?: NodeId;
}
interface Usage {
  cpuSeconds: number;
  rssMegabytes: number;
}

/** Sends what its first eight bytes ask for. */
async function origin(): Promise<Ready> {
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined).once("data", (head) => {
      let left = Number(head.readBigUInt64BE());
      const write = () => {
        while (left > 0) {
          const chunk = BLOCK.subarray(0, Math.min(left, BLOCK.length));
          left -= chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", write);
        }
        socket.end();
      };
      write();
    });
  });
  return { port: await listen(server) };
}

async function plainPipe(next: number): Promise<Ready> {
  const server = net.createServer((socket) => {
    const to = net.connect(next, "127.0.0.1");
    socket.on("error", () => undefined).pipe(to);
    to.on("error", () => undefined).pipe(socket);
  });
  return { port: await listen(server) };
}

/** A relay whose tickets are its own depth and whose peers are told by the parent: only the data path is measured. */
async function relay(index: number): Promise<Ready> {
  const identity = await createIdentity(generateNodeKeys());
  const registry = new Registry();
  const host = `127.${index + 1}.0.1`;
  const peers = new Map<NodeId, number>();
  process.on("message", (message: { peer?: Ready }) => {
    if (message.peer?.nodeId !== undefined) peers.set(message.peer.nodeId, message.peer.port);
  });
  const server = createRelayServer({
    identity,
    listen: { host, port: 0 },
    dialFrom: host,
    admission: {
      tickets: {
        issue: () => ({ expiresAtMs: 0, tickets: [] }),
        redeem: (value) => ({ peer: nodeIdFromBytes(new Uint8Array(32)), depth: value[0] as number }),
      },
      tokens: { redeem: () => "00".repeat(16) },
      work: createWorkGate(identity.nodeId),
    },
    payees: { forPeer: () => free, forAccount: () => free },
    payers: { forPeer: () => free },
    nextHop: {
      endpoint: (nodeId) => ({ host: `127.${index + 2}.0.1`, relayPort: peers.get(nodeId) as number, controlPort: 1 }),
      takeTicket: (_nodeId, depth) => Promise.resolve(Uint8Array.of(depth, ...new Uint8Array(15))),
    },
    acceptAccountTunnel: (tls) => tls.destroy(),
    exit: createExit({
      rules: [{ action: "accept", network: "127.0.0.1", ports: [1, 65_535] }],
      allowLoopback: true,
      dnsServers: [],
      dialFrom: host,
      relayAddresses: () => [],
      registry,
    }),
    log: createLogger("bench", "silent"),
    registry,
  });
  return { port: await server.start(), nodeId: identity.nodeId };
}

async function listen(server: net.Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, rssMegabytes: process.resourceUsage().maxRSS / 1024 };
}

async function child(role: string, argument: number): Promise<void> {
  const ready = role === "origin" ? await origin() : role === "pipe" ? await plainPipe(argument) : await relay(argument);
  process.on("message", (message) => {
    if (message === "usage") process.send?.(usage());
  });
  process.once("disconnect", () => process.exit(0));
  process.send?.(ready);
}

async function start(role: string, argument = 0): Promise<{ process: ChildProcess; ready: Ready }> {
  const started = fork(import.meta.filename, [role, String(argument)]);
  const [ready] = (await once(started, "message")) as [Ready];
  return { process: started, ready };
}

/** The children's, then the own. */
async function usageOf(children: ChildProcess[]): Promise<Usage[]> {
  const all = children.map(async (each) => {
    each.send("usage");
    return ((await once(each, "message")) as [Usage])[0];
  });
  return [...(await Promise.all(all)), usage()];
}

/** MB/s of reading `bytes` from `stream` after asking for them. */
async function download(stream: Duplex, bytes: number): Promise<number> {
  const ask = Buffer.alloc(8);
  ask.writeBigUInt64BE(BigInt(bytes));
  const startedMs = performance.now();
  let received = 0;
  stream.on("data", (chunk: Buffer) => (received += chunk.length));
  stream.write(ask);
  await once(stream, "end");
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came`);
  return bytes / 1e3 / (performance.now() - startedMs);
}

async function main(megabytes: number): Promise<void> {
  const bytes = megabytes * 1e6;
  const source = await start("origin");
  const pipes: { process: ChildProcess; ready: Ready }[] = [];
  for (let i = 0; i < HOPS; i++) pipes.push(await start("pipe", pipes.at(-1)?.ready.port ?? source.ready.port));
  const relays = await Promise.all(Array.from({ length: HOPS }, (_, i) => start("relay", i)));
  for (const [i, { ready }] of relays.entries()) relays[i - 1]?.process.send({ peer: ready });

  const plainMBps = await download(net.connect(pipes.at(-1)?.ready.port as number, "127.0.0.1"), bytes);
  const signal = AbortSignal.timeout(600_000);
  const builtMs = performance.now();
  const circuit = await buildCircuit({
    path: relays.map(({ ready }, i) => ({ nodeId: ready.nodeId as NodeId, endpoint: { host: `127.${i + 1}.0.1`, relayPort: ready.port } })),
    entry: { token: new Uint8Array(16), account: new Uint8Array(16) },
    payer: free,
    signal,
  });
  const buildMs = performance.now() - builtMs;
  const session = createClientSession(circuit);
  const target = { atyp: 1, host: "127.0.0.1", port: source.ready.port };
  await download(await session.openStream(target, signal), 20e6); // warm
  const working = [source, ...relays].map((each) => each.process);
  const before = await usageOf(working);
  const relayMBps = await download(await session.openStream(target, signal), bytes);
  const after = await usageOf(working);
  const round = (value: number) => Math.round(value * 100) / 100;
  const cpu = after.map(({ cpuSeconds }, i) => round(((cpuSeconds - (before[i]?.cpuSeconds ?? 0)) / bytes) * 1e9));
  console.log(
    JSON.stringify({
      bench: "relay",
      megabytes,
      hops: HOPS,
      plainPipeMBps: round(plainMBps),
      relayMBps: round(relayMBps),
      ofPlain: round(relayMBps / plainMBps),
      cpuSecondsPerGB: round(cpu.reduce((sum, each) => sum + each, 0)),
      cpuSecondsPerGBOf: { origin: cpu[0], entry: cpu[1], middle: cpu[2], exit: cpu[3], client: cpu[4] },
      buildMs: round(buildMs),
      relayPeakRssMB: round(Math.max(...after.slice(1, -1).map(({ rssMegabytes }) => rssMegabytes))),
      clientPeakRssMB: round(after.at(-1)?.rssMegabytes ?? 0),
    }),
  );
  session.close();
  for (const each of [source, ...pipes, ...relays]) each.process.disconnect();
}

const [role, argument] = process.argv.slice(2);
if (process.send !== undefined && role !== undefined) await child(role, Number(argument));
else await main(Number(role ?? 400));
