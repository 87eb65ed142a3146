import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { Registry, type Gauge } from "prom-client";
import { encodeFrame } from "../../node/circuit/encodeFrame.ts";
import { ATYP, REPLIES, type Frame, type FrameType } from "../../node/circuit/frames.ts";
import { createFrameParser } from "../../node/circuit/parseFrame.ts";
import type { ServedSession } from "../../node/circuit/relayDeps.ts";
import { associationId } from "../../node/session/association.ts";
import { createDatagramExit } from "../../node/session/exitDatagrams.ts";
import { createExitMetrics } from "../../node/session/exitMetrics.ts";
import { createExitSessions, SESSION_VERSION } from "../../node/session/exitSessions.ts";
import { joinProof } from "../../node/session/joinProof.ts";
import { createWindowBudget } from "../../node/session/windows.ts";
import { fuzzCommand } from "./command.ts";
import { cut } from "./mutate.ts";
import type { Random } from "./random.ts";
import { randomFrame } from "./randomFrame.ts";

/** What clients say; OPEN and DATA most of all. Anything else ends the session. */
const TYPES = ["OPEN", "OPEN", "DATA", "DATA", "DATA", "DATA", "ACK", "ACK", "FIN", "RESET", "PING", "PONG", "CACK", "ROLE", "PAD", "DGRAM", "GOAWAY"] as const;
const RARE: readonly FrameType[] = ["CLOSE", "HELLO", "JOIN", "READY", "OPENED", "EXTEND", "EXTENDED", "BIND", "DATA", "FIN", "ACK", "CACK", "OPEN", "RESET"];
const STREAMS = 6;
/** Ids of associations: more than a session may have at once. */
const MORE_THAN_ALLOWED = 12;
/** RFC 863: nobody is disturbed. */
const DISCARD_PORT = 9;
const metrics = createExitMetrics(new Registry());

/** An end of a tunnel in memory, as far as sessions use it. */
class MemoryTunnel extends Duplex {
  readonly said: Buffer[] = [];
  /** Holds what the exit writes back for a while: a slow reader. */
  readonly slow: boolean;
  constructor(slow: boolean) {
    super({ highWaterMark: 256 << 10, allowHalfOpen: true });
    this.slow = slow;
    this.on("error", () => undefined);
  }
  override _read(): void {
    // feed() pushes.
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.said.push(Buffer.from(chunk));
    if (this.slow) setImmediate(done);
    else done();
  }
  feed(bytes: Buffer): void {
    if (!this.destroyed && !this.readableEnded) this.push(bytes);
  }
  setMaxSendFragment(): boolean {
    return true;
  }
  exportKeyingMaterial(): Buffer {
    return Buffer.alloc(32, 7);
  }
  destroySoon(): void {
    if (this.writableFinished || !this.writable) this.destroy();
    else this.once("finish", () => this.destroy()).end();
  }
}

/** A target that echoes, swallows, floods or goes away. */
function randomConnection(random: Random): Duplex {
  const kind = random.int(4);
  const target: Duplex = new Duplex({
    read() {
      if (kind === 2) target.push(Buffer.alloc(1 + random.int(20_000)));
    },
    write(chunk: Buffer, _encoding, done) {
      if (kind === 0) target.push(Buffer.from(chunk));
      if (kind === 3) return done(new Error("reset"));
      done();
    },
    final(done) {
      target.push(null);
      done();
    },
  });
  return target.on("error", () => undefined);
}

