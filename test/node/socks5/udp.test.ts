import assert from "node:assert/strict";
import dgram from "node:dgram";
import { once } from "node:events";
import net, { type Socket } from "node:net";
import { Registry } from "prom-client";
import { X0tError } from "../../../core/x0tError.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { MAX_DATAGRAM_BYTES, REPLIES, type Target } from "../../../node/circuit/frames.ts";
import { createSocksServer, type SocksServer } from "../../../node/socks5/server.ts";
import { parseUdpRequest, udpReplyHeader } from "../../../node/socks5/udpHeader.ts";
import type { SocksAssociate } from "../../../node/socks5/udpRelay.ts";
import { associate as associateThrough, datagramTo, type TestAssociation } from "../../support/socksUdp.ts";
import { until } from "../../support/sockets.ts";

describe("node/socks5 UDP ASSOCIATE (NET-14)", () => {
  let registry: Registry;
  let server: SocksServer;
  let port: number;
  let opened: { key: string; sent: { target: Target; payload: Buffer }[]; answer(source: Target, payload: Buffer): void; closed: boolean }[];
  let open: SocksAssociate;
  const undo: (() => void)[] = [];

  const start = async (host: string) => {
    registry = new Registry();
    opened = [];
    open = (key, answer) => {
      const association = { key, sent: [] as { target: Target; payload: Buffer }[], answer, closed: false };
      opened.push(association);
      return Promise.resolve({
        send: (target, payload) => association.sent.push({ target, payload }) > 0,
        close: () => void (association.closed = true),
      });
    };
    server = createSocksServer({ host, port: 0, connect: () => Promise.resolve(REPLIES.generalFailure), associate: (...args) => open(...args), log: createLogger("socks", "silent"), registry });
    port = await server.start();
  };
  beforeEach(() => start("127.0.0.1"));
  afterEach(async () => {
    for (const step of undo.splice(0)) step();
    await server.close();
  });
  const associate = async (options: { host?: string; credentials?: string } = {}): Promise<TestAssociation> => {
    const association = await associateThrough(port, options);
    undo.push(() => association.close());
    return association;
  };
  const counted = async (outcome: string): Promise<number> =>
    Number(new RegExp(`x0t_socks_datagrams_total\\{outcome="${outcome}"\\} (\\d+)`).exec(await registry.metrics())?.[1] ?? 0);
  const replyTo = async (request: string): Promise<string> => {
    const socket: Socket = net.connect({ port, host: "127.0.0.1" });
    undo.push(() => socket.destroy());
    let received = "";
    socket.on("error", () => undefined).on("data", (chunk: Buffer) => (received += chunk.toString("hex")));
    socket.write(Buffer.from(request, "hex"));
    await until(() => received.length >= 24);
    return received.slice(4);
  };
  const ASSOCIATE = "05010005030001000000000000";

  it("RFC 1928 names where to send, and carries datagrams with their addresses both ways", async () => {
    const { bound, socket, received } = await associate();
    assert.equal(bound.address, "127.0.0.1");
    const targets: Target[] = [
      { atyp: 1, host: "192.0.2.1", port: 53 },
      { atyp: 4, host: "2001:db8:0:0:0:0:0:1", port: 443 },
      { atyp: 3, host: "example.org", port: 5_353 },
    ];
    for (const [i, target] of targets.entries()) socket.send(datagramTo(target, Buffer.from(`q${i}`)), bound.port, bound.address);
    await until(() => opened[0]?.sent.length === 3);
    assert.deepEqual(opened[0]?.sent.map(({ target }) => target), targets);
    assert.deepEqual(opened[0]?.sent.map(({ payload }) => payload.toString()), ["q0", "q1", "q2"]);
    for (const [i, target] of targets.slice(0, 2).entries()) opened[0]?.answer(target, Buffer.from(`a${i}`));
    await until(() => received.length === 2);
    assert.deepEqual(received.map((bytes) => bytes.toString("hex")), [`00000001c00002010035${Buffer.from("a0").toString("hex")}`, `0000000420010db8000000000000000000000001${"01bb"}${Buffer.from("a1").toString("hex")}`]);
    assert.equal(await counted("sent"), 3);
  });

  it("RFC 1928 over IPv6 the address named is IPv6", async () => {
    await server.close();
    await start("::1");
    const { bound, socket, received } = await associate({ host: "::1" });
    assert.equal(bound.address, "0:0:0:0:0:0:0:1");
    socket.send(datagramTo({ atyp: 1, host: "192.0.2.1", port: 53 }, Buffer.from("q")), bound.port, "::1");
    await until(() => opened[0]?.sent.length === 1);
    opened[0]?.answer({ atyp: 1, host: "192.0.2.1", port: 53 }, Buffer.from("a"));
    await until(() => received.length === 1);
  });

  it("NET-14 is tied to the control connection's address and the first source port", async () => {
    const { bound, socket, received } = await associate();
    const target: Target = { atyp: 1, host: "192.0.2.1", port: 53 };
    const foreign = async (host: string) => {
      const other = dgram.createSocket("udp4");
      undo.push(() => other.close());
      other.bind(0, host);
      await once(other, "listening");
      other.send(datagramTo(target, Buffer.from("foreign")), bound.port, bound.address);
    };
    await foreign("127.0.0.2");
    socket.send(datagramTo(target, Buffer.from("mine")), bound.port, bound.address);
    await until(() => opened[0]?.sent.length === 1);
    await foreign("127.0.0.1");
    socket.send(datagramTo(target, Buffer.from("mine")), bound.port, bound.address);
    await until(() => opened[0]?.sent.length === 2);
    assert.ok(opened[0]?.sent.every(({ payload }) => payload.toString() === "mine"));
    assert.equal(await counted("foreign"), 2);
    opened[0]?.answer(target, Buffer.from("answer"));
    await until(() => received.length === 1);
  });

  it("NET-14 an answer before the application's first datagram goes nowhere", async () => {
    await associate();
    opened[0]?.answer({ atyp: 1, host: "192.0.2.1", port: 53 }, Buffer.from("early"));
    assert.equal(await counted("dropped"), 1);
  });

  it("NET-14 drops and counts fragments, what it does not understand, and what is too long", async () => {
    const { bound, socket } = await associate();
    const target: Target = { atyp: 1, host: "192.0.2.1", port: 53 };
    const good = datagramTo(target, Buffer.from("good"));
    const changed = (at: number, value: number) => {
      const bytes = Buffer.from(good);
      bytes[at] = value;
      return bytes;
    };
    const send = (bytes: Buffer) => socket.send(bytes, bound.port, bound.address);
    for (const fragment of [1, 0x80, 0xff]) send(changed(2, fragment));
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(4), changed(0, 1), changed(1, 1), changed(3, 0), changed(3, 2), changed(3, 0x7f), good.subarray(0, 9), datagramTo({ ...target, port: 0 }, Buffer.of(1)), Buffer.from("0000000300" + "0035", "hex"), Buffer.from("00000003036120620035", "hex")]) send(bytes);
    send(datagramTo(target, Buffer.alloc(MAX_DATAGRAM_BYTES + 1)));
    send(datagramTo(target, Buffer.alloc(MAX_DATAGRAM_BYTES)));
    await until(() => opened[0]?.sent.length === 1);
    assert.deepEqual(await Promise.all(["fragment", "malformed", "oversize", "sent"].map(counted)), [3, 11, 1, 1]);
    assert.equal(opened[0]?.sent[0]?.payload.length, MAX_DATAGRAM_BYTES);
  });

  it("NET-14 ends with its control connection, half closed or reset, and with the server", async () => {
    const stillBound = async (bound: { port: number }) => {
      const probe = dgram.createSocket("udp4");
      probe.bind({ port: bound.port, address: "127.0.0.1", exclusive: true });
      const taken = await once(probe, "listening").then(() => false, () => true);
      probe.close();
      return taken;
    };
    const [first, second, third] = [await associate(), await associate(), await associate()];
    assert.equal(await stillBound(first.bound), true);
    first.control.end();
    second.control.resetAndDestroy();
    await until(() => opened.slice(0, 2).every(({ closed }) => closed));
    for (const { bound } of [first, second]) assert.equal(await stillBound(bound), false);
    assert.equal(opened[2]?.closed, false);
    assert.match(await registry.metrics(), /x0t_socks_associations 1\n/);
    await server.close();
    await until(() => opened[2]?.closed === true);
    assert.equal(await stillBound(third.bound), false);
    await start("127.0.0.1");
  });

  it("NET-10 isolation by credentials applies to it too", async () => {
    for (const credentials of ["a:b", "a:b", "a:c", undefined]) await associate(credentials === undefined ? {} : { credentials });
    const keys = opened.map(({ key }) => key);
    assert.equal(keys[0], keys[1]);
    assert.equal(new Set(keys).size, 3);
    assert.equal(keys[3], "");
  });

  it("tells why there is no association: the reply, a failure, or that it is given up", async () => {
    open = () => Promise.resolve(REPLIES.notAllowed);
    assert.equal(await replyTo(ASSOCIATE), "05020001000000000000");
    open = () => Promise.reject(new X0tError("X0T_NO_CIRCUIT", "no"));
    assert.equal(await replyTo(ASSOCIATE), "05010001000000000000");
    let given: AbortSignal | undefined;
    let closed = false;
    open = (_key, _answer, signal) => {
      given = signal;
      return once(signal, "abort").then(() => ({ send: () => true, close: () => void (closed = true) }));
    };
    const leaving = net.connect({ port, host: "127.0.0.1" });
    leaving.write(Buffer.from(ASSOCIATE, "hex"));
    await until(() => given !== undefined);
    leaving.destroy();
    await until(() => closed);
    assert.match(await registry.metrics(), /x0t_socks_associations 0\n/);
  });

  it("ignores where the application says it will send from, but not an address type it does not know", async () => {
    assert.match(await replyTo(`050100${"050300030b"}${Buffer.from("example.org").toString("hex")}0050`), /^050000017f000001/);
    assert.equal(await replyTo("05010005030005"), "05080001000000000000");
  });

  it("serves 256 at once and refuses more", async function () {
    this.timeout(20_000);
    await Promise.all(Array.from({ length: 256 }, () => associate()));
    assert.equal(await replyTo(ASSOCIATE), "05010001000000000000");
    undo.shift()?.();
    await until(() => opened.some(({ closed }) => closed));
    await associate();
  });

  it("the parser never throws, and reads what it writes", () => {
    for (let i = 0; i < 5_000; i++) {
      const bytes = Buffer.from(Array.from({ length: i % 40 }, () => Math.floor(Math.random() * 256)));
      if (i % 3 > 0) bytes.fill(0, 0, Math.min(3, bytes.length));
      const parsed = parseUdpRequest(bytes);
      if (typeof parsed === "string") continue;
      assert.ok(parsed.target.port > 0 && parsed.target.host.length > 0);
      const header = parsed.target.atyp === 3 ? undefined : udpReplyHeader(parsed.target);
      if (header !== undefined) assert.deepEqual(parseUdpRequest(Buffer.concat([header, parsed.payload])), parsed);
    }
  });
});
