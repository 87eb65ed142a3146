/**
 * `node attacker.ts`: floods a relay's ports from many addresses of 127.0.0.0/8, each in a network of its own, at the lowest
 * priority. Its parent says which flood, and when to stop.
 */
import { randomBytes, randomInt } from "node:crypto";
import net, { type AddressInfo, type Socket } from "node:net";
import { setPriority } from "node:os";
import { Duplex } from "node:stream";
import tls from "node:tls";
import { buildCircuit, type Circuit } from "../../../node/circuit/buildCircuit.ts";
import { encodeFrame } from "../../../node/circuit/encodeFrame.ts";
import { encodePreface, minuteOf, PREFACE_KINDS } from "../../../node/circuit/preface.ts";
import { CIRCUIT_ALPN, tlsOptions } from "../../../node/circuit/tunnel.ts";
import type { FloodedRelay } from "./relay.ts";

export interface Flood {
  kind: "half-open" | "slow" | "garbage";
  /** Connections to hold, readers that do not read, or bytes for each port. */
  count: number;
  relays: FloodedRelay[];
  /** The client's proxy. */
  socksPort: number;
}

/** What became of it. */
export interface FloodReport {
  connections: number;
  /** Held at once, at most. */
  held: number;
  bytes: number;
}

const CONNECTS_PER_SECOND = 2_000;
const TICK_MS = 20;
const SETTLE_MS = 3_000;
const CONNECTORS = 16;
const GARBAGE_CONNECTIONS = 8;
const CHUNK = randomBytes(64 << 10);

setPriority(19);
process.once("disconnect", () => process.exit(0));
let stop = new AbortController();
let report: FloodReport = { connections: 0, held: 0, bytes: 0 };
const sockets = new Set<{ destroy(): unknown }>();
const someAddress = () => `127.${randomInt(100, 250)}.${randomInt(256)}.${randomInt(1, 255)}`;
/** Accounts of the attacker's; 0 is the honest client's. */
const someToken = () => Buffer.of(randomInt(1, 256), ...randomBytes(15));
const endlessPort = () => (endless.address() as AddressInfo).port;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function connect(host: string, port: number, localAddress = someAddress()): Socket {
  const socket = net.connect({ host, port, localAddress });
  report.connections++;
  sockets.add(socket);
  report.held = Math.max(report.held, sockets.size);
  return socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
}

/** A ClientHello that makes a relay sign, and that nothing follows. */
function clientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const under = new Duplex({ read: () => undefined, write: (chunk: Buffer) => resolve(chunk) });
    tls.connect({ ...tlsOptions(CIRCUIT_ALPN), socket: under } as tls.ConnectionOptions).on("error", () => undefined);
  });
}

/** Silent, broken off, a good token and no handshake, or half a handshake: `count` of them, and again and again as they are reset. */
async function halfOpen({ count, relays: [relay] }: Flood): Promise<void> {
  const hello = await clientHello();
  const preface = () => encodePreface({ kind: PREFACE_KINDS.token, minute: minuteOf(Date.now()), value: someToken() });
  const openings = [() => undefined, () => randomBytes(10), preface, () => Buffer.concat([preface(), hello])];
  let told = false;
  while (!stop.signal.aborted) {
    if (!told && report.connections >= count) {
      told = true;
      process.send?.({ type: "done" });
    }
    for (let i = 0; i < (CONNECTS_PER_SECOND * TICK_MS) / 1_000 && sockets.size < count; i++) {
      const socket = connect(relay!.host, relay!.relayPort);
      const opening = openings[randomInt(openings.length)]!();
      if (opening !== undefined) socket.write(opening);
    }
    await pause(TICK_MS);
  }
}

