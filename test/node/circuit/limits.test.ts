import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import type { Duplex } from "node:stream";
import { Registry } from "prom-client";
import { X0tError } from "../../../core/x0tError.ts";
import { buildCircuit, type Circuit } from "../../../node/circuit/buildCircuit.ts";
import { createByteRate } from "../../../node/circuit/byteRates.ts";
import { encodeFrame } from "../../../node/circuit/encodeFrame.ts";
import { RESET_CODES } from "../../../node/circuit/frames.ts";
import type { RelayLimits, SessionServer } from "../../../node/circuit/relayDeps.ts";
import { relayLimitsOf } from "../../../node/relayLimits.ts";
import { createClientSession, type ClientSession } from "../../../node/session/clientSession.ts";
import { createExit } from "../../../node/session/createExit.ts";
import type { ExitStreamLimits } from "../../../node/session/exitStreams.ts";
import { startOrigin } from "../../support/origin.ts";
import { ANY_LOOPBACK, entryOf, freePayee, startRelays, type TestRelay } from "../../support/relays.ts";
import { until } from "../../support/sockets.ts";

async function ended(relay: TestRelay, reason: string): Promise<number> {
  const text = await relay.registry.getSingleMetricAsString("x0t_relay_ended_total");
  return Number(new RegExp(`reason="${reason}"} (\\d+)`).exec(text)?.[1] ?? 0);
}

