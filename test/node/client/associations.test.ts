import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Registry } from "prom-client";
import type { DidDocument, ExitRule } from "../../../core/didDocument.ts";
import { X0tError } from "../../../core/x0tError.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { ATYP, type Target } from "../../../node/circuit/frames.ts";
import { createAssociations, type DatagramRoute } from "../../../node/client/associations.ts";
import { createClientSession, type ClientSession } from "../../../node/session/clientSession.ts";
import { createSocksServer, type SocksServer } from "../../../node/socks5/server.ts";
import { startDnsServer } from "../../support/dnsServer.ts";
import { ANY_LOOPBACK, startRelays } from "../../support/relays.ts";
import { associate, datagramTo } from "../../support/socksUdp.ts";
import { until } from "../../support/sockets.ts";
import { startUdpServer } from "../../support/udpServer.ts";

const exitOf = (exitPolicy: ExitRule[]) => ({ roles: ["relay", "exit"], exitPolicy }) as unknown as DidDocument;
const OPEN_EXIT = exitOf(ANY_LOOPBACK);
const v4 = (port: number): Target => ({ atyp: ATYP.ipv4, host: "127.0.0.1", port });
/** A query for an A record, as RFC 1035 writes it. */
const query = (id: number, name: string) =>
  Buffer.concat([Buffer.of(id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), ...name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.of(0, 0, 1, 0, 1)]);

