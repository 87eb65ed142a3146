import assert from "node:assert/strict";
import net from "node:net";
import { networkInterfaces } from "node:os";
import type { LinkPeer } from "../../../node/link/peer.ts";
import { X0tError } from "../../../core/x0tError.ts";
import { until } from "../../support/sockets.ts";
import { testIdentity } from "../../support/testIdentity.ts";
import { linkNetwork } from "./linkHarness.ts";

describe("control link", () => {
  let network: ReturnType<typeof linkNetwork>;
  beforeEach(() => (network = linkNetwork()));
  afterEach(() => network.close());

  it("NET-17 a pair gets one connection, whoever is lower, and answers requests by id", async () => {
    const [a, b, c] = [await network.add(), await network.add({ host: "127.0.2.1" }), await network.add({ host: "127.0.3.1" })];
    b.link.on("witness", (peer, message) => void peer.reply("witness", message, 2, message.payload.toReversed()));
    await until(() => [a, b, c].every(({ link }) => link.peers().length === 2), 10_000, "full mesh");
    const peer = a.link.peer(b.identity.nodeId) as LinkPeer;
    const answers = await Promise.all(
      [1, 2, 3].map((n) => peer.request("witness", 1, Uint8Array.of(n, 9), AbortSignal.timeout(2_000))),
    );
    assert.deepEqual(answers.map(({ type, payload }) => [type, ...payload]), [[2, 9, 1], [2, 9, 2], [2, 9, 3]]);
    assert.equal(b.link.peer(a.identity.nodeId) !== undefined, true);
    await until(() => peer.rttMs !== undefined && peer.clockOffsetMs !== undefined, 5_000, "beacons");
    assert.ok((peer.rttMs as number) < 200 && Math.abs(peer.clockOffsetMs as number) < 500);
  });

  it("NET-17 dials come from the configured address", async () => {
    const [a, b] = [await network.add({ host: "127.0.2.1" }), await network.add({ host: "127.0.3.1" })];
    await until(() => a.link.peers().length === 1 && b.link.peers().length === 1, 10_000);
    assert.equal(a.link.peers()[0]!.remoteAddress, "127.0.3.1");
    assert.equal(b.link.peers()[0]!.remoteAddress, "127.0.2.1");
  });

  it("NET-17 IPv6 and IPv4 nodes link, whatever address they dial from", async function () {
    if (networkInterfaces().lo?.some(({ family }) => family === "IPv6") !== true) this.skip();
    const [a, b] = [await network.add({ host: "::1", dialFrom: "127.0.0.1" }), await network.add({ host: "127.0.0.1" }), await network.add({ host: "::1" })];
    await until(() => a.link.peers().length === 2 && b.link.peers().length === 2, 10_000);
  });

  it("NET-17 an unregistered node is refused, and let in once it is registered", async () => {
    const a = await network.add();
    const stranger = await network.add({ host: "127.0.2.1", register: false, authorised: () => true });
    const refused = async () => /X0T_TUNNEL_PIN.*[1-9]/.test(await a.registry.getSingleMetricAsString("x0t_link_refused_total"));
    let seen = false;
    await until(() => (void refused().then((value) => (seen = value)), seen), 10_000, "refusal");
    assert.equal(a.link.peers().length, 0);
    network.registered.set(stranger.identity.nodeId, { nodeId: stranger.identity.nodeId, host: "127.0.2.1", port: stranger.link.port() });
    await until(() => a.link.peers().length === 1, 20_000, "link after registration");
  }).timeout(30_000);

  it("NET-17 a peer that is no longer active is dropped", async () => {
    const [a, b] = [await network.add(), await network.add()];
    await until(() => a.link.peers().length === 1 && b.link.peers().length === 1, 10_000);
    network.registered.delete(b.identity.nodeId);
    await until(() => a.link.peers().length === 0, 5_000, "drop");
  });

  it("NET-4 a wrong NodeId at the endpoint is refused", async () => {
    const imposter = await network.add({ register: false, authorised: () => true, targets: () => [] });
    const victim = await testIdentity();
    network.registered.set(victim.nodeId, { nodeId: victim.nodeId, host: "127.0.0.1", port: imposter.link.port() });
    const a = await network.add();
    const refused = async () => /X0T_TUNNEL_PIN.*[1-9]/.test(await a.registry.getSingleMetricAsString("x0t_link_refused_total"));
    let seen = false;
    await until(() => (void refused().then((value) => (seen = value)), seen), 10_000, "refusal");
    assert.equal(a.link.peers().length, 0);
  });

  it("NET-17 bytes that are no TLS end without a link and without harm", async () => {
    const [a, b] = [await network.add(), await network.add()];
    const socket = net.connect(a.link.port(), "127.0.0.1");
    socket.on("error", () => undefined);
    let closed = false;
    socket.on("close", () => (closed = true));
    socket.write(Buffer.alloc(4096, 0xff));
    await until(() => closed, 12_000, "close");
    await until(() => a.link.peers().length === 1 && b.link.peers().length === 1, 10_000);
  });

  it("NET-17 requests end with the link, an abort or a full table, never silently", async () => {
    const [a, b] = [await network.add(), await network.add()];
    await until(() => a.link.peers().length === 1 && b.link.peers().length === 1, 10_000);
    const peer = a.link.peers()[0]!;
    const abort = new AbortController();
    const aborted = peer.request("ticket", 1, new Uint8Array(), abort.signal);
    abort.abort(new Error("enough"));
    await assert.rejects(aborted, /enough/);
    const waiting = Array.from({ length: 256 }, () => peer.request("ticket", 1, new Uint8Array(), AbortSignal.timeout(10_000)));
    const outcomes = Promise.allSettled(waiting);
    await assert.rejects(peer.request("ticket", 1, new Uint8Array(), AbortSignal.timeout(10_000)), { code: "X0T_LINK_BUSY" });
    await b.link.close();
    for (const outcome of await outcomes) {
      assert.ok(outcome.status === "rejected" && (outcome.reason as X0tError).code === "X0T_LINK_CLOSED");
    }
    assert.equal(peer.send("ticket", 1, new Uint8Array()), false);
  });

  it("NET-17 a handler that throws ends the link to that peer only", async () => {
    const [a, b, c] = [await network.add(), await network.add(), await network.add()];
    await until(() => [a, b, c].every(({ link }) => link.peers().length === 2), 10_000);
    a.link.on("voucher", () => {
      throw new X0tError("X0T_BAD_PAY_MESSAGE", "Payment message: bad.");
    });
    const lost: string[] = [];
    a.link.onPeerLost((peer) => lost.push(peer.nodeId));
    b.link.peer(a.identity.nodeId)!.send("voucher", 1, new Uint8Array(3));
    await until(() => lost.length === 1, 5_000);
    assert.deepEqual(lost, [b.identity.nodeId]);
    await until(() => a.link.peers().length === 2, 10_000, "reconnected");
  });

  it("NET-17 a peer that floods loses its link, and nothing grows without bound", async () => {
    const [a, b] = [await network.add(), await network.add()];
    await until(() => a.link.peers().length === 1 && b.link.peers().length === 1, 10_000);
    let handled = 0;
    let lost = 0;
    a.link.on("ticket", () => handled++);
    a.link.onPeerLost(() => lost++);
    const peer = b.link.peers()[0]!;
    const payload = new Uint8Array(1_000);
    while (lost === 0) {
      for (let i = 0; i < 200; i++) peer.send("ticket", 1, payload);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(handled < 4_000, `${handled} messages got through`);
  });

  it("NET-17 a hundred large descriptors go through one link both ways", async () => {
    const [a, b] = [await network.add(), await network.add()];
    await until(() => a.link.peers().length === 1 && b.link.peers().length === 1, 10_000);
    const got = { a: 0, b: 0 };
    a.link.on("descriptor", (_peer, { payload }) => void (got.a += payload.length));
    b.link.on("descriptor", (_peer, { payload }) => void (got.b += payload.length));
    const payload = new Uint8Array(8_192);
    for (let i = 0; i < 100; i++) {
      a.link.peers()[0]!.send("descriptor", 2, payload);
      b.link.peers()[0]!.send("descriptor", 2, payload);
      if (i % 20 === 19) await until(() => got.a === (i + 1) * 8_192 && got.b === (i + 1) * 8_192, 5_000, "delivery");
    }
  });

  it("NET-17 a restarted peer is connected again within 2 s", async () => {
    for (const order of ["lower", "higher"]) {
      const identities = [await testIdentity(), await testIdentity()].sort((x, y) => (x.nodeId < y.nodeId ? -1 : 1));
      const [stays, restarts] = order === "lower" ? [identities[1]!, identities[0]!] : [identities[0]!, identities[1]!];
      const a = await network.add({ identity: stays });
      const b = await network.add({ identity: restarts });
      const port = b.link.port();
      await until(() => a.link.peers().length === 1 && b.link.peers().length === 1, 10_000);
      await b.link.close();
      await until(() => a.link.peers().length === 0, 5_000, "noticed");
      // Let the backoff of the one that stayed grow past what a newcomer would wait.
      const deadline = performance.now() + 3_000;
      await until(() => performance.now() > deadline, 4_000);
      const started = performance.now();
      const again = await network.add({ identity: restarts, port });
      await until(() => a.link.peers().length === 1 && again.link.peers().length === 1, 5_000, `again (${order} restarted)`);
      assert.ok(performance.now() - started < 2_000, `took ${performance.now() - started} ms`);
      network.registered.clear();
    }
  }).timeout(30_000);

  it("a taken port is named with the way out", async () => {
    const a = await network.add();
    await assert.rejects(network.add({ port: a.link.port() }), (error: X0tError) => {
      assert.equal(error.code, "X0T_PORT_TAKEN");
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${a.link.port()}.*change listen\\.controlPort`));
      return true;
    });
  });
});