describe("node/circuit limits (NET-16)", () => {
  let network: Awaited<ReturnType<typeof startRelays>> | undefined;
  let origin: Awaited<ReturnType<typeof startOrigin>> | undefined;
  const circuits: Circuit[] = [];

  const start = async (limits: Partial<RelayLimits>) => {
    network = await startRelays(2, { change: (_deps, index) => (index === 0 ? { limits: { lookMs: 20, ...limits } } : {}) });
    return network.relays as [TestRelay, TestRelay];
  };
  const build = async () => {
    const circuit = await (network as NonNullable<typeof network>).circuit();
    circuits.push(circuit);
    return circuit;
  };
  /** A stream over a circuit of its own to an origin that sends for ever. */
  const endless = async (): Promise<{ circuit: Circuit; stream: Duplex }> => {
    origin ??= await startOrigin((socket) => {
      const block = Buffer.alloc(64 << 10);
      const write = () => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on("error", () => undefined).on("drain", write);
      write();
    });
    const circuit = await build();
    const stream = await createClientSession(circuit).openStream({ atyp: 1, host: "127.0.0.1", port: origin.port }, AbortSignal.timeout(5_000));
    stream.on("error", () => undefined);
    return { circuit, stream };
  };

  afterEach(async () => {
    for (const circuit of circuits.splice(0)) circuit.close();
    await network?.close();
    origin?.close();
    network = origin = undefined;
  });

  it("NET-16 bytes a second are bounded over all, and circuits get equal parts", async () => {
    const bytesPerSecond = 4_000_000;
    const [entry] = await start({ bytesPerSecond });
    const received = [0, 0, 0];
    for (const i of received.keys()) (await endless()).stream.on("data", (chunk: Buffer) => (received[i]! += chunk.length));
    await until(() => received.every((bytes) => bytes > 200_000), 10_000, "all of them move");
    const before = [...received];
    const [bytesBefore, startedMs] = [entry.server.stats().relayedBytes, performance.now()];
    await until(() => performance.now() - startedMs > 2_500);
    const seconds = (performance.now() - startedMs) / 1_000;
    const rate = (entry.server.stats().relayedBytes - bytesBefore) / seconds;
    assert.ok(rate < bytesPerSecond * 1.35 && rate > bytesPerSecond * 0.6, `${Math.round(rate)} bytes a second`);
    const parts = received.map((bytes, i) => bytes - before[i]!);
    assert.ok(Math.min(...parts) > 0.5 * Math.max(...parts), parts.join());
  }).timeout(20_000);

  it("NET-16 bytes a second of one client are bounded, whatever it opens", async () => {
    const [entry] = await start({ bytesPerSecondPerPeer: 3_000_000 });
    for (let i = 0; i < 2; i++) (await endless()).stream.resume();
    await until(() => entry.server.stats().relayedBytes > 3_000_000, 10_000);
    const [bytesBefore, startedMs] = [entry.server.stats().relayedBytes, performance.now()];
    await until(() => performance.now() - startedMs > 2_000);
    const rate = ((entry.server.stats().relayedBytes - bytesBefore) / (performance.now() - startedMs)) * 1_000;
    assert.ok(rate < 3_000_000 * 1.4, `${Math.round(rate)} bytes a second`);
  }).timeout(20_000);

  it("NET-16 a pipe without a byte ends after its idle time, one that pings does not", async () => {
    const [entry] = await start({ idleMs: 400 });
    const silent = await build();
    const session = createClientSession(await build());
    await until(() => entry.server.stats().circuits === 2);
    const startedMs = performance.now();
    while (!silent.tls.destroyed && performance.now() - startedMs < 5_000) await session.ping(AbortSignal.timeout(2_000));
    assert.equal(silent.tls.destroyed, true);
    assert.ok(performance.now() - startedMs >= 300);
    assert.equal(await ended(entry, "idle"), 1);
    await session.ping(AbortSignal.timeout(2_000));
    session.close();
  });

  /** A pipe whose exit floods and reads nothing of windows, to a client that stops reading. */
  const floodedPipe = async (limits: Partial<RelayLimits>) => {
    const flood: SessionServer = {
      serve({ tls }) {
        const block = Buffer.alloc(64 << 10);
        const write = () => {
          while (tls.writable && tls.write(block));
        };
        tls.on("drain", write).on("data", () => undefined);
        write();
        return { setPaused: () => undefined, records: () => 0, streams: () => 0, idle: () => true, goAway: () => undefined, close: () => tls.destroy() };
      },
      join: () => 0,
      close: () => undefined,
    };
    network = await startRelays(2, { change: (_deps, index) => (index === 0 ? { limits: { lookMs: 20, ...limits } } : { exit: flood }) });
    const [entry, exit] = network.relays as [TestRelay, TestRelay];
    const door = await startDoor(entry);
    const hop = { ...entry.hop, endpoint: { host: "127.0.0.1", relayPort: door.port } };
    const circuit = await buildCircuit({ path: [hop, exit.hop], entry: entryOf(entry), payer: freePayee(), signal: AbortSignal.timeout(5_000) });
    circuits.push(circuit);
    circuit.tls.write(encodeFrame({ type: "HELLO", version: 1, sessionId: new Uint8Array(16), key: new Uint8Array(32) }));
    circuit.tls.resume();
    return { entry, door };
  };
  /** A TCP relay in front of an entry that can stop to pass bytes on. */
  const startDoor = async (entry: TestRelay) => {
    let stopped = false;
    const door = await startOrigin((client) => {
      const relay = net.connect(entry.port, entry.host);
      relay.on("error", () => undefined).once("close", () => client.destroy());
      client.once("close", () => relay.destroy());
      client.pipe(relay);
      relay.on("data", (chunk: Buffer) => {
        if (!client.write(chunk) || stopped) relay.pause();
      });
      client.on("drain", () => stopped || relay.resume());
    });
    origin = door;
    return { port: door.port, stop: () => void (stopped = true) };
  };

  it("NET-16 a client that reads nothing while bytes wait for it loses its circuit; one that reads does not", async () => {
    const { entry, door } = await floodedPipe({ stalledMs: 600 });
    const startedMs = performance.now();
    await until(() => performance.now() - startedMs > 1_500);
    assert.equal(entry.server.stats().tunnels, 1, "it reads");
    door.stop();
    await until(() => entry.server.stats().tunnels === 0, 10_000, "it is gone");
    assert.equal(await ended(entry, "stalled"), 1);
  }).timeout(20_000);

  it("NET-16 memory for slow readers is bounded: the slowest give it back", async () => {
    const { entry, door } = await floodedPipe({ stalledMs: 3_600_000, bufferBytes: 1 });
    door.stop();
    await until(() => entry.server.stats().tunnels === 0, 10_000, "ended for memory");
    assert.equal(await ended(entry, "memory"), 1);
  }).timeout(20_000);

  /** One relay whose exit has limits, and an origin that sends for ever. */
  const limitedExit = async (exitLimits: ExitStreamLimits, limits: Partial<RelayLimits> = {}) => {
    network = await startRelays(1, {
      change: ({ dialFrom }) => ({
        limits,
        exit: createExit({ rules: ANY_LOOPBACK, allowLoopback: true, dnsServers: [], dialFrom, relayAddresses: () => [], registry: new Registry(), limits: exitLimits }),
      }),
    });
    const session = async () => createClientSession(await build());
    return { session, open: (from: ClientSession) => from.openStream({ atyp: 1, host: "127.0.0.1", port: (origin as { port: number }).port }, AbortSignal.timeout(5_000)) };
  };

  it("NET-16 an exit's streams are bounded over all, and memory for those that are not read: they are reset, others go on", async () => {
    const { session, open } = await limitedExit({ streams: 3, bufferBytes: 100_000, lookMs: 50 });
    origin = await startOrigin((socket) => {
      const block = Buffer.alloc(64 << 10);
      const write = () => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on("drain", write);
      write();
    });
    const [first, second] = [await session(), await session()];
    const reading = await open(first);
    const [unread, other] = [await open(first), await open(second)];
    await assert.rejects(open(second), (error: unknown) => error instanceof X0tError && error.code === "X0T_OPEN_REFUSED");
    for (const stream of [reading, other]) stream.on("error", () => undefined).resume();
    const [error] = (await once(unread, "error")) as [X0tError];
    assert.equal(error.code, "X0T_STREAM_RESET");
    assert.equal(error.data.code, RESET_CODES.limit);
    const before = reading.receiveNext;
    await until(() => reading.receiveNext > before);
    assert.equal(reading.destroyed || other.destroyed, false);
  }).timeout(20_000);

  it("NET-16 a peer whose circuits carry too many streams gets no further session", async () => {
    const { session, open } = await limitedExit({}, { streamsPerPeer: 1 });
    origin = await startOrigin((socket) => void socket.resume());
    const first = await session();
    const stream = await open(first);
    await assert.rejects(open(await session()), (error: unknown) => error instanceof X0tError && error.code === "X0T_CIRCUIT_LOST");
    stream.on("error", () => undefined).destroy();
    await until(() => network?.relays[0]?.server.stats().streams === 0);
    await open(await session());
  });

  it("a byte rate pays the small debts in full and shares the rest equally", () => {
    const now = { ms: 0 };
    const rate = createByteRate<string>(100_000, () => now.ms);
    const charge = (spent: Record<string, number>) => {
      now.ms += 20;
      const { owing, part } = rate.charge(new Map(Object.entries(spent)));
      return [[...owing].sort().join(""), Math.round(part)];
    };
    assert.deepEqual(charge({ a: 10_000, b: 1_000 }), ["", 13_000], "39,000 of half a second's left");
    assert.deepEqual(charge({ a: 30_000, b: 1_000, c: 30_000 }), ["ac", 4_096], "b paid; 20,000 are short");
    for (let i = 0; i < 9; i++) assert.deepEqual(charge({ a: 0, c: 0 }), ["ac", 4_096], `${i}`);
    assert.deepEqual(charge({ a: 0, c: 0 })[0], "");
    for (let i = 0; i < 100; i++) charge({ a: 0 });
    assert.deepEqual(charge({ a: 0 }), ["", 50_000]);
  });

  it("the config's limits come in seconds and megabytes; what is left out keeps its default", () => {
    assert.deepEqual(relayLimitsOf({ idleSeconds: 90, bufferMegabytes: 64, bytesPerSecond: 1_000_000 }), { idleMs: 90_000, bufferBytes: 64 << 20, bytesPerSecond: 1_000_000 });
    assert.deepEqual(relayLimitsOf(), {});
  });
});
