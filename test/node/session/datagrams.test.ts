import assert from "node:assert/strict";
import dgram from "node:dgram";
import { randomBytes } from "node:crypto";
import { Registry } from "prom-client";
import type { ExitRule } from "../../../core/didDocument.ts";
import { encodeFrame } from "../../../node/circuit/encodeFrame.ts";
import { ATYP, MAX_DATAGRAM_BYTES, RESET_CODES, type Frame, type Target } from "../../../node/circuit/frames.ts";
import { createFrameParser } from "../../../node/circuit/parseFrame.ts";
import { associationId } from "../../../node/session/association.ts";
import { createClientDatagrams, type ClientDatagrams } from "../../../node/session/clientDatagrams.ts";
import { createDatagramExit, type ExitDatagrams } from "../../../node/session/exitDatagrams.ts";
import { createExitMetrics } from "../../../node/session/exitMetrics.ts";
import { createExitPolicy } from "../../../node/session/exitPolicy.ts";
import { createNat64 } from "../../../node/session/nat64.ts";
import type { SessionPath } from "../../../node/session/path.ts";
import { createResolveName } from "../../../node/session/resolveName.ts";
import { createSentLog } from "../../../node/session/sentLog.ts";
import { createSessionWriter } from "../../../node/session/sessionWriter.ts";
import { startDnsServer } from "../../support/dnsServer.ts";
import { until } from "../../support/sockets.ts";
import { startUdpServer } from "../../support/udpServer.ts";

const LOOPBACK: ExitRule[] = [
  { action: "accept", network: "127.0.0.1", ports: [1, 65_535] },
  { action: "accept", network: "::1", ports: [1, 65_535] },
];
const v4 = (port: number, host = "127.0.0.1"): Target => ({ atyp: ATYP.ipv4, host, port });

