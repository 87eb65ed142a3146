import assert from "node:assert/strict";
import { requestDialback, serveTickets, type DialbackRequest } from "../../../node/link/ticketProtocol.ts";
import { until } from "../../support/sockets.ts";
import { testIdentity } from "../../support/testIdentity.ts";
import { linkNetwork } from "./linkHarness.ts";

const request: DialbackRequest = { ticket: new Uint8Array(16).fill(7), depth: 2, relayPort: 40_001, address: Uint8Array.of(127, 0, 0, 1) };
const noTickets = () => ({ expiresAtMs: Date.now(), tickets: [] });

describe("control link behind NAT", () => {
  let network: ReturnType<typeof linkNetwork>;
  beforeEach(() => (network = linkNetwork()));
  afterEach(() => network.close());
  const hide = (host: string, identity?: Awaited<ReturnType<typeof testIdentity>>) =>
    network.add({ host, behindNat: true, register: false, authorised: () => true, ...(identity && { identity }) });
  const show = (host: string, identity?: Awaited<ReturnType<typeof testIdentity>>) =>
    network.add({ host, authorised: () => true, ...(identity && { identity }) });

  it("NET-20 it listens on nothing and dials every public peer, whoever is lower; two such nodes have no link", async () => {
    const [low, high] = [await testIdentity(), await testIdentity()].sort((x, y) => (x.nodeId < y.nodeId ? -1 : 1));
    const publicOne = await show("127.0.2.1", low);
    const hidden = await hide("127.0.3.1", high);
    assert.equal(hidden.link.port(), 0);
    await until(() => publicOne.link.peers().length === 1 && hidden.link.peers().length === 1, 10_000);
    const other = await hide("127.0.4.1");
    await until(() => publicOne.link.peers().length === 2 && other.link.peers().length === 1, 10_000);
    assert.equal(hidden.link.peers().length, 1);
    assert.equal(publicOne.link.peer(high!.nodeId)?.remoteAddress, "127.0.3.1");
  });

  it("NET-20 after a loss it dials again by itself", async () => {
    const [a, hidden] = [await show("127.0.2.1"), await hide("127.0.3.1")];
    await until(() => a.link.peers().length === 1 && hidden.link.peers().length === 1, 10_000);
    const port = a.link.port();
    await a.link.close();
    await until(() => hidden.link.peers().length === 0, 5_000, "loss");
    const again = await network.add({ host: "127.0.2.1", identity: a.identity, port, authorised: () => true });
    await until(() => again.link.peers().length === 1, 5_000, "link");
  });

  it("NET-17 DIALBACK arrives as it was sent, and its answer comes back; who is not behind NAT says unreachable", async () => {
    const [a, hidden] = [await show("127.0.2.1"), await hide("127.0.3.1")];
    await until(() => a.link.peers().length === 1 && hidden.link.peers().length === 1, 10_000);
    const seen: unknown[] = [];
    serveTickets(hidden.link, noTickets, (peer, got) => Promise.resolve((seen.push(peer, got), 6)));
    serveTickets(a.link, noTickets);
    const signal = AbortSignal.timeout(5_000);
    assert.equal(await requestDialback(a.link, hidden.identity.nodeId, request, signal), 6);
    const six = { ...request, address: new Uint8Array(16).fill(0x20) };
    assert.equal(await requestDialback(a.link, hidden.identity.nodeId, six, signal), 6);
    assert.deepEqual(seen, [a.identity.nodeId, request, a.identity.nodeId, six]);
    assert.equal(await requestDialback(hidden.link, a.identity.nodeId, request, signal), 4);
    await assert.rejects(requestDialback(a.link, (await testIdentity()).nodeId, request, signal), { code: "X0T_NO_LINK" });
  });

  it("NET-17 a DIALBACK that cannot be read ends the link", async () => {
    const [a, hidden] = [await show("127.0.2.1"), await hide("127.0.3.1")];
    serveTickets(hidden.link, noTickets, () => Promise.reject(new Error("it must not get here")));
    for (const payload of [new Uint8Array(0), new Uint8Array(19), new Uint8Array(24), new Uint8Array(34), new Uint8Array(36)]) {
      await until(() => a.link.peers().length === 1 && hidden.link.peers().length === 1, 10_000);
      const lost = new Promise<void>((resolve) => {
        const stop = hidden.link.onPeerLost(() => (stop(), resolve()));
      });
      a.link.peers()[0]!.send("ticket", 3, payload);
      await lost;
    }
  }).timeout(20_000);
});
