import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Circuit } from "../../../node/circuit/buildCircuit.ts";
import { encodeFrame } from "../../../node/circuit/encodeFrame.ts";
import { ATYP, CLOSE_CODES, REPLIES, RESET_CODES, type Frame } from "../../../node/circuit/frames.ts";
import { associationId } from "../../../node/session/association.ts";
import { createClientSession } from "../../../node/session/clientSession.ts";
import { electByRole } from "../../../node/session/electLead.ts";
import { createInFlight } from "../../../node/session/inFlight.ts";
import { createSessionCore } from "../../../node/session/sessionCore.ts";
import { SessionStream } from "../../../node/session/sessionStream.ts";
import { createSessionWindows, createWindowBudget, MAX_WINDOW_BYTES, MIN_WINDOW_BYTES, SESSION_BYTES } from "../../../node/session/windows.ts";
import { byHand } from "../../support/byHand.ts";
import { startOrigin } from "../../support/origin.ts";
import { startRelays } from "../../support/relays.ts";
import { until } from "../../support/sockets.ts";
import { startUdpServer } from "../../support/udpServer.ts";

const hello = (version = 1): Frame => ({ type: "HELLO", version, sessionId: new Uint8Array(randomBytes(16)), key: new Uint8Array(32) });

describe("node/session protocol (NET-11)", () => {
  let network: Awaited<ReturnType<typeof startRelays>>;
  let origin: Awaited<ReturnType<typeof startOrigin>>;
  let circuit: Circuit;
  let client: ReturnType<typeof byHand>;
  const received: Buffer[] = [];

  const openFrame = (stream: number, window = 256_000): Frame => ({ type: "OPEN", stream, target: { atyp: ATYP.ipv4, host: "127.0.0.1", port: origin.port }, window });
  const data = (stream: number, offset: number, bytes: number | Buffer): Frame => ({ type: "DATA", stream, offset, payload: typeof bytes === "number" ? Buffer.alloc(bytes) : bytes });

  before(async () => {
    network = await startRelays(1);
    origin = await startOrigin((socket) => {
      socket.on("data", (chunk: Buffer) => received.push(chunk));
    });
  });
  beforeEach(async () => {
    received.length = 0;
    circuit = await network.circuit([0]);
    client = byHand(circuit);
    client.send(hello());
    await client.next("READY");
  });
  afterEach(() => circuit.close());
  after(async () => {
    origin.close();
    await network.close();
  });

  const opened = async (stream: number): Promise<number> => {
    client.send(openFrame(stream));
    const answer = await client.next("OPENED");
    assert.equal(answer.reply, REPLIES.succeeded);
    return answer.window;
  };
  const closesWith = async (code: number): Promise<void> => {
    assert.equal((await client.next("CLOSE")).code, code);
    await until(() => circuit.tls.destroyed);
    await until(() => network.relays[0]?.server.stats().tunnels === 0);
  };

  it("DATA beyond the limit: CLOSE", async () => {
    const window = await opened(1);
    assert.equal(window, MIN_WINDOW_BYTES);
    client.send(data(1, window, 1));
    await closesWith(CLOSE_CODES.flowControl);
  });

  it("ACK beyond what was sent: CLOSE", async () => {
    await opened(1);
    client.send({ type: "ACK", stream: 1, next: 1, limit: 1_000_000 });
    await closesWith(CLOSE_CODES.flowControl);
  });

  it("CACK beyond what was sent: CLOSE", async () => {
    client.send({ type: "CACK", received: 1 });
    await closesWith(CLOSE_CODES.protocol);
  });

  it("NET-9 duplicates drop by offset, overlaps give each byte once, what comes early waits", async () => {
    await opened(1);
    client.send(data(1, 0, Buffer.from("abc")), data(1, 0, Buffer.from("abc")), data(1, 1, Buffer.from("bcde")), data(1, 4, Buffer.from("e")));
    await until(() => Buffer.concat(received).length >= 5);
    assert.equal(String(Buffer.concat(received)), "abcde");
    client.send(data(1, 8, Buffer.from("i")), data(1, 6, Buffer.from("gh")), { type: "FIN", stream: 1, finalOffset: 9 }, data(1, 5, Buffer.from("f")));
    await until(() => Buffer.concat(received).length >= 9);
    assert.equal(String(Buffer.concat(received)), "abcdefghi");
  });

  it("NET-9 a FIN that contradicts itself, or DATA beyond it: CLOSE", async () => {
    await opened(1);
    client.send({ type: "FIN", stream: 1, finalOffset: 9 }, data(1, 5, 5));
    await closesWith(CLOSE_CODES.protocol);
  });

  it("NET-9 more tiny pieces with gaps than a window may hold: CLOSE", async () => {
    await opened(1);
    client.send(...Array.from({ length: 3_000 }, (_, i) => data(1, 2 * i + 1, 1)));
    await closesWith(CLOSE_CODES.flowControl);
  });

  it("CACK tells what was received within 25 ms, or at once for 32 kB", async () => {
    await opened(1);
    let last = 0;
    client.send(data(1, 0, 100));
    // OPEN 20, DATA 16 + 100.
    while (last < 136) last = (await client.next("CACK")).received;
    assert.equal(last, 136);
    client.send(data(1, 100, 16_300), data(1, 16_400, 16_300));
    while (last < 136 + 2 * 16_316) last = (await client.next("CACK")).received;
    assert.equal(last, 136 + 2 * 16_316);
  });

  it("ACK raises the limit as the target takes the bytes", async () => {
    const window = await opened(1);
    for (let at = 0; at + 16_000 <= window; at += 16_000) client.send(data(1, at, 16_000));
    const ack = await client.next("ACK");
    assert.ok(ack.limit > window);
  });

  it("FIN must name the true end; DATA after FIN: CLOSE", async () => {
    await opened(1);
    client.send(data(1, 0, 10), { type: "FIN", stream: 1, finalOffset: 9 });
    await closesWith(CLOSE_CODES.protocol);
  });

  for (const [name, frames, code] of [
    ["a second HELLO", [hello()], CLOSE_CODES.protocol],
    ["JOIN after HELLO", [{ type: "JOIN", sessionId: new Uint8Array(16), proof: new Uint8Array(32) }], CLOSE_CODES.protocol],
    ["EXTEND", [{ type: "EXTEND", nodeId: new Uint8Array(32), depth: 0 }], CLOSE_CODES.protocol],
    ["OPENED from the client", [{ type: "OPENED", stream: 1, reply: 0, window: 1 }], CLOSE_CODES.protocol],
    ["OPEN on the id of an association", [{ type: "OPEN", stream: associationId(0), target: { atyp: ATYP.ipv4, host: "127.0.0.1", port: 1 }, window: 1 }], CLOSE_CODES.protocol],
    ["DGRAM on the id of a stream", [{ type: "DGRAM", stream: 3, target: { atyp: ATYP.ipv4, host: "127.0.0.1", port: 53 }, payload: Buffer.from("q") }], CLOSE_CODES.protocol],
    ["DATA on an association", [{ type: "DATA", stream: associationId(0), offset: 0, payload: Buffer.alloc(1) }], CLOSE_CODES.protocol],
    ["DATA on a stream never opened", [{ type: "DATA", stream: 5, offset: 0, payload: Buffer.alloc(1) }], CLOSE_CODES.protocol],
  ] as [string, Frame[], number][]) {
    it(`${name} is answered with CLOSE ${code}`, async () => {
      client.send(...frames);
      await closesWith(code);
    });
  }

  it("NET-9 an OPEN that comes twice counts once, one that comes after its RESET not at all", async () => {
    await opened(7);
    client.send(openFrame(7), { type: "RESET", stream: 9, code: 1 }, openFrame(9), { type: "PING", id: 1, micros: 1 });
    await client.next("PONG");
    await opened(8);
    assert.equal(client.frames.some((frame) => frame.type === "OPENED"), false);
    assert.equal(network.relays[0]?.server.stats().streams, 2);
  });

  it("NET-14 datagrams go out and come back on an id of their own, which RESET ends", async () => {
    const echo = await startUdpServer();
    try {
      const stream = associationId(0);
      const target = { atyp: ATYP.ipv4, host: "127.0.0.1", port: echo.port };
      client.send({ type: "DGRAM", stream, target, payload: Buffer.from("q") });
      assert.deepEqual(await client.next("DGRAM"), { type: "DGRAM", stream, target, payload: Buffer.from("q") });
      const gauge = async () => (await network.relays[0]!.registry.getSingleMetric("x0t_exit_associations")!.get()).values[0]!.value;
      assert.equal(await gauge(), 1);
      client.send({ type: "RESET", stream, code: RESET_CODES.cancelled }, { type: "DGRAM", stream, target, payload: Buffer.from("late") }, { type: "PING", id: 9, micros: 12 });
      assert.deepEqual(await client.next("PONG"), { type: "PONG", id: 9, micros: 12 });
      assert.equal(await gauge(), 0);
      client.send({ type: "DGRAM", stream: associationId(1), target, payload: Buffer.from("q") });
      await client.next("DGRAM");
      client.send({ type: "CLOSE", code: CLOSE_CODES.done });
      let left = -1;
      await until(() => (void gauge().then((open) => (left = open)), left === 0), 5_000, "no association");
    } finally {
      echo.close();
    }
  });

  it("random bytes: CLOSE, never a crash", async () => {
    circuit.tls.write(Buffer.concat([Buffer.of(0x77), randomBytes(300)]));
    await closesWith(CLOSE_CODES.protocol);
  });

  it("frames for a stream that was reset are dropped", async () => {
    await opened(1);
    client.send({ type: "RESET", stream: 1, code: 1 }, data(1, 0, 5), { type: "FIN", stream: 1, finalOffset: 5 }, { type: "ACK", stream: 1, next: 0, limit: 9 });
    client.send({ type: "PING", id: 1, micros: 1 });
    await client.next("PONG");
  });

  it("256 streams: the next are refused, the session goes on", async () => {
    const count = 300;
    client.send(...Array.from({ length: count }, (_, i) => openFrame(i + 1)));
    await until(() => client.frames.filter((frame) => frame.type === "OPENED").length === count);
    assert.equal(client.frames.filter((frame) => frame.type === "OPENED" && frame.reply === 0).length, 256);
    client.send({ type: "PING", id: 1, micros: 1 });
    await client.next("PONG");
  });

  it("NET-11 who opens what fails is refused after 50 a second", async () => {
    const scan = Array.from({ length: 400 }, (_, i): Frame => ({ type: "OPEN", stream: i + 1, target: { atyp: ATYP.ipv4, host: "10.0.0.1", port: 1 + i }, window: 1 }));
    for (let at = 0; at < scan.length; at += 50) {
      client.send(...scan.slice(at, at + 50));
      await until(() => client.frames.filter((frame) => frame.type === "OPENED").length === at + 50);
    }
    const tried = client.frames.filter((frame) => frame.type === "OPENED" && frame.reply === REPLIES.notAllowed).length;
    assert.ok(tried >= 50 && tried <= 250, `${tried} tried`);
  });

  it("a client that asks and never reads the answers is cut off: the exit holds 1 MiB of them at most", async () => {
    circuit.tls.pause();
    const pings = Buffer.concat(Array.from({ length: 2_000 }, (_, id) => encodeFrame({ type: "PING", id, micros: 1 })));
    const write = () => {
      while (!circuit.tls.destroyed && circuit.tls.write(pings));
    };
    circuit.tls.on("drain", write);
    write();
    await until(() => network.relays[0]?.server.stats().tunnels === 0, 15_000, "cut off");
  });

  it("a target that answers after the session's end leaves neither a stream nor its window", async () => {
    const other = await network.circuit([0]);
    const budget = createWindowBudget();
    const nothing = () => undefined;
    const core = createSessionCore({ budget, highestStream: () => 1, onFrame: () => true, electLead: electByRole, onTick: nothing, onPathLost: nothing, onClosed: nothing });
    core.joined(core.addPath(other.tls));
    const window = core.takeWindow();
    core.close(CLOSE_CODES.done);
    assert.equal(core.addStream(1, 1_000, window), undefined);
    assert.equal(budget.granted, 0);
  });

  it("NET-11 tiny frames that nobody reads cost what they carry: they wait joined, in order", async () => {
    const stream = new SessionStream({ wake: () => undefined, consumed: () => undefined, dropped: () => undefined }, { id: 1, sendLimit: 0, window: 256_000, resetCode: 1 });
    const sent = randomBytes(100_000);
    for (let at = 0; at < 60_000; at++) stream.receive(sent.subarray(at, at + 1));
    stream.receive(sent.subarray(60_000, 80_000));
    for (let at = 80_000; at < sent.length; at += 100) stream.receive(sent.subarray(at, at + 100));
    stream.receive(null);
    const pieces: Buffer[] = [];
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    await until(() => stream.readableEnded);
    assert.ok(Buffer.concat(pieces).equals(sent));
    assert.ok(pieces.length < 12, `${pieces.length} pieces`);
    assert.equal(stream.unread, 0);
  });

  it("a version that the exit does not speak: CLOSE unsupported", async () => {
    circuit.close();
    circuit = await network.circuit([0]);
    client = byHand(circuit);
    client.send(hello(2));
    await closesWith(CLOSE_CODES.unsupported);
  });

  it("a relay that is no exit says so", async () => {
    const plain = await startRelays(1, { change: () => ({ exit: undefined }) });
    const toPlain = await plain.circuit();
    const hand = byHand(toPlain);
    hand.send(hello());
    assert.equal((await hand.next("CLOSE")).code, CLOSE_CODES.notAnExit);
    await until(() => toPlain.tls.destroyed);
    await plain.close();
  });

  it("NET-11 a client closes on an exit that breaks the protocol", async () => {
    const session = createClientSession({ ...circuit, tls: circuit.tls });
    // The exit has said READY before; a second HELLO makes it say CLOSE.
    await session.closed;
  });
});