/** Asks for everything and reads nothing: on the proxy, on the API, on circuits that end at the relay and on those that go on. */
async function slowReaders({ count, relays, socksPort }: Flood): Promise<void> {
  const each = Math.min(100, count / 10);
  for (let i = 0; i < each; i++) {
    slowRequest("127.0.0.1", socksPort, Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, endlessPort() >> 8, endlessPort() & 0xff]));
  }
  // Until the kernel's buffers between the proxy and them are full, this is a download and no slow reader.
  await pause(SETTLE_MS);
  process.send?.({ type: "settled" });
  for (let i = 0; i < each; i++) slowRequest(relays[0]!.host, relays[0]!.apiPort, Buffer.from("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200)));
  let left = count;
  const connectors = Array.from({ length: CONNECTORS }, async () => {
    while (left-- > 0 && !stop.signal.aborted) {
      const hops = relays.slice(0, left % 2 === 0 ? 1 : 2);
      await slowCircuit(hops).catch(() => pause(100));
    }
  });
  await Promise.all(connectors);
}

async function slowCircuit(hops: FloodedRelay[]): Promise<void> {
  const token = someToken();
  const circuit: Circuit = await buildCircuit({
    path: hops.map(({ nodeId, host, relayPort }) => ({ nodeId, endpoint: { host, relayPort } })),
    entry: { token, account: new Uint8Array(16).fill(token[0] as number) },
    payer: { ready: () => true, addTunnel: () => () => undefined },
    dialFrom: someAddress(),
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
  });
  report.connections++;
  sockets.add(circuit.tls);
  report.held = Math.max(report.held, sockets.size);
  circuit.tls.on("error", () => undefined).once("close", () => sockets.delete(circuit.tls)).pause();
  circuit.tls.write(
    Buffer.concat([
      encodeFrame({ type: "HELLO", version: 1, sessionId: new Uint8Array(randomBytes(16)), key: new Uint8Array(32) }),
      encodeFrame({ type: "OPEN", stream: 1, target: { atyp: 1, host: "127.0.0.1", port: endlessPort() }, window: 8_000_000 }),
    ]),
  );
}

function slowRequest(host: string, port: number, bytes: Buffer): void {
  connect(host, port, host.startsWith("127.0.0.") ? "127.0.0.1" : undefined).pause().write(bytes);
}

/** Noise at every port until it has been `count` bytes each. */
async function garbage({ count, relays: [relay], socksPort }: Flood): Promise<void> {
  const ports = [relay!.relayPort, relay!.controlPort, relay!.apiPort].map((port) => ({ host: relay!.host, port }));
  await Promise.all([...ports, { host: "127.0.0.1", port: socksPort }].flatMap(({ host, port }) => {
    let left = count;
    return Array.from({ length: GARBAGE_CONNECTIONS }, async () => {
      while (left > 0 && !stop.signal.aborted) left -= await throwAt(host, port, left);
    });
  }));
}

/** @returns bytes that TCP took before the connection was reset */
async function throwAt(host: string, port: number, most: number): Promise<number> {
  const socket = connect(host, port);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const deadline = setTimeout(() => socket.destroy(), 1_000);
  const write = () => {
    while (!socket.destroyed && socket.bytesWritten < most && socket.write(CHUNK.subarray(randomInt(1_000))));
  };
  socket.on("drain", write).resume();
  socket.once("connect", write);
  await closed;
  clearTimeout(deadline);
  // Refused before it began: some noise was offered all the same.
  const bytes = Math.max(1_000, socket.bytesWritten - socket.writableLength);
  report.bytes += bytes;
  return bytes;
}

process.on("message", (message: Flood | "stop") => {
  if (message === "stop") {
    stop.abort();
    for (const socket of sockets) socket.destroy();
    process.send?.({ type: "report", report });
    return;
  }
  stop = new AbortController();
  report = { connections: 0, held: 0, bytes: 0 };
  const flood = { "half-open": halfOpen, slow: slowReaders, garbage }[message.kind];
  void flood(message).then(() => stop.signal.aborted || process.send?.({ type: "done" }));
});
/** Sends for ever to whoever connects. */
const endless = net.createServer((socket) => {
  const write = () => {
    while (!socket.destroyed && socket.write(CHUNK));
  };
  socket.on("error", () => undefined).on("drain", write);
  write();
});
endless.listen(0, "127.0.0.1", () => process.send?.(endless.address()));
