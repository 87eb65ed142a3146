import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net, { type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type { Endpoint } from "../../../core/didDocument.ts";
import type { X0tError } from "../../../core/x0tError.ts";
import type { Circuit } from "../../../node/circuit/buildCircuit.ts";
import { createDialbacks, type DialbackPeers, type Dialbacks } from "../../../node/circuit/dialback.ts";
import { createDialbackAnswer } from "../../../node/circuit/dialbackAnswer.ts";
import { EXTENDED_CODES } from "../../../node/circuit/frames.ts";
import { ipToBytes } from "../../../node/circuit/ipBytes.ts";
import { decodePreface, encodePreface, minuteOf, PREFACE_BYTES, PREFACE_KINDS } from "../../../node/circuit/preface.ts";
import { createClientSession } from "../../../node/session/clientSession.ts";
import type { DialbackRequest } from "../../../node/link/ticketProtocol.ts";
import { startOrigin } from "../../support/origin.ts";
import { startRelays, type TestRelay } from "../../support/relays.ts";
import { until } from "../../support/sockets.ts";

const HIDDEN = 1;

describe("node/circuit/dialback", () => {
  let network: Awaited<ReturnType<typeof startRelays>>;
  let dialbacks: Map<number, Dialbacks>;
  /** What the node behind NAT does on DIALBACK; tests put their own in its place. */
  let answer: (from: TestRelay, request: DialbackRequest) => Promise<number>;
  let payeesReady: boolean;
  const open: { destroy(): unknown }[] = [];

  const relay = (i: number) => network.relays[i] as TestRelay;
  const hidden = () => relay(HIDDEN);
  const honest = (): ((from: TestRelay, request: DialbackRequest) => Promise<number>) => {
    const endpointOf = (peer: string): Endpoint | undefined => {
      const found = network.relays.find(({ identity }) => identity.nodeId === peer);
      return found && { host: found.host, relayPort: found.port, controlPort: 1, ...(found === hidden() && { reachable: false }) };
    };
    const dialled = createDialbackAnswer({
      dialFrom: hidden().host,
      endpointOf,
      payees: { forPeer: () => ({ ready: () => payeesReady }) },
      draining: () => false,
      serve: (socket, opener) => hidden().server.serve(socket, opener),
    });
    return (from, request) => dialled(from.identity.nodeId, request);
  };

  beforeEach(async () => {
    dialbacks = new Map();
    payeesReady = true;
    network = await startRelays(3, {
      change(deps, index) {
        if (index === HIDDEN) return { listen: undefined };
        const ask: DialbackPeers["ask"] = (_peer, ticket, depth) =>
          answer(relay(index), { ticket, depth, relayPort: relay(index).port, address: ipToBytes(relay(index).host) as Uint8Array });
        const created = createDialbacks({ addressOf: () => hidden().host, ask }, 1_000);
        dialbacks.set(index, created);
        const endpoint: typeof deps.nextHop.endpoint = (nodeId) => {
          const known = deps.nextHop.endpoint(nodeId);
          return known && { ...known, ...(nodeId === hidden().identity.nodeId && { reachable: false }) };
        };
        return { nextHop: { ...deps.nextHop, endpoint }, dialbacks: created };
      },
    });
    answer = honest();
  });
  afterEach(async () => {
    for (const each of open.splice(0)) each.destroy();
    await network.close();
  });

  const download = async (circuit: Circuit, bytes: number): Promise<void> => {
    const body = randomBytes(bytes);
    const origin = await startOrigin((socket) => socket.end(body));
    try {
      const session = createClientSession(circuit);
      const stream = await session.openStream({ atyp: 1, host: "127.0.0.1", port: origin.port }, AbortSignal.timeout(5_000));
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      assert.ok(Buffer.concat(chunks).equals(body));
      assert.equal(stream.readableEnded, true);
    } finally {
      await origin.close();
    }
  };

  const count = async (at: TestRelay, outcome: string): Promise<number> => {
    const text = await at.registry.getSingleMetricAsString("x0t_relay_connections_total");
    return Number(new RegExp(`kind="dialback",outcome="${outcome}"} (\\d+)`).exec(text)?.[1] ?? 0);
  };
  /** Shows `ticket` at the entry's relay port. */
  const present = async (ticket: Uint8Array, localAddress: string, more: Buffer = Buffer.alloc(0)): Promise<Socket> => {
    const socket = net.connect({ host: relay(0).host, port: relay(0).port, localAddress });
    open.push(socket);
    socket.on("error", () => undefined).resume();
    await once(socket, "connect");
    socket.write(Buffer.concat([encodePreface({ kind: PREFACE_KINDS.dialback, minute: minuteOf(Date.now()), value: ticket }), more]));
    return socket;
  };
  const closed = (socket: Socket) => until(() => socket.closed, 2_000, "reset");
  const refuses = (circuit: Promise<Circuit>, hop: number, code: number) =>
    assert.rejects(circuit, (error) => {
      const { data } = error as X0tError & { data: { hop: number; code?: number } };
      return data.hop === hop && data.code === code;
    });

  it("NET-20 a middle that listens on nothing carries a download; both sides of each pair meter the same bytes", async () => {
    assert.equal(hidden().port, 0);
    const circuit = await network.circuit([0, HIDDEN, 2]);
    await download(circuit, 3_000_000);
    const entry = relay(0);
    const paid = () => entry.payers.get(hidden().identity.nodeId)?.tunnels[0];
    const earned = () => hidden().payees.get(entry.identity.nodeId)?.tunnels[0];
    assert.deepEqual([paid()?.depth, earned()?.depth], [1, 1]);
    assert.ok((earned()?.bytes() ?? 0) > 3_000_000);
    await until(() => paid()?.bytes() === earned()?.bytes(), 2_000, "equal meters");
    circuit.close();
    await until(() => paid()?.released === true && earned()?.released === true);
    // The end may cost the one an alert that the other does not read any more: 24 bytes.
    assert.ok(Math.abs((paid()?.bytes() ?? 0) - (earned()?.bytes() ?? 0)) <= 24);
    assert.equal(await count(entry, "accepted"), 1);
    assert.equal(await count(hidden(), "accepted"), 1);
  });

  it("NET-20 an exit behind NAT carries a download and can be paused for lack of payment", async () => {
    const circuit = await network.circuit([2, 0, HIDDEN]);
    const payee = () => hidden().payees.get(relay(0).identity.nodeId)?.tunnels[0];
    await until(() => payee() !== undefined);
    const earned = payee();
    assert.equal(earned?.depth, 0);
    earned?.setPaused(true);
    let done = false;
    const whole = download(circuit, 500_000).then(() => (done = true));
    const before = earned?.bytes() ?? 0;
    await new Promise((resolve) => setImmediate(() => setTimeout(resolve, 100)));
    assert.equal(done, false);
    assert.ok((earned?.bytes() ?? 0) < before + 100_000);
    earned?.setPaused(false);
    await whole;
    circuit.close();
  });

  it("NET-20 what the node answers goes to the client, and a connection that never comes is given up", async () => {
    answer = () => Promise.resolve(EXTENDED_CODES.busy);
    await refuses(network.circuit([0, HIDDEN, 2]), 1, EXTENDED_CODES.busy);
    answer = () => Promise.resolve(200);
    await refuses(network.circuit([0, HIDDEN, 2]), 1, EXTENDED_CODES.unreachable);
    answer = () => Promise.reject(new Error("no link"));
    await refuses(network.circuit([0, HIDDEN, 2]), 1, EXTENDED_CODES.unreachable);
    payeesReady = false;
    answer = honest();
    await refuses(network.circuit([0, HIDDEN, 2]), 1, EXTENDED_CODES.unpaid);
    answer = () => Promise.resolve(EXTENDED_CODES.ok);
    const started = performance.now();
    await refuses(network.circuit([0, HIDDEN, 2]), 1, EXTENDED_CODES.unreachable);
    assert.ok(performance.now() - started < 4_000);
    assert.equal(dialbacks.get(0)?.waiting(), 0);
  }).timeout(15_000);

  it("NET-20 a ticket works once, from the node's address, while somebody waits; all else is reset and counted", async () => {
    let ticket: Uint8Array = new Uint8Array();
    answer = async (from, request) => {
      ticket = request.ticket;
      const thief = await present(request.ticket, "127.99.0.1");
      await closed(thief);
      const guess = await present(randomBytes(16), hidden().host);
      await closed(guess);
      return honest()(from, request);
    };
    const circuit = await network.circuit([0, HIDDEN, 2]);
    assert.equal(await count(relay(0), "refused"), 2);
    const replay = await present(ticket, hidden().host);
    await closed(replay);
    assert.equal(replay.bytesRead, 0);
    assert.equal(await count(relay(0), "refused"), 3);
    await download(circuit, 100_000);
    circuit.close();
    const late = await present(ticket, hidden().host);
    await closed(late);
    assert.equal(await count(relay(0), "refused"), 4);
  });

  it("NET-20 a node that dials back and sends garbage, or another's TLS, costs its circuit only", async () => {
    answer = async (_from, request) => {
      await present(request.ticket, hidden().host, randomBytes(20_000));
      return EXTENDED_CODES.ok;
    };
    await assert.rejects(network.circuit([0, HIDDEN, 2]), (error) => (error as X0tError & { data: { hop: number } }).data.hop === 1);
    // The ticket's thief behind the same NAT serves another identity: the client's pin refuses it (NET-4).
    answer = async (from, request) => {
      const dialled = createDialbackAnswer({
        dialFrom: hidden().host,
        endpointOf: () => ({ host: from.host, relayPort: from.port, controlPort: 1 }),
        payees: { forPeer: () => ({ ready: () => true }) },
        draining: () => false,
        serve: (socket, opener) => relay(2).server.serve(socket, opener),
      });
      return dialled(from.identity.nodeId, request);
    };
    await assert.rejects(network.circuit([0, HIDDEN, 2]), /not the expected relay/);
    answer = honest();
    (await network.circuit([0, HIDDEN, 2])).close();
    await until(() => network.relays.every(({ server }) => server.stats().tunnels === 0), 8_000);
  }).timeout(15_000);

  it("NET-20 the node dials only the asking peer's own relay port, and only where that is public", async () => {
    const squatter = net.createServer(() => assert.fail("it dialled where it was told to"));
    squatter.listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as net.AddressInfo;
    const real = { ticket: randomBytes(16), depth: 1, relayPort: relay(0).port, address: ipToBytes(relay(0).host) as Uint8Array };
    assert.equal(await answer(relay(0), { ...real, relayPort: port, address: Uint8Array.of(127, 0, 0, 1) }), EXTENDED_CODES.unreachable);
    assert.equal(await answer(relay(0), { ...real, relayPort: relay(2).port }), EXTENDED_CODES.unreachable);
    assert.equal(await answer(hidden(), real), EXTENDED_CODES.unreachable);
    assert.equal(await answer(relay(0), { ...real, depth: 9 }), EXTENDED_CODES.badDepth);
    squatter.close();
    await once(squatter, "close");
  });

  it("NET-20 IPv6: one address however it is written, and an IPv4 one that a dual-stack port shows mapped", async function () {
    if (networkInterfaces().lo?.some(({ family }) => family === "IPv6") !== true) this.skip();
    const [ticket, peer] = [randomBytes(16), relay(0).identity.nodeId];
    const server = net.createServer();
    server.listen(0, "::");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    try {
      for (const [host, dialFrom, written] of [["::1", "::1", "0:0:0:0:0:0:0:1"], ["::1", "0.0.0.0", "::0:1"], ["127.0.0.1", hidden().host, "127.0.0.1"]] as const) {
        let linkAddress = "";
        const desk = createDialbacks({
          addressOf: () => linkAddress,
          ask: (_peer, shown, depth) => dial(peer, { ticket: shown, depth, relayPort: port, address: ipToBytes(written) as Uint8Array }),
        });
        const dial = createDialbackAnswer({
          dialFrom,
          endpointOf: () => ({ host, relayPort: port, controlPort: 1 }),
          payees: { forPeer: () => ({ ready: () => true }) },
          draining: () => false,
          serve: (socket) => Promise.resolve(void open.push(socket)),
        });
        linkAddress = host === "::1" ? "::1" : dialFrom;
        const connected = once(server, "connection") as Promise<[Socket]>;
        const called = desk.call(peer, 0, AbortSignal.timeout(3_000));
        const [socket] = await connected;
        open.push(socket);
        await once(socket, "readable");
        const preface = decodePreface(socket.read(PREFACE_BYTES) as Buffer);
        assert.equal(preface?.kind, PREFACE_KINDS.dialback);
        assert.ok(desk.arrive(preface.value, socket.remoteAddress ?? "", socket), `${host} from ${dialFrom}`);
        assert.equal(desk.arrive(ticket, socket.remoteAddress ?? "", socket), false);
        assert.equal(typeof (await called), "object");
      }
    } finally {
      server.close();
    }
  });

  it("NET-20 a peer may call 64 times at once: more is busy, and the places come back", async () => {
    const request = { ticket: randomBytes(16), depth: 1, relayPort: relay(0).port, address: ipToBytes(relay(0).host) as Uint8Array };
    // Nobody waits for these tickets: the relay port resets each of them.
    const codes = await Promise.all(Array.from({ length: 80 }, () => answer(relay(0), request)));
    assert.equal(codes.filter((code) => code === EXTENDED_CODES.busy).length, 16);
    const waits = Array.from({ length: 80 }, () => dialbacks.get(0)?.call(hidden().identity.nodeId, 1, AbortSignal.timeout(300)));
    answer = () => new Promise(() => undefined);
    const results = await Promise.all(waits.slice(0, 70));
    assert.ok(results.includes(EXTENDED_CODES.busy));
    await until(() => dialbacks.get(0)?.waiting() === 0);
    answer = honest();
    await until(() => hidden().server.stats().tunnels === 0);
    (await network.circuit([0, HIDDEN, 2])).close();
  }).timeout(15_000);

  it("NET-20 a circuit given up while its node is called leaves nothing behind", async () => {
    answer = () => new Promise(() => undefined);
    const building = network.circuit([0, HIDDEN, 2]);
    building.catch(() => undefined);
    await until(() => dialbacks.get(0)?.waiting() === 1);
    await relay(0).server.close();
    await assert.rejects(building);
    await until(() => dialbacks.get(0)?.waiting() === 0);
  });
});