describe("node/session bounds", () => {
  it("NET-10 in flight ≤ 2 · rate · minRTT + 64 kB, at most 32 MB, never for more than was sent", () => {
    const now = { ms: 0 };
    const inFlight = createInFlight(() => now.ms);
    assert.equal(inFlight.allowance(), 64_000);
    inFlight.sent(64_000);
    assert.equal(inFlight.allowance(), 0);
    assert.equal(inFlight.acknowledged(64_001), false);
    now.ms = 100;
    assert.equal(inFlight.acknowledged(64_000), true);
    // 640 bytes a ms over 100 ms.
    assert.equal(inFlight.allowance(), 2 * 640 * 100 + 64_000);
    for (let sent = 64_000; now.ms < 3_000; ) {
      const count = inFlight.allowance();
      inFlight.sent(count);
      sent += count;
      now.ms += 100;
      inFlight.acknowledged(sent);
    }
    assert.equal(inFlight.allowance(), 32_000_000);
  });

  it("NET-10 the rate is forgotten after 10 s: a slower path gets less", () => {
    const now = { ms: 0 };
    const inFlight = createInFlight(() => now.ms);
    let total = 0;
    const step = (bytes: number, ms: number) => {
      inFlight.sent(bytes);
      total += bytes;
      now.ms += ms;
      inFlight.acknowledged(total);
    };
    step(1_000_000, 50);
    const fast = inFlight.allowance();
    for (let i = 0; i < 300; i++) step(5_000, 50);
    assert.ok(inFlight.allowance() < fast / 10);
  });

  it("NET-11 windows: 256 kB to 8 MB a stream, 32 MB a session, whatever 256 streams do", () => {
    const budget = createWindowBudget();
    const windows = createSessionWindows(budget);
    const streams = Array.from({ length: 256 }, () => windows.take());
    assert.equal(streams[0], MIN_WINDOW_BYTES);
    assert.ok(streams.every((window) => window >= 32_000));
    assert.ok(streams.reduce((sum, window) => sum + window, 0) <= SESSION_BYTES);
    for (let round = 0; round < 10; round++) for (const [i, window] of streams.entries()) streams[i] = windows.grow(window);
    assert.ok(streams.reduce((sum, window) => sum + window, 0) <= SESSION_BYTES);
    for (const window of streams) windows.give(window);
    assert.equal(budget.granted, 0);
    let alone = windows.take();
    for (let i = 0; i < 10; i++) alone = windows.grow(alone);
    assert.equal(alone, MAX_WINDOW_BYTES);
  });

  it("NET-11 the process's share bounds all sessions together", () => {
    const budget = createWindowBudget(1_000_000);
    const sessions = Array.from({ length: 10 }, () => createSessionWindows(budget));
    const taken = sessions.flatMap((session) => Array.from({ length: 10 }, () => session.take()));
    assert.ok(budget.granted <= 1_000_000);
    assert.ok(taken.includes(0));
  });
});