describe("node/session datagrams (NET-14)", () => {
  const undo: (() => void)[] = [];
  let dns: Awaited<ReturnType<typeof startDnsServer>>;
  let registry: Registry;

  before(async () => {
    dns = await startDnsServer({ "echo.test": ["127.0.0.1"], "six.test": ["::1"], "inside.test": ["10.0.0.1"], "silent.test": null });
  });
  after(() => dns.close());
  beforeEach(() => (registry = new Registry()));
  afterEach(() => {
    for (const step of undo.splice(0).reverse()) step();
  });

  const startExit = (limits: { idleMs?: number; processAssociations?: number } = {}) =>
    createDatagramExit({
      resolve: createResolveName([dns.address]),
      policy: createExitPolicy({ rules: LOOPBACK, allowLoopback: true, relayAddresses: () => [] }),
      nat64: createNat64([dns.address]),
      dialFrom: undefined,
      metrics: createExitMetrics(registry),
      limits,
    });
  const echo = async (...args: Parameters<typeof startUdpServer>) => {
    const server = await startUdpServer(...args);
    undo.push(() => server.close());
    return server;
  };
  /** Both ends of a session, with every frame through the codec. */
  const pair = (exit = startExit()): { client: ClientDatagrams; served: ExitDatagrams; toClient: Frame[]; toExit: Frame[]; block: { exit: boolean } } => {
    const toClient: Frame[] = [];
    const toExit: Frame[] = [];
    const block = { exit: false };
    const [exitParser, clientParser] = [createFrameParser(), createFrameParser()];
    const served = exit.serve((frame) => {
      if (block.exit && frame.type === "DGRAM") return false;
      toClient.push(frame);
      clientParser.push(encodeFrame(frame), (parsed) => assert.ok(client.onFrame(parsed)) as undefined);
      return true;
    });
    const client = createClientDatagrams((frame) => {
      toExit.push(frame);
      // One buffer that is filled again at once, as a tunnel's is.
      const bytes = encodeFrame(frame);
      exitParser.push(bytes, (parsed) => {
        if (parsed.type === "DGRAM") served.onDatagram(parsed.stream, parsed.target, parsed.payload);
        if (parsed.type === "RESET") served.end(parsed.stream);
        return true;
      });
      bytes.fill(0xee);
      return true;
    });
    undo.push(() => served.close(), () => client.close());
    return { client, served, toClient, toExit, block };
  };
  const openOn = (client: ClientDatagrams) => {
    const got: { source: Target; payload: Buffer }[] = [];
    let ends = 0;
    const association = client.open({ onDatagram: (source, payload) => void got.push({ source, payload: Buffer.from(payload) }), onEnd: () => ends++ });
    return { ...association, got, ends: () => ends };
  };
  const outcomes = async (outcome: string): Promise<number> =>
    Number(new RegExp(`x0t_exit_datagrams_total\\{outcome="${outcome}"\\} (\\d+)`).exec(await registry.metrics())?.[1] ?? 0);
  const counted = async (outcome: string, count: number) => {
    let have = -1;
    await until(() => (void outcomes(outcome).then((n) => (have = n)), have === count), 8_000, `${count} ${outcome}`);
  };

  it("NET-14 carries datagrams both ways to IPv4, IPv6 and names, whole, from one port of the exit's", async () => {
    const four = await echo();
    const six = await echo("::1");
    const { client, served } = pair();
    const association = openOn(client);
    const payloads = [Buffer.alloc(0), Buffer.from("x"), randomBytes(MAX_DATAGRAM_BYTES)];
    const targets: Target[] = [v4(four.port), { atyp: ATYP.ipv6, host: "::1", port: six.port }, { atyp: ATYP.name, host: "echo.test", port: four.port }, { atyp: ATYP.name, host: "six.test", port: six.port }];
    for (const target of targets) {
      for (const payload of payloads) {
        const before = association.got.length;
        assert.equal(association.send(target, payload), true);
        await until(() => association.got.length === before + 1);
        const { source, payload: answer } = association.got.at(-1)!;
        assert.ok(answer.equals(payload));
        assert.deepEqual(source, target.port === four.port ? v4(four.port) : { atyp: ATYP.ipv6, host: "0:0:0:0:0:0:0:1", port: six.port });
      }
    }
    for (const { received } of [four, six]) assert.equal(new Set(received.map(({ from }) => from.port)).size, 1);
    assert.equal(dns.queries.filter((name) => name === "echo.test").length, 2, "an A and an AAAA query for three datagrams");
    assert.equal(served.count(), 1);
    await counted("received", 12);
  });

  it("NET-14 asks the policy about each datagram's literal, after resolution", async () => {
    const server = await echo();
    const { client } = pair();
    const association = openOn(client);
    for (const target of [v4(server.port, "10.0.0.1"), v4(25), v4(0), v4(53, "127.0.0.2"), { atyp: ATYP.name, host: "inside.test", port: 53 }, { atyp: ATYP.echo, host: "", port: 7 }]) association.send(target, Buffer.from("no"));
    association.send({ atyp: ATYP.name, host: "nowhere.test", port: 53 }, Buffer.from("no"));
    association.send(v4(server.port), Buffer.from("yes"));
    await until(() => association.got.length === 1);
    await counted("refused", 6);
    await counted("unresolved", 1);
    assert.equal(server.received.length, 1);
  });

  it("NET-14 passes on only what comes from an address that was sent to, from any of its ports", async () => {
    const server = await echo("127.0.0.1", () => undefined);
    const { client } = pair();
    const association = openOn(client);
    association.send(v4(server.port), Buffer.from("hello"));
    await until(() => server.received.length === 1);
    const { port } = server.received[0]!.from;
    const stranger = dgram.createSocket("udp4").bind(0, "127.0.0.9");
    undo.push(() => stranger.close());
    stranger.send("stray", port, "127.0.0.1");
    await counted("stray", 1);
    const otherPort = dgram.createSocket("udp4").bind(0, "127.0.0.1");
    undo.push(() => otherPort.close());
    otherPort.send("friend", port, "127.0.0.1");
    await until(() => association.got.length === 1);
    assert.equal(association.got[0]!.payload.toString(), "friend");
    assert.equal(association.got[0]!.source.port, otherPort.address().port);
  });

  it("NET-14 an answer of more than 8,192 bytes is dropped, and so is one that the circuit cannot take", async () => {
    const server = await echo("127.0.0.1", (bytes, from, socket) => socket.send(Buffer.alloc(Number(bytes)), from.port, from.address));
    const { client, block } = pair();
    const association = openOn(client);
    association.send(v4(server.port), Buffer.from(String(MAX_DATAGRAM_BYTES + 1)));
    await counted("dropped", 1);
    block.exit = true;
    association.send(v4(server.port), Buffer.from("10"));
    await counted("dropped", 2);
    block.exit = false;
    association.send(v4(server.port), Buffer.from("11"));
    await until(() => association.got.length === 1);
    assert.equal(association.got[0]!.payload.length, 11);
    assert.equal(association.send(v4(server.port), Buffer.alloc(MAX_DATAGRAM_BYTES + 1)), false);
  });

  it("NET-14 an idle association ends by RESET, and a datagram that was under way to it revives nothing", async () => {
    const server = await echo();
    const { client, served, toClient } = pair(startExit({ idleMs: 80 }));
    const association = openOn(client);
    for (let i = 0; i < 6; i++) {
      const startedMs = performance.now();
      association.send(v4(server.port), Buffer.of(i));
      await until(() => association.got.length === i + 1);
      await until(() => performance.now() - startedMs > 30);
    }
    assert.equal(association.ends(), 0, "kept while it is used");
    await until(() => association.ends() === 1);
    assert.deepEqual(toClient.at(-1), { type: "RESET", stream: associationId(0), code: RESET_CODES.timeout });
    assert.equal(served.count(), 0);
    assert.equal(association.send(v4(server.port), Buffer.from("late")), false);
    served.onDatagram(associationId(0), v4(server.port), Buffer.from("late"));
    assert.equal(served.count(), 0);
    await counted("dropped", 1);
  });

  it("NET-14 eight associations a session: the one used longest ago gives way to a ninth", async () => {
    const server = await echo();
    const { client, served } = pair();
    const associations = Array.from({ length: 9 }, () => openOn(client));
    const talk = async (i: number) => {
      const association = associations[i]!;
      const before = association.got.length;
      association.send(v4(server.port), Buffer.of(i));
      await until(() => association.got.length === before + 1);
    };
    for (let i = 0; i < 8; i++) await talk(i);
    await talk(0);
    await talk(8);
    assert.equal(served.count(), 8);
    assert.deepEqual(associations.map(({ ends }) => ends()), [0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("NET-14 all sessions together hold a bounded number of them", async () => {
    const server = await echo();
    const exit = startExit({ processAssociations: 2 });
    const [first, second] = [pair(exit), pair(exit)];
    const [a, b, c] = [openOn(first.client), openOn(first.client), openOn(second.client)];
    for (const association of [a, b, c]) association.send(v4(server.port), Buffer.from("x"));
    await until(() => a.got.length + b.got.length === 2 && c.ends() === 1);
    assert.deepEqual(second.toClient, [{ type: "RESET", stream: associationId(0), code: RESET_CODES.limit }]);
    first.served.close();
    const again = openOn(second.client);
    again.send(v4(server.port), Buffer.from("x"));
    await until(() => again.got.length === 1);
    assert.match(await registry.metrics(), /x0t_exit_associations 1\n/);
  });

  it("NET-14 the client ends an association by RESET, if the exit knows of it", async () => {
    const server = await echo();
    const { client, served, toExit } = pair();
    openOn(client).close();
    assert.deepEqual(toExit, []);
    const association = openOn(client);
    association.send(v4(server.port), Buffer.from("x"));
    await until(() => association.got.length === 1);
    association.close();
    association.close();
    assert.equal(toExit.filter(({ type }) => type === "RESET").length, 1);
    assert.equal(served.count() + client.count(), 0);
    // Its port is closed: what still comes goes nowhere.
    server.socket.send("late", server.received[0]!.from.port, "127.0.0.1");
    assert.equal(association.ends(), 0);
  });

  it("NET-14 datagrams that wait for a name are bounded, and do not outlive the session", async () => {
    const { client, served } = pair();
    const association = openOn(client);
    for (let i = 0; i < 40; i++) association.send({ atyp: ATYP.name, host: "silent.test", port: 53 }, Buffer.alloc(8));
    await counted("dropped", 8);
    served.close();
    assert.equal(served.count(), 0);
    association.send(v4(53), Buffer.from("x"));
    await counted("dropped", 41);
  });

  it("NET-11 frames of associations that never were break the protocol; those that ended are ignored", () => {
    const { client } = pair();
    const never: Frame = { type: "DGRAM", stream: associationId(0), target: v4(1), payload: Buffer.from("x") };
    assert.equal(client.onFrame(never), false);
    openOn(client).close();
    assert.equal(client.onFrame(never), true);
    assert.equal(client.onFrame({ type: "RESET", stream: associationId(0), code: 1 }), true);
    assert.equal(client.onFrame({ type: "RESET", stream: associationId(1), code: 1 }), false);
    assert.equal(client.onFrame({ type: "RESET", stream: 1, code: 1 }), false);
    assert.equal(client.onFrame({ ...never, stream: 5 } as Frame), false);
  });

  it("the end of the session ends every association at the client", () => {
    const { client } = pair();
    const associations = [openOn(client), openOn(client)];
    client.close();
    assert.deepEqual(associations.map(({ ends }) => ends()), [1, 1]);
    assert.equal(associations[0]!.send(v4(1), Buffer.from("x")), false);
  });
});

describe("node/session datagrams on a path (NET-10, NET-14)", () => {
  it("NET-10 wait for room as DATA does, 64 of them; the oldest give way, small frames do not wait", () => {
    const writer = createSessionWriter();
    const state = { allowance: 0, sent: 0, frames: [] as Frame[] };
    const pathOf = (into: typeof state) =>
      ({
        log: createSentLog(),
        writable: () => true,
        hasControl: () => false,
        fillControl: (_to: Buffer, at: number) => at,
        allowance: () => into.allowance,
        quantum: () => 1,
        sent: (bytes: number) => (into.sent += bytes),
        write: (bytes: Buffer) => createFrameParser().push(bytes, (frame) => into.frames.push(frame) > 0),
      }) as unknown as SessionPath;
    const path = pathOf(state);
    const datagram = (i: number) => ({ type: "DGRAM" as const, stream: associationId(0), target: v4(53), payload: Buffer.of(i) });
    const each = encodeFrame(datagram(0)).length;
    const fitted = Array.from({ length: 70 }, (_, i) => writer.queueDatagram(datagram(i)));
    assert.deepEqual(fitted, Array.from({ length: 70 }, (_, i) => i < 64));
    writer.queue({ type: "RESET", stream: 3, code: 1 });
    writer.writeSession(path, undefined);
    assert.deepEqual(state.frames.map(({ type }) => type), ["RESET"]);

    state.allowance = 3 * each;
    state.frames = [];
    const copied = { allowance: 1 << 20, sent: 0, frames: [] as Frame[] };
    const copy = pathOf(copied);
    writer.queue({ type: "RESET", stream: 5, code: 1 });
    writer.writeSession(path, copy);
    assert.deepEqual(state.frames.map((frame) => (frame.type === "DGRAM" ? frame.payload[0] : frame.type)), [6, 7, 8, "RESET"]);
    assert.deepEqual(copied.frames.map(({ type }) => type), ["RESET"], "no datagram goes out twice");
    // What is not counted alike at both ends would never be acknowledged.
    assert.equal(copied.sent, encodeFrame({ type: "RESET", stream: 5, code: 1 }).length);
    assert.equal(state.sent, 2 * copied.sent + 3 * each);
    assert.deepEqual(path.log.uncovered().map(({ length }) => length), [copied.sent, copied.sent], "a lost datagram is not sent again");
    writer.shut();
  });
});
