import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Circuit } from "../../../node/circuit/buildCircuit.ts";
import { ATYP } from "../../../node/circuit/frames.ts";
import { createClientSession, type ClientSession, type ClientSessionOptions } from "../../../node/session/clientSession.ts";
import { sendRandom, startOrigin } from "../../support/origin.ts";
import { startRelays, type TestRelay } from "../../support/relays.ts";
import { until } from "../../support/sockets.ts";

/** Three ways to relay 6, that share nothing else. */
const WAYS = [
  [0, 1, 6],
  [2, 3, 6],
  [4, 5, 6],
];

async function sha256Of(stream: Duplex): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

describe("node/session over several circuits (NET-9, NET-12)", () => {
  let network: Awaited<ReturnType<typeof startRelays>>;
  let origin: Awaited<ReturnType<typeof startOrigin>>;
  let serve: (socket: Socket) => void;
  let circuits: Circuit[];
  let session: ClientSession;
  let live: AbortSignal;

  beforeEach(async () => {
    live = AbortSignal.timeout(30_000);
    serve = (socket) => socket.pipe(socket);
    origin = await startOrigin((socket) => serve(socket));
    network = await startRelays(7);
  });
  afterEach(async () => {
    session.close();
    origin.close();
    await network.close();
  });
  const begin = async (options: ClientSessionOptions = {}) => {
    circuits = await Promise.all(WAYS.map((way) => network.circuit(way)));
    session = createClientSession(circuits[0] as Circuit, { keepMs: 5_000, ...options });
    for (const circuit of circuits.slice(1)) await session.addCircuit(circuit);
  };
  const open = () => session.openStream({ atyp: ATYP.ipv4, host: "127.0.0.1", port: origin.port }, live);
  const leader = () => circuits.indexOf(session.paths().find(({ role }) => role === "lead")?.circuit as Circuit);
  const stopMiddle = (index: number, paused: boolean) => {
    const middle = network.relays[WAYS[index]?.[1] as number] as TestRelay;
    for (const payee of middle.payees.values()) for (const tunnel of payee.tunnels) tunnel.setPaused(paused);
  };

  for (const [what, kill] of [
    ["middle", (index: number) => (network.relays[WAYS[index]?.[1] as number] as TestRelay).server.close()],
    ["entry", (index: number) => (network.relays[WAYS[index]?.[0] as number] as TestRelay).server.close()],
  ] as const) {
    it(`a download and an upload live through the death of the leading path's ${what}, twice`, async () => {
      await begin();
      let want = "";
      serve = (socket) => (want = sendRandom(socket, 60e6));
      const down = await open();
      const hash = sha256Of(down);
      serve = (socket) => socket.pipe(socket);
      const up = await open();
      const sent = randomBytes(20_000_000);
      const echoed = sha256Of(up);
      up.end(sent);
      for (let killed = 0; killed < 2; killed++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        await kill(leader());
        await until(() => session.paths().length === 2 - killed);
      }
      assert.equal(await hash, want);
      assert.equal(await echoed, createHash("sha256").update(sent).digest("hex"));
    });
  }

  it("NET-12 a leading path that falls silent is left within 0.5 s, nothing is lost, and it may come back", async () => {
    await begin();
    let want = "";
    serve = (socket) => (want = sendRandom(socket, 40e6));
    const stream = await open();
    let lastMs = performance.now();
    let gapMs = 0;
    const hash = createHash("sha256");
    stream.on("data", (chunk: Buffer) => {
      gapMs = Math.max(gapMs, performance.now() - lastMs);
      lastMs = performance.now();
      hash.update(chunk);
    });
    await once(stream, "data");
    const silent = leader();
    stopMiddle(silent, true);
    await until(() => leader() !== silent, 2_000, "another lead");
    await once(stream, "end");
    assert.equal(hash.digest("hex"), want);
    assert.ok(gapMs < 1_000, `${gapMs} ms without a byte`);
    stopMiddle(silent, false);
    await until(() => session.paths().every(({ suspect }) => !suspect), 5_000, "well again");
  });

  it("NET-12 with duplication a silent path is not even noticed", async () => {
    await begin({ duplicate: true });
    const stream = await open();
    await until(() => session.paths().some(({ role }) => role === "duplicate"));
    let slowestMs = 0;
    for (let i = 0; i < 200; i++) {
      if (i === 100) stopMiddle(leader(), true);
      const startedMs = performance.now();
      stream.write(`ping ${i}`);
      await once(stream, "data");
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    }
    assert.ok(slowestMs < 250, `${slowestMs} ms`);
    stream.destroy();
  });

  it("NET-11 without a circuit a session waits: one that joins in time finds everything", async () => {
    await begin();
    const stream = await open();
    stream.write("a");
    await once(stream, "data");
    for (const circuit of circuits) circuit.close();
    await until(() => session.paths().length === 0);
    stream.write("b");
    await session.addCircuit(await network.circuit([1, 2, 6]));
    assert.equal(String((await once(stream, "data"))[0]), "b");
    stream.destroy();
  });

  it("NET-11 an exit ends a session that nobody comes back to, and its targets", async () => {
    await begin({ keepMs: 100 });
    const stream = await open();
    const lost = once(stream, "error");
    stream.write("a");
    await once(stream, "data");
    for (const circuit of circuits) circuit.close();
    assert.equal(((await lost)[0] as { code: string }).code, "X0T_CIRCUIT_LOST");
    await session.closed;
    await until(() => origin.sockets.size === 0, 5_000, "targets gone");
  });

  it("NET-11 JOIN needs the session's key on this very tunnel; the fifth false one ends the tunnel", async () => {
    await begin();
    const other = await network.circuit([1, 3, 6]);
    const stranger = createClientSession(await network.circuit([3, 1, 6]));
    await assert.rejects(
      stranger.addCircuit({ ...other, tls: new Proxy(other.tls, { get: (tls, key) => (key === "exportKeyingMaterial" ? () => randomBytes(32) : bound(tls, key)) }) }),
      { code: "X0T_JOIN_REFUSED" },
    );
    stranger.close();
  });

  it("streams opened while paths die are opened once", async () => {
    await begin();
    let accepted = 0;
    serve = (socket) => {
      accepted++;
      socket.pipe(socket);
    };
    const opening = Array.from({ length: 40 }, () => open());
    circuits[leader()]?.close();
    const streams = await Promise.all(opening);
    for (const stream of streams) {
      stream.write("x");
      await once(stream, "data");
    }
    assert.equal(accepted, 40);
    for (const stream of streams) stream.destroy();
    await until(() => origin.sockets.size === 0);
  });
});

function bound(target: object, key: string | symbol): unknown {
  const value = Reflect.get(target, key) as unknown;
  return typeof value === "function" ? (value as (...all: unknown[]) => unknown).bind(target) : value;
}
