import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Circuit } from "../../../node/circuit/buildCircuit.ts";
import { acceptTunnel, openTunnel } from "../../../node/circuit/tunnel.ts";
import { ATYP, CLOSE_CODES, type Frame } from "../../../node/circuit/frames.ts";
import { createClientSession, type ClientSession, type ClientSessionOptions } from "../../../node/session/clientSession.ts";
import { joinProof } from "../../../node/session/joinProof.ts";
import { createReorder } from "../../../node/session/reorder.ts";
import { createSessionWindows, createWindowBudget } from "../../../node/session/windows.ts";
import { byHand } from "../../support/byHand.ts";
import { startOrigin } from "../../support/origin.ts";
import { startRelays, type TestRelay } from "../../support/relays.ts";
import { socketPair, until } from "../../support/sockets.ts";
import { testIdentity } from "../../support/testIdentity.ts";

const WAYS = [
  [0, 1, 6],
  [2, 3, 6],
  [4, 5, 6],
];

describe("node/session in bad luck and under attack", function () {
  this.timeout(40_000);
  let network: Awaited<ReturnType<typeof startRelays>>;
  let origin: Awaited<ReturnType<typeof startOrigin>>;
  let serve: (socket: Socket) => void;
  let circuits: Circuit[];
  let session: ClientSession | undefined;

  beforeEach(async () => {
    serve = (socket) => socket.pipe(socket);
    origin = await startOrigin((socket) => serve(socket));
    network = await startRelays(7);
    session = undefined;
  });
  afterEach(async () => {
    session?.close();
    origin.close();
    await network.close();
  });
  const begin = async (options: ClientSessionOptions = {}) => {
    circuits = await Promise.all(WAYS.map((way) => network.circuit(way)));
    session = createClientSession(circuits[0] as Circuit, { keepMs: 5_000, ...options });
    for (const circuit of circuits.slice(1)) await session.addCircuit(circuit);
    return session;
  };
  const open = () => (session as ClientSession).openStream({ atyp: ATYP.ipv4, host: "127.0.0.1", port: origin.port }, AbortSignal.timeout(10_000));
  const leader = () => circuits.indexOf((session as ClientSession).paths().find(({ role }) => role === "lead")?.circuit as Circuit);
  const stopMiddle = (index: number, paused: boolean) => {
    const middle = network.relays[WAYS[index]?.[1] as number] as TestRelay;
    for (const payee of middle.payees.values()) for (const tunnel of payee.tunnels) tunnel.setPaused(paused);
  };

  it("NET-9 a JOIN that the exit has no room for costs that circuit, not the session and its streams", async () => {
    const live = await begin();
    const stream = await open();
    stream.write("a");
    await once(stream, "data");
    await live.addCircuit(await network.circuit([1, 0, 6]));
    await assert.rejects(live.addCircuit(await network.circuit([3, 2, 6])));
    assert.equal(stream.destroyed, false, "the stream lives");
    stream.write("b");
    const [data] = (await once(stream, "data")) as [Buffer];
    assert.equal(String(data), "b");
  });

  it("NET-13 a draining exit lets the streams of a session of several circuits end by themselves", async () => {
    await begin();
    let want = "";
    serve = (socket) => {
      const body = randomBytes(3_000_000);
      want = createHash("sha256").update(body).digest("hex");
      let at = 0;
      const timer = setInterval(() => {
        socket.write(body.subarray(at, (at += 100_000)));
        if (at >= body.length) (clearInterval(timer), socket.end());
      }, 50);
    };
    const stream = await open();
    const hash = createHash("sha256");
    stream.on("data", (chunk: Buffer) => hash.update(chunk));
    await once(stream, "data");
    const drained = network.relays[6]?.server.drain(AbortSignal.timeout(9_000));
    await once(stream, "end");
    assert.equal(hash.digest("hex"), want);
    await drained;
  });

  it("NET-12 two silent paths, of which one comes back: what the other one was given goes on at once, not when it is dead", async () => {
    circuits = await Promise.all(WAYS.slice(0, 2).map((way) => network.circuit(way)));
    const live = createClientSession(circuits[0] as Circuit, { keepMs: 5_000 });
    session = live;
    await live.addCircuit(circuits[1] as Circuit);
    const stream = await open();
    let echoed = "";
    stream.on("data", (chunk: Buffer) => (echoed += String(chunk)));
    stream.write("1");
    await until(() => echoed === "1");
    const first = leader();
    stopMiddle(1 - first, true);
    stopMiddle(first, true);
    stream.write("2");
    await until(() => leader() === 1 - first, 3_000, "the other one leads");
    stream.write("3");
    await until(() => live.paths().every(({ suspect }) => suspect), 3_000, "both suspect");
    stopMiddle(first, false);
    await until(() => live.paths().some(({ suspect }) => !suspect), 2_000, "one is back");
    const backMs = performance.now();
    await until(() => echoed === "123", 8_000, "the echo");
    assert.ok(performance.now() - backMs < 1_000, `${performance.now() - backMs} ms after one path was back`);
  });

  it("NET-9 an OPENED that comes twice, once its stream is over here, does not reset what may still be under way to the exit", async () => {
    const pair = await socketPair();
    const identity = await testIdentity();
    const signal = AbortSignal.timeout(5_000);
    const [accepted, tls] = await Promise.all([
      acceptTunnel({ socket: pair.server, identity, alpns: ["x0t/1"], signal }),
      openTunnel({ under: pair.client, expect: identity.nodeId, alpn: "x0t/1", layer: 0, signal }),
    ]);
    const exit = byHand({ tls: accepted.tls } as Circuit);
    session = createClientSession({ tls, path: [], closed: new Promise(() => undefined), wireBytes: () => 0, close: () => tls.destroy() });
    await exit.next("HELLO");
    exit.send({ type: "READY", idleSeconds: 60, streams: 256, bufferBytes: 1_000_000 });
    const opening = open();
    const { stream: id } = await exit.next("OPEN");
    const opened: Frame = { type: "OPENED", stream: id, reply: 0, window: 256_000 };
    exit.send(opened, { type: "FIN", stream: id, finalOffset: 0 });
    const stream = await opening;
    stream.resume().end(Buffer.alloc(1_000));
    await once(stream, "close");
    await exit.next("FIN");
    // On another path, for it was not yet acknowledged when the first one fell silent (NET-9).
    exit.send(opened, { type: "PING", id: 7, micros: 0 });
    await exit.next("PONG");
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(exit.frames.filter(({ type }) => type === "RESET"), []);
    pair.close();
  });

  it("NET-11 a window opens again although its ACK was due already when the application read", async () => {
    const [pairs, identity] = [[await socketPair(), await socketPair()] as const, await testIdentity()];
    const signal = AbortSignal.timeout(5_000);
    const ends = pairs.map(async (pair) => {
      const [accepted, tls] = await Promise.all([
        acceptTunnel({ socket: pair.server, identity, alpns: ["x0t/1"], signal }),
        openTunnel({ under: pair.client, expect: identity.nodeId, alpn: "x0t/1", layer: 0, signal }),
      ]);
      const circuit: Circuit = { tls, path: [], closed: new Promise(() => undefined), wireBytes: () => 0, close: () => tls.destroy() };
      return { exit: byHand({ tls: accepted.tls } as Circuit), circuit };
    });
    const [one, two] = (await Promise.all(ends)) as [Awaited<(typeof ends)[0]>, Awaited<(typeof ends)[0]>];
    const live = createClientSession(one.circuit);
    session = live;
    const ready: Frame = { type: "READY", idleSeconds: 60, streams: 256, bufferBytes: 1_000_000 };
    await one.exit.next("HELLO");
    one.exit.send(ready);
    const opening = open();
    const { stream: id, window } = await one.exit.next("OPEN");
    one.exit.send({ type: "OPENED", stream: id, reply: 0, window: 256_000 });
    const stream = await opening;
    for (let offset = 0; offset < window; offset += 16_000) {
      one.exit.send({ type: "DATA", stream: id, offset, payload: Buffer.alloc(Math.min(16_000, window - offset)) });
    }
    await until(() => stream.unread === window);
    const joined = live.addCircuit(two.circuit);
    await two.exit.next("JOIN");
    two.exit.send(ready);
    // The ACKs that a new circuit is owed are queued and not written yet.
    await joined;
    while (stream.read() !== null);
    await until(() => [...one.exit.frames, ...two.exit.frames].some((frame) => frame.type === "ACK" && frame.limit > window), 3_000, "more window");
    for (const pair of pairs) pair.close();
  });

  it("NET-11 a JOIN onto a session that is over is refused: nobody would ever end its tunnel", async () => {
    const [one, two] = [await network.circuit([0]), await network.circuit([0])];
    const [first, second] = [byHand(one), byHand(two)];
    const [sessionId, key] = [new Uint8Array(randomBytes(16)), new Uint8Array(randomBytes(32))];
    first.send({ type: "HELLO", version: 1, sessionId, key });
    await first.next("READY");
    first.send({ type: "CLOSE", code: CLOSE_CODES.done });
    second.send({ type: "JOIN", sessionId, proof: joinProof(key, two.tls) });
    await until(() => second.frames.some(({ type }) => type === "CLOSE") || two.tls.destroyed, 3_000, "an answer");
    two.close();
    one.close();
  });

  it("NET-11 one client's idle sessions leave room for the others' streams", () => {
    const budget = createWindowBudget();
    const greedy = Array.from({ length: 96 }, () => createSessionWindows(budget));
    for (const windows of greedy) {
      const streams = Array.from({ length: 256 }, () => windows.take());
      for (let i = 0; i < 10; i++) for (const [at, window] of streams.entries()) if (window > 0) streams[at] = windows.grow(window);
    }
    const honest = createSessionWindows(budget);
    assert.ok(Array.from({ length: 4 }, () => honest.take()).every((window) => window >= 32_000));
  });

  it("NET-9 what comes in the worst order costs no more time than what comes in order", () => {
    const reorder = createReorder();
    const startedMs = performance.now();
    let kept = 0;
    for (let at = 200_000; at > 0 && reorder.put(3 * at, Buffer.alloc(1), 8_000_000); at--) kept++;
    assert.ok(kept <= 4_096, "and a bound on the pieces");
    assert.ok(performance.now() - startedMs < 1_000);
    const right = createReorder();
    const order = [5, 1, 3, 1, 4, 2, 6, 5];
    for (const at of order) assert.ok(right.put(10_000 * at, Buffer.alloc(10_000, at), 1_000_000));
    const parts: Buffer[] = [];
    for (let next = 10_000; ; ) {
      const part = right.take(next);
      if (part === undefined) break;
      parts.push(part);
      next += part.length;
    }
    assert.deepEqual(Buffer.concat(parts), Buffer.concat([1, 2, 3, 4, 5, 6].map((at) => Buffer.alloc(10_000, at))));
  });
});
