import assert from "node:assert/strict";
import { createTicketIssuer, createTicketWallet } from "../../../node/circuit/tickets.ts";
import { requestTickets, serveTickets } from "../../../node/link/ticketProtocol.ts";
import { until } from "../../support/sockets.ts";
import { linkNetwork } from "./linkHarness.ts";

const HOST = "127.0.0.1";

describe("NET-17 tickets over a link that fails", () => {
  let network: ReturnType<typeof linkNetwork>;
  beforeEach(() => (network = linkNetwork()));
  afterEach(() => network.close());

  /** `a` extends to `b`, which may hold its answers back. */
  async function pair() {
    const [a, b] = [await network.add(), await network.add()];
    await until(() => a.link.peers().length === 1 && b.link.peers().length === 1);
    const issuer = createTicketIssuer();
    const held: (() => void)[] = [];
    const state = { hold: false, asked: 0 };
    serveTickets(
      {
        on: (protocol, handler) =>
          b.link.on(protocol, (peer, message) => {
            state.asked++;
            if (state.hold) held.push(() => handler(peer, message));
            else handler(peer, message);
          }),
      },
      issuer.issue,
    );
    const wallet = createTicketWallet((peer, depth, n, signal) => requestTickets(a.link, peer, depth, n, signal));
    a.link.onPeerLost((peer) => wallet.forget(peer.nodeId));
    const take = (signal = AbortSignal.timeout(3_000)) => wallet.take(b.identity.nodeId, 1, signal);
    return { a, b, issuer, held, state, wallet, take };
  }

  it("an answer that is lost or comes late costs one circuit its time; each ticket is given out once and good once", async () => {
    const { issuer, held, state, take } = await pair();
    state.hold = true;
    await assert.rejects(take(AbortSignal.timeout(100)), { code: "X0T_NO_TICKET" });
    state.hold = false;
    const taken = [await take()];
    // The late answer finds nobody waiting for it.
    for (const release of held.splice(0)) release();
    for (let i = 0; i < 40; i++) taken.push(await take());
    assert.equal(new Set(taken.map((ticket) => Buffer.from(ticket).toString("hex"))).size, 41, "never the same one twice");
    for (const ticket of taken) assert.equal(issuer.redeem(ticket, HOST)?.depth, 1);
    for (const ticket of taken) assert.equal(issuer.redeem(ticket, HOST), undefined, "a repeated one opens nothing");
  });

  it("a link that is cut while they are asked for ends the wait at once; a new link brings new ones", async () => {
    const { a, b, held, state, take } = await pair();
    state.hold = true;
    const waiting = take();
    const begun = performance.now();
    await until(() => held.length > 0);
    await b.link.close();
    await assert.rejects(waiting, { code: "X0T_NO_TICKET" });
    assert.ok(performance.now() - begun < 2_500, "not at its deadline");
    assert.equal(a.link.peers().length, 0);
    await assert.rejects(take(), { code: "X0T_NO_TICKET" });
  });

  it("tickets of a lost link are not used: their issuer may have forgotten them", async () => {
    const { b, state, wallet, take } = await pair();
    await take();
    const { asked } = state;
    await take();
    assert.equal(state.asked, asked, "from the pile");
    wallet.forget(b.identity.nodeId);
    await take();
    assert.equal(state.asked, asked + 1);
  });
});