describe("UDP through three relays (NET-14)", () => {
  const undo: (() => unknown)[] = [];
  let network: Awaited<ReturnType<typeof startRelays>>;
  let dns: Awaited<ReturnType<typeof startDnsServer>>;
  let server: SocksServer;
  let socksPort: number;
  let routes: { key: string; target: Target | undefined }[];
  let route: (key: string, target: Target | undefined) => Promise<DatagramRoute>;
  let session: ClientSession;

  before(async () => {
    dns = await startDnsServer({ "dns.test": ["127.0.0.1"], "answer.test": ["192.0.2.53"] });
    network = await startRelays(4, { dnsServers: [dns.address] });
  });
  after(async () => {
    await network.close();
    dns.close();
  });
  beforeEach(async () => {
    routes = [];
    session = await newSession();
    route = () => Promise.resolve({ session, document: OPEN_EXIT });
    server = createSocksServer({
      host: "127.0.0.1",
      port: 0,
      connect: (target, _key, signal) => session.openStream(target, signal),
      associate: createAssociations((key, target) => {
        routes.push({ key, target });
        return route(key, target);
      }),
      log: createLogger("socks", "silent"),
      registry: new Registry(),
    });
    socksPort = await server.start();
  });
  afterEach(async () => {
    await server.close();
    for (const step of undo.splice(0).reverse()) await step();
  });

  const newSession = async (hops = [0, 1, 3], options: Parameters<typeof createClientSession>[1] = {}) => {
    const created = createClientSession(await network.circuit(hops), options);
    undo.push(() => created.close());
    await created.ping(AbortSignal.timeout(5_000));
    return created;
  };
  const open = async (credentials?: string) => {
    const association = await associate(socksPort, credentials === undefined ? {} : { credentials });
    undo.push(() => association.close());
    const { bound, socket, received } = association;
    return {
      ...association,
      send: (target: Target, payload: Buffer) => socket.send(datagramTo(target, payload), bound.port, bound.address),
      async ask(target: Target, payload: Buffer): Promise<Buffer> {
        const before = received.length;
        socket.send(datagramTo(target, payload), bound.port, bound.address);
        await until(() => received.length > before, 5_000, "an answer");
        // IPv4 answers: 10 bytes of header.
        return received[before]!.subarray(10);
      },
    };
  };
  const echo = async (...args: Parameters<typeof startUdpServer>) => {
    const target = await startUdpServer(...args);
    undo.push(() => target.close());
    return target;
  };

  it("NET-14 a DNS query by UDP is answered, to a literal and to a name that the exit resolves", async () => {
    const { ask } = await open();
    const port = Number(dns.address.split(":")[1]);
    for (const [i, target] of [v4(port), { atyp: ATYP.name, host: "dns.test", port }].entries()) {
      const answer = await ask(target, query(100 + i, "answer.test"));
      assert.equal(answer.readUInt16BE(0), 100 + i);
      assert.deepEqual([...answer.subarray(-4)], [192, 0, 2, 53]);
    }
    assert.equal(dns.queries.filter((name) => name === "dns.test").length, 2, "an A and an AAAA query, by the exit");
  });

  it("NET-14 carries 8,192 bytes whole, and hundreds of datagrams in order on a quiet way", async () => {
    const target = await echo();
    const { ask, send, received } = await open();
    const whole = randomBytes(8_192);
    assert.ok((await ask(v4(target.port), whole)).equals(whole));
    for (let i = 0; i < 400; i++) {
      send(v4(target.port), Buffer.of(i >> 8, i & 0xff));
      if (i % 20 === 19) await until(() => received.length === i + 2, 5_000, `${i} answers`);
    }
    assert.deepEqual(received.slice(1).map((bytes) => bytes.readUInt16BE(10)), Array.from({ length: 400 }, (_, i) => i));
  });

  it("NET-9 an association outlives a circuit of its session, and keeps its port at the exit", async () => {
    await session.addCircuit(await network.circuit([1, 2, 3]));
    const target = await echo();
    const { ask } = await open();
    await ask(v4(target.port), Buffer.from("before"));
    session.paths().find(({ role }) => role === "lead")!.circuit.tls.destroy();
    await until(() => session.paths().length === 1);
    await ask(v4(target.port), Buffer.from("after"));
    assert.deepEqual(target.received.map(({ bytes }) => String(bytes)), ["before", "after"]);
    assert.equal(new Set(target.received.map(({ from }) => from.port)).size, 1);
  });

  it("NET-12 where streams are sent twice, datagrams are not", async () => {
    session = await newSession([0, 1, 3], { duplicate: true });
    await session.addCircuit(await network.circuit([1, 2, 3]));
    await until(() => session.paths().some(({ role }) => role === "duplicate"), 5_000, "a duplicate path");
    const target = await echo();
    const { ask } = await open();
    for (let i = 0; i < 20; i++) await ask(v4(target.port), Buffer.of(i));
    await session.ping(AbortSignal.timeout(5_000));
    assert.equal(target.received.length, 20);
  });

  it("NET-14 begins anew on another session when its own is lost", async () => {
    const target = await echo();
    const { ask, send, received } = await open();
    await ask(v4(target.port), Buffer.from("first"));
    const second = await newSession([0, 2, 3]);
    session.close();
    await session.closed;
    session = second;
    send(v4(target.port), Buffer.from("second"));
    await until(() => received.length === 2);
    assert.equal(new Set(target.received.map(({ from }) => from.port)).size, 2);
    assert.equal(second.streams(), 1);
  });

  it("NET-10 different credentials go by different sessions", async () => {
    const sessions = new Map<string, ClientSession>();
    route = async (key) => {
      const known = sessions.get(key) ?? (await newSession());
      sessions.set(key, known);
      return { session: known, document: OPEN_EXIT };
    };
    const target = await echo();
    for (const credentials of ["a:1", "b:1", "a:1", undefined]) await (await open(credentials)).ask(v4(target.port), Buffer.from("x"));
    assert.equal(sessions.size, 3);
    assert.deepEqual([...sessions.values()].map((each) => each.streams()), [2, 1, 1]);
  });

  it("NET-15 a target that the exit's policy refuses goes by another exit; the others stay where they are", async () => {
    const other = await newSession([0, 1, 2]);
    const [target, special] = [await echo(), await echo()];
    const narrow = exitOf([{ action: "accept", network: "127.0.0.1", ports: [target.port, target.port] }]);
    route = (_key, wanted) => Promise.resolve(wanted?.port === special.port ? { session: other, document: OPEN_EXIT } : { session, document: narrow });
    const { ask } = await open();
    for (const port of [target.port, special.port, target.port, special.port]) await ask(v4(port), Buffer.from("x"));
    assert.deepEqual([session.streams(), other.streams()], [1, 1]);
    assert.deepEqual(routes.map(({ target: wanted }) => wanted?.port), [undefined, target.port, special.port]);
  });

  it("NET-14 without a circuit the application is told so; datagrams that nobody takes are dropped, not kept", async () => {
    route = () => Promise.reject(new X0tError("X0T_NO_CIRCUIT", "no"));
    await assert.rejects(open(), /SOCKS reply 1/);
    const target = await echo();
    const held = Promise.withResolvers<DatagramRoute>();
    let asked = 0;
    route = (_key, wanted) => (wanted === undefined ? Promise.resolve({ session, document: OPEN_EXIT }) : (asked++, held.promise));
    const { send, received } = await open();
    for (let i = 0; i < 50; i++) send(v4(target.port), Buffer.of(i));
    await until(() => asked === 1);
    await session.ping(AbortSignal.timeout(5_000));
    held.resolve({ session, document: OPEN_EXIT });
    await until(() => received.length === 32);
    assert.equal(target.received.length, 32);
    assert.equal(asked, 1);
  });

  it("NET-14 an exit that ended the association is asked again only after a second", async () => {
    const target = await echo();
    const { ask, send } = await open();
    await ask(v4(target.port), Buffer.from("x"));
    // Eight newer ones push it out.
    for (let i = 0; i < 8; i++) await (await open()).ask(v4(target.port), Buffer.from("y"));
    assert.equal(session.streams(), 8);
    const before = target.received.length;
    const startedMs = performance.now();
    await until(() => (send(v4(target.port), Buffer.from("z")), target.received.length > before), 5_000, "it begins anew");
    assert.ok(performance.now() - startedMs > 500);
    assert.equal(session.streams(), 8);
  });

  it("NET-14 nothing on the client's side resolves names", () => {
    for (const folder of ["node/socks5", "node/client"]) {
      const path = join(import.meta.dirname, "../../..", folder);
      for (const file of readdirSync(path)) assert.doesNotMatch(readFileSync(join(path, file), "utf8"), /node:dns|resolveName|\.lookup\(/, `${folder}/${file}`);
    }
  });
});