/** Valid by itself, and near enough to what the session expects to get somewhere. @param sent bytes of each opened stream */
function nextFrame(random: Random, sent: Map<number, number>): Frame {
  if (random.oneIn(80)) return randomFrame(random, random.pick(RARE));
  const frame = randomFrame(random, random.pick(TYPES));
  if (frame.type === "CACK") return { ...frame, received: 0 };
  if (frame.type === "DGRAM") {
    const target = random.oneIn(2) ? frame.target : { atyp: ATYP.ipv4, host: "127.0.0.1", port: DISCARD_PORT };
    return { ...frame, stream: associationId(random.int(MORE_THAN_ALLOWED)), target };
  }
  if (frame.type === "RESET" && random.oneIn(4)) return { ...frame, stream: associationId(random.int(MORE_THAN_ALLOWED)) };
  if (!("stream" in frame)) return frame;
  const stream = frame.type === "OPEN" || sent.size === 0 ? 1 + random.int(STREAMS) : random.pick([...sent.keys()]);
  const at = sent.get(stream) ?? 0;
  if (frame.type === "DATA" && sent.has(stream)) {
    // In order, again, or ahead of its turn.
    if (!random.oneIn(4)) sent.set(stream, at + frame.payload.length);
    return { ...frame, stream, offset: Math.max(0, at + (random.oneIn(5) ? random.int(4_000) - 2_000 : 0)) };
  }
  if (frame.type === "FIN" && sent.has(stream)) return { ...frame, stream, finalOffset: at };
  if (frame.type === "ACK" && sent.has(stream)) return { ...frame, stream, next: 0, limit: Math.min(frame.limit, 2 ** 20) };
  if (frame.type !== "OPEN" && frame.type !== "RESET") return { type: "PAD", bytes: 1 };
  sent.set(stream, at);
  return { ...frame, stream };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * One session at an exit and up to three circuits of it, with frames in an order of chance. No exception; all that the exit says
 * is frames; in the end every window is given back and no stream or association is left.
 */
export async function sessionCase(random: Random): Promise<string> {
  const budget = createWindowBudget();
  const targets: Duplex[] = [];
  const exit = createExitSessions({
    metrics,
    budget,
    orphanMs: 0,
    datagrams: createDatagramExit({
      resolve: () => Promise.resolve(random.oneIn(2) ? [] : ["127.0.0.1"]),
      policy: { allows: (address, port) => address === "127.0.0.1" && port === DISCARD_PORT },
      nat64: { look: () => Promise.resolve(), allows: () => true },
      dialFrom: "127.0.0.1",
      metrics,
    }),
    async connect() {
      for (let i = random.int(3); i > 0; i--) await turn();
      if (random.oneIn(6)) return random.oneIn(2) ? REPLIES.connectionRefused : Promise.reject(new Error("no such host"));
      const target = randomConnection(random);
      targets.push(target);
      return target as never;
    },
  });
  const [sessionId, key] = [random.bytes(16), random.bytes(32)];
  const tunnels: MemoryTunnel[] = [];
  const served: ServedSession[] = [];
  const serve = (how: "hello" | "join") => {
    const tunnel = new MemoryTunnel(random.oneIn(4));
    const tls = tunnel as unknown as TLSSocket;
    const early = random.oneIn(3) ? encodeFrame(randomFrame(random, "PING")) : Buffer.alloc(0);
    const proof = random.oneIn(8) ? random.bytes(32) : joinProof(key, tls);
    const session =
      how === "hello"
        ? exit.serve({ tls, hello: { type: "HELLO", version: SESSION_VERSION, sessionId, key }, early })
        : exit.join({ tls, join: { type: "JOIN", sessionId, proof }, early });
    if (typeof session === "number") return void tunnel.destroy();
    tunnels.push(tunnel);
    served.push(session);
  };
  serve("hello");
  const sent = new Map<number, number>();
  let count = 0;
  for (let left = 5 + random.int(60); left > 0 && tunnels.some((each) => !each.destroyed); left--) {
    if (random.oneIn(20)) serve("join");
    const which = random.int(tunnels.length);
    const bytes = Buffer.concat(Array.from({ length: 1 + random.int(4) }, () => (count++, encodeFrame(nextFrame(random, sent)))));
    for (const chunk of random.oneIn(4) ? cut(random, bytes) : [bytes]) (tunnels[which] as MemoryTunnel).feed(chunk);
    if (random.oneIn(25)) served[which]?.setPaused(random.oneIn(2));
    if (random.oneIn(60)) tunnels[which]?.destroy();
    if (random.oneIn(60)) random.pick(targets.length > 0 ? targets : [new Duplex()]).destroy();
    if (random.oneIn(100)) served[which]?.goAway(1_000);
    if (random.oneIn(2)) await turn();
  }
  const closed = tunnels.every((each) => each.destroyed || each.writableEnded);
  exit.close();
  for (const tunnel of tunnels) tunnel.destroy();
  for (let i = 0; i < 20 && (budget.granted > 0 || (await open(metrics.streams)) > 0 || (await open(metrics.associations)) > 0); i++) await turn();
  for (const { said } of tunnels) createFrameParser().push(Buffer.concat(said), () => undefined);
  assert.equal(budget.granted, 0, "windows are not given back");
  assert.equal(await open(metrics.streams), 0, "streams are left");
  assert.equal(await open(metrics.associations), 0, "associations are left");
  assert.ok(count > 0);
  return closed ? "closed by the exit" : "to the end";
}

async function open(gauge: Gauge): Promise<number> {
  return (await gauge.get()).values[0]?.value ?? 0;
}

if (import.meta.main) await fuzzCommand("session", "Sessions at an exit (NET-9 to NET-12): valid frames in any order over up to three circuits. A case is a session of about 80 frames.", sessionCase);
