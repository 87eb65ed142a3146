import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { X0tError } from "../../../core/x0tError.ts";
import type { Circuit } from "../../../node/circuit/buildCircuit.ts";
import { ATYP, REPLIES } from "../../../node/circuit/frames.ts";
import { createClientSession, type ClientSession } from "../../../node/session/clientSession.ts";
import { sendRandom, startOrigin } from "../../support/origin.ts";
import { ACCOUNT, startRelays, type FreePayee, type TestRelay } from "../../support/relays.ts";
import { until } from "../../support/sockets.ts";

/** Made anew for each test: many other files may run before this one. */
let live: AbortSignal;
const hasCode = (code: string) => (error: unknown) => error instanceof X0tError && error.code === code;

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe("node/session over three relays", () => {
  beforeEach(() => {
    live = AbortSignal.timeout(60_000);
  });

  let network: Awaited<ReturnType<typeof startRelays>>;
  let circuit: Circuit;
  let session: ClientSession;
  let origin: Awaited<ReturnType<typeof startOrigin>>;
  let serve: (socket: Socket) => void;

  const open = (port = origin.port) => session.openStream({ atyp: ATYP.ipv4, host: "127.0.0.1", port }, live);
  const lossOf = (stream: Duplex): Promise<X0tError> => once(stream, "error").then(([error]) => error as X0tError);

  beforeEach(async () => {
    serve = (socket) => socket.pipe(socket);
    origin = await startOrigin((socket) => serve(socket));
    network = await startRelays(3);
    circuit = await network.circuit();
    session = createClientSession(circuit);
  });
  afterEach(async () => {
    session.close();
    origin.close();
    await network.close();
  });

  it("downloads 30 MB with the true hash", async () => {
    let want = "";
    serve = (socket) => (want = sendRandom(socket, 30e6));
    const stream = await open();
    assert.equal(sha256(await readAll(stream)), want);
    assert.ok(network.relays.every((relay) => relay.server.stats().relayedBytes > 30e6));
  });

  it("uploads 30 MB and gets them back, both directions at once", async () => {
    const sent = randomBytes(30_000_000);
    const stream = await open();
    const received = readAll(stream);
    stream.end(sent);
    assert.equal(sha256(await received), sha256(sent));
  });

  it("NET-11 FIN is a half close: the answer comes after the client's end, and the other way round", async () => {
    serve = (socket) => {
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk)).once("end", () => socket.end(`got ${Buffer.concat(chunks).length}`));
    };
    const stream = await open();
    stream.end("12345");
    assert.equal(String(await readAll(stream)), "got 5");
    serve = (socket) => {
      socket.end("bye");
      socket.once("data", (chunk: Buffer) => (lastWords = String(chunk)));
    };
    let lastWords = "";
    const second = await open();
    assert.equal(String(await readAll(second)), "bye");
    second.end("after");
    await until(() => lastWords === "after");
    await until(() => session.streams() === 0);
  });

  it("NET-11 a reset at the target is a reset at the client, never an end", async () => {
    serve = (socket) => {
      socket.write("partial");
      socket.once("data", () => socket.resetAndDestroy());
    };
    const stream = await open();
    stream.on("end", () => assert.fail("looked complete"));
    stream.resume();
    const lost = lossOf(stream);
    stream.write("x");
    assert.equal((await lost).code, "X0T_STREAM_RESET");
    await until(() => session.streams() === 0);
    assert.equal((await session.ping(live)) >= 0, true);
  });

  it("NET-11 a client that gives a stream up resets the target's connection", async () => {
    const closed: boolean[] = [];
    serve = (socket) => {
      socket.once("error", () => closed.push(true));
      socket.once("end", () => closed.push(false));
      socket.resume();
    };
    const stream = await open();
    stream.write("x");
    await until(() => origin.sockets.size === 1);
    stream.destroy();
    await until(() => closed.length === 1);
    assert.deepEqual(closed, [true]);
    await until(() => network.relays[2]?.server.stats().streams === 0);
  });

  it("NET-11 a slow reader stops its sender: what is under way stays within the window, others go on", async () => {
    let written = 0;
    serve = (socket) => {
      socket.once("data", (first: Buffer) => {
        if (String(first) === "echo") return void socket.write("pong");
        const block = Buffer.alloc(1 << 20);
        const write = () => {
          while (socket.write(block)) written += block.length;
          written += block.length;
          socket.once("drain", write);
        };
        write();
      });
    };
    const slow = await open();
    slow.write("flood");
    slow.once("readable", () => undefined);
    let before = -1;
    // Stands still: nothing more was accepted from the target for a while.
    const stable = async () => {
      for (let same = 0; same < 20; ) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        same = written === before ? same + 1 : 0;
        before = written;
      }
    };
    await stable();
    const held = slow.readableLength;
    assert.ok(held <= 256_000, `${held} bytes held by the client`);
    // Window, the exit's two buffers and the kernel's.
    assert.ok(written < 16e6, `${written} bytes taken from the target`);
    const other = await open();
    other.write("echo");
    assert.equal(String((await once(other, "data"))[0]), "pong");
    slow.destroy();
    other.destroy();
  });

  it("NET-11 carries 100 streams at once, each with its own bytes", async () => {
    const streams = await Promise.all(Array.from({ length: 100 }, () => open()));
    const results = await Promise.all(
      streams.map(async (stream) => {
        const sent = randomBytes(50_000 + Math.floor(Math.random() * 100_000));
        stream.end(sent);
        return sha256(await readAll(stream)) === sha256(sent);
      }),
    );
    assert.ok(results.every(Boolean));
    await until(() => session.streams() === 0);
    await until(() => network.relays[2]?.server.stats().streams === 0);
  });

  it("NET-15 says why: refused, policy, unknown name", async () => {
    const refusal = (reply: number) => (error: unknown) => error instanceof X0tError && error.code === "X0T_OPEN_REFUSED" && error.data.reply === reply;
    const free = await startOrigin(() => undefined);
    free.close();
    await assert.rejects(open(free.port), refusal(REPLIES.connectionRefused));
    for (const host of ["10.0.0.1", "192.168.1.1", "169.254.169.254", "127.1.0.1", "127.2.0.1"]) {
      await assert.rejects(session.openStream({ atyp: ATYP.ipv4, host, port: 80 }, live), refusal(REPLIES.notAllowed), host);
    }
    await assert.rejects(session.openStream({ atyp: ATYP.ipv4, host: "127.0.0.1", port: 25 }, live), refusal(REPLIES.notAllowed));
    await assert.rejects(session.openStream({ atyp: ATYP.ipv6, host: "::1", port: 80 }, live), refusal(REPLIES.notAllowed));
  });

  for (const [name, index] of [
    ["entry", 0],
    ["middle", 1],
    ["exit", 2],
  ] as const) {
    it(`NET-5 the ${name}'s death is a loss of the circuit: streams are reset, nothing hangs`, async () => {
      serve = (socket) => void sendRandom(socket, 500e6);
      const stream = await open();
      stream.on("end", () => assert.fail("looked complete"));
      const lost = lossOf(stream);
      await once(stream, "data");
      const idle = await open();
      const idleLost = lossOf(idle);
      await (network.relays[index] as TestRelay).server.close();
      assert.equal((await lost).code, "X0T_CIRCUIT_LOST");
      assert.equal((await idleLost).code, "X0T_CIRCUIT_LOST");
      await session.closed;
      await assert.rejects(open(), hasCode("X0T_CIRCUIT_LOST"));
      await assert.rejects(session.ping(live), hasCode("X0T_CIRCUIT_LOST"));
      await until(() => network.relays.every((relay) => relay.server.stats().tunnels === 0), 5_000, "tunnels gone");
      await until(() => origin.sockets.size === 0, 5_000, "targets gone");
    });
  }

  it("NET-12 a relay that falls silent is noticed within 5 s and its circuit given up", async () => {
    const stream = await open();
    stream.write("x");
    await once(stream, "data");
    const lost = lossOf(stream);
    const startedMs = performance.now();
    const middle = network.relays[1] as TestRelay;
    for (const payee of middle.payees.values()) for (const tunnel of payee.tunnels) tunnel.setPaused(true);
    assert.equal((await lost).code, "X0T_CIRCUIT_LOST");
    assert.ok(performance.now() - startedMs < 7_500);
  });

  for (const [name, index] of [
    ["relay", 0],
    ["exit", 2],
  ] as const) {
    it(`NET-19 an unpaid circuit stands still at the ${name} and goes on when paid`, async () => {
      let want = "";
      serve = (socket) => (want = sendRandom(socket, 20e6));
      const stream = await open();
      let received = 0;
      const hash = createHash("sha256");
      stream.on("data", (chunk: Buffer) => {
        received += chunk.length;
        hash.update(chunk);
      });
      await until(() => received > 1e6);
      const payee = [...(network.relays[index] as TestRelay).payees.values()].find(({ tunnels }) => tunnels.length > 0) as FreePayee;
      const [tunnel] = payee.tunnels as [FreePayee["tunnels"][0]];
      tunnel.setPaused(true);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const [before, bytesBefore] = [received, tunnel.bytes()];
      assert.ok(before < 20e6, "paused too late to tell");
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(received, before);
      // The client's pings still arrive.
      assert.ok(tunnel.bytes() - bytesBefore < 1_000);
      tunnel.setPaused(false);
      await once(stream, "end");
      assert.equal(hash.digest("hex"), want);
    });
  }

  it("NET-23 a draining exit says GOAWAY, refuses new streams and resets what is left with its reason", async () => {
    const stream = await open();
    const lost = lossOf(stream);
    const controller = new AbortController();
    const drained = (network.relays[2] as TestRelay).server.drain(controller.signal);
    await until(() => session.goingAway());
    await assert.rejects(open(), X0tError);
    assert.equal(stream.destroyed, false);
    stream.write("still there");
    assert.equal(String((await once(stream, "data"))[0]), "still there");
    controller.abort();
    const error = await lost;
    assert.equal(error.code, "X0T_STREAM_RESET");
    assert.equal(error.data.code, 4);
    await drained;
    await session.closed;
  });

  it("NET-23 a draining relay without traffic is done at once; with a pipe it ends it within its time", async () => {
    session.close();
    await until(() => network.relays.every((relay) => relay.server.stats().tunnels === 0));
    const startedMs = performance.now();
    await (network.relays[1] as TestRelay).server.drain(live);
    assert.ok(performance.now() - startedMs < 500);
    await (network.relays[0] as TestRelay).server.drain(AbortSignal.abort());
  });

  it("NET-8 works with one hop and with two", async () => {
    for (const hops of [[2], [0, 2]]) {
      const other = createClientSession(await network.circuit(hops));
      const stream = await other.openStream({ atyp: ATYP.ipv4, host: "127.0.0.1", port: origin.port }, live);
      stream.end("short way");
      assert.equal(String(await readAll(stream)), "short way");
      other.close();
      await other.closed;
    }
  });

  it("ping tells milliseconds; an aborted OPEN leaves nothing behind", async () => {
    assert.ok((await session.ping(live)) < 2_000);
    const controller = new AbortController();
    const opening = session.openStream({ atyp: ATYP.ipv4, host: "127.0.0.1", port: origin.port }, controller.signal);
    controller.abort();
    await assert.rejects(opening, X0tError);
    await until(() => session.streams() === 0 && network.relays[2]?.server.stats().streams === 0);
    assert.equal((network.relays[0] as TestRelay).payees.get(ACCOUNT)?.tunnels.length, 1);
  });
});
