import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { Registry } from "prom-client";
import type { Hex } from "viem";
import { UNIT_WEI } from "../../../core/parameters.ts";
import { createAccountDialer, dialAccountTunnel } from "../../../node/account/accountDialer.ts";
import { createAccountServer, type AccountServer } from "../../../node/account/accountServer.ts";
import { createAccountTunnel, type AccountTunnel } from "../../../node/account/accountTunnel.ts";
import { createPushLimit } from "../../../node/account/pushLimit.ts";
import { createTokenIssuer } from "../../../node/account/tokenIssuer.ts";
import { createRelayServer } from "../../../node/circuit/relayServer.ts";
import { createTicketIssuer } from "../../../node/circuit/tickets.ts";
import { createWorkGate } from "../../../node/circuit/work.ts";
import type { Identity } from "../../../node/identity/identity.ts";
import type { Payments } from "../../../node/payment/payments.ts";
import { testIdentity } from "../../support/testIdentity.ts";
import { CHANNEL, eventually, fakeChain, OTHER_KEY, paymentsOf, silent, temporaryHome } from "../payment/harness.ts";

const WORK_BITS = 4;

describe("account tunnels (NET-18)", () => {
  const undo: (() => Promise<unknown> | unknown)[] = [];
  let identity: Identity;
  before(async () => {
    identity = await testIdentity();
  });
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  async function home(): Promise<string> {
    const made = await temporaryHome();
    undo.push(() => made.remove());
    return made.home;
  }

  interface Guard {
    payments: Payments;
    server: AccountServer;
    tokens: ReturnType<typeof createTokenIssuer>;
    port: number;
    stop(): Promise<void>;
  }

  /** A relay with its payments, as relay.ts wires it. */
  async function startGuard(at: string, chain: ReturnType<typeof fakeChain>, port = 0): Promise<Guard> {
    const registry = new Registry();
    const payments = paymentsOf(at, chain, { key: OTHER_KEY, registry });
    const tokens = createTokenIssuer();
    const blocks = new Map<Hex, Uint8Array>([[identity.nodeId, Uint8Array.of(1, 2, 3)]]);
    const server = createAccountServer({
      payments,
      tokens,
      directory: { documentBlock: () => undefined, descriptorBlock: (id, newerThan = -1) => (newerThan < 7 ? blocks.get(id) : undefined) },
      log: silent,
      registry,
    });
    const relay = createRelayServer({
      identity,
      listen: { host: "127.0.0.1", port },
      dialFrom: "127.0.0.1",
      admission: { tickets: createTicketIssuer(), tokens, work: createWorkGate(identity.nodeId, () => WORK_BITS) },
      payees: { forPeer: () => undefined, forAccount: (account) => payments.payeeForAccount(account) },
      payers: { forPeer: () => undefined },
      nextHop: { endpoint: () => undefined, takeTicket: () => Promise.reject(new Error("none")) },
      acceptAccountTunnel: (tls) => server.accept(tls),
      exit: undefined,
      log: silent,
      registry,
    });
    let running = true;
    const stop = async () => {
      if (!running) return;
      running = false;
      await relay.close();
      server.close();
      await payments.close();
    };
    undo.push(stop);
    return { payments, server, tokens, port: await relay.start(), stop };
  }

  async function startClient(at: string, chain: ReturnType<typeof fakeChain>, port: number) {
    const payments = paymentsOf(at, chain, { operator: undefined, client: { unitsPerPacket: 3 } });
    const guard = { nodeId: identity.nodeId, host: "127.0.0.1", relayPort: port, workBits: WORK_BITS };
    const events: string[] = [];
    const kinds: string[] = [];
    const pushed: Uint8Array[] = [];
    const tunnel: AccountTunnel = createAccountTunnel({
      nodeId: identity.nodeId,
      dial: (token, signal) => {
        kinds.push(token === undefined ? "work" : "token");
        return dialAccountTunnel(guard, token, signal);
      },
      payer: payments.payerForPeer(identity.nodeId),
      onChange: (event) => events.push(event),
      onDescriptor: (block) => pushed.push(block),
      log: silent,
    });
    undo.push(async () => {
      tunnel.close();
      await payments.close();
    });
    return { payments, tunnel, events, kinds, pushed };
  }

  it("NET-6 a stranger whose work is too little by an old descriptor brings more each time, until it is let in", async () => {
    const guard = await startGuard(await home(), fakeChain({}));
    const dial = createAccountDialer(() => ({ nodeId: identity.nodeId, host: "127.0.0.1", relayPort: guard.port, workBits: WORK_BITS - 4 }));
    let tls: TLSSocket | undefined;
    for (let tries = 0; tls === undefined && tries < 3; tries++) tls = await dial(undefined, AbortSignal.timeout(5_000)).catch(() => undefined);
    assert.ok(tls !== undefined, "0, 2, then 4 bits");
    tls.destroy();
  });

  it("NET-6 strangers that prove nothing keep no client out: the oldest makes room", async () => {
    const { server } = await startGuard(await home(), fakeChain({}));
    const tunnels = Array.from({ length: 600 }, () => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() }));
    for (const tunnel of tunnels) server.accept(tunnel as unknown as TLSSocket);
    await eventually(() => tunnels.filter(({ destroyed }) => destroyed).length === 600 - 512, "the oldest are gone");
    assert.equal(tunnels.at(-1)?.destroyed, false);
    assert.equal(server.tunnels(), 512);
    for (const tunnel of tunnels) tunnel.destroy();
  });

  it("NET-18 a voucher proves the channel: the guard gives an account and single-use tokens", async () => {
    const chain = fakeChain({});
    const guard = await startGuard(await home(), chain);
    const { tunnel, payments } = await startClient(await home(), chain, guard.port);
    await eventually(() => tunnel.ready(), "ready");
    const pass = await tunnel.takePass(AbortSignal.timeout(2_000));
    const account = Buffer.from(pass.account).toString("hex");
    assert.equal(guard.tokens.redeem(pass.token), account);
    assert.equal(guard.tokens.redeem(pass.token), undefined, "used up");
    const payee = guard.payments.payeeForAccount(account);
    assert.ok(payee?.ready());
    // NET-19: 10 packets of a three-hop circuit are prepaid, no credit is given.
    assert.equal(payee?.highestVoucher(), 30n * UNIT_WEI);
    assert.equal(payments.signedWei(), 30n * UNIT_WEI);
    assert.equal(guard.payments.earnings().channels[0]?.payer, "client");
    const passes = new Set<string>();
    for (let i = 0; i < 20; i++) passes.add(Buffer.from((await tunnel.takePass(AbortSignal.timeout(2_000))).token).toString("hex"));
    assert.equal(passes.size, 20, "the stock is refilled");
  });

  it("NET-18 GET is answered with what the guard holds, before and after the proof", async () => {
    const chain = fakeChain({});
    const guard = await startGuard(await home(), chain);
    const { tunnel } = await startClient(await home(), fakeChain(), guard.port);
    await eventually(() => tunnel.connected(), "connected");
    const unknown = `0x${"99".repeat(32)}` as const;
    const blocks = await tunnel.fetch("descriptor", [unknown, identity.nodeId], AbortSignal.timeout(2_000));
    assert.deepEqual(blocks.map((block) => [...block]), [[1, 2, 3]]);
    assert.deepEqual(await tunnel.fetch("document", [identity.nodeId], AbortSignal.timeout(2_000)), []);
    const newer = (counter: number) => tunnel.fetch("descriptor", [identity.nodeId], AbortSignal.timeout(2_000), [counter]);
    assert.equal((await newer(6)).length, 1, "an older one is known");
    assert.equal((await newer(7)).length, 0, "this one is known");
    assert.equal(tunnel.ready(), false, "no channel, no account");
  });

  it("NET-18 a restarted guard keeps the books, a restarted client takes nothing twice", async () => {
    const chain = fakeChain({});
    const guardHome = await home();
    const clientHome = await home();
    const first = await startGuard(guardHome, chain);
    const client = await startClient(clientHome, chain, first.port);
    await eventually(() => client.tunnel.ready(), "ready");
    await first.stop();
    await eventually(() => client.events.includes("lost"), "the loss is noticed");
    assert.equal(client.tunnel.ready(), false);
    const second = await startGuard(guardHome, chain, first.port);
    await eventually(() => client.tunnel.ready(), "ready again");
    assert.ok(client.kinds.includes("token"), "comes back with a token first");
    assert.equal(client.kinds.at(-1), "work", "and as a stranger where tokens are forgotten");
    // The proof must be above all before: one unit more.
    assert.equal(client.payments.signedWei(), 31n * UNIT_WEI);
    client.tunnel.close();
    await client.payments.close();
    const again = await startClient(clientHome, chain, second.port);
    await eventually(() => again.tunnel.ready(), "ready after a restart of the client");
    assert.equal(again.payments.signedWei(), 32n * UNIT_WEI);
    const { account } = await again.tunnel.takePass(AbortSignal.timeout(2_000));
    assert.equal(second.payments.payeeForAccount(Buffer.from(account).toString("hex"))?.highestVoucher(), 32n * UNIT_WEI);
  });

  it("NET-19 a client that lost its vouchers gets them back by LAST and pays on above them", async () => {
    const chain = fakeChain({});
    const guard = await startGuard(await home(), chain);
    const before = await startClient(await home(), chain, guard.port);
    await eventually(() => before.tunnel.ready(), "ready");
    before.tunnel.close();
    await before.payments.close();
    const after = await startClient(await home(), chain, guard.port);
    await eventually(() => after.tunnel.ready(), "ready with an empty home");
    assert.equal(after.payments.signedWei(), 31n * UNIT_WEI);
  });

  it("NET-18 without the channel's key there is no account, and three false vouchers end the tunnel", async () => {
    const chain = fakeChain({});
    const guard = await startGuard(await home(), chain);
    const { createVoucherSigner } = await import("../../../node/payment/voucherSignature.ts");
    const { CHAIN_ID, CHANNELS } = await import("../payment/harness.ts");
    const thief = createVoucherSigner({ chainId: CHAIN_ID, channels: CHANNELS }, OTHER_KEY);
    const { createAccountStream } = await import("../../../node/account/accountStream.ts");
    const target = { nodeId: identity.nodeId, host: "127.0.0.1", relayPort: guard.port, workBits: WORK_BITS };
    const tls = await dialAccountTunnel(target, undefined, AbortSignal.timeout(5_000));
    const heard: string[] = [];
    let closed = false;
    const stream = createAccountStream(tls, (m) => heard.push(m.type), () => (closed = true));
    for (let i = 1n; i <= 3n; i++) {
      stream.send({ type: "PAY", channel: CHANNEL, cumulative: i * UNIT_WEI, signature: await thief.sign(CHANNEL, i * UNIT_WEI) });
    }
    await eventually(() => closed, "the guard hangs up");
    assert.deepEqual(heard.filter((type) => type !== "STOP"), []);
  });

  it("NET-23 GOAWAY reaches the client", async () => {
    const chain = fakeChain({});
    const guard = await startGuard(await home(), chain);
    const { tunnel, events } = await startClient(await home(), chain, guard.port);
    await eventually(() => tunnel.ready(), "ready");
    guard.server.goAway(10_000);
    await eventually(() => events.includes("leaving") && tunnel.leaving(), "leaving");
  });

  it("NET-23 a descriptor that turns is pushed to every tunnel, proved or not, and is no answer", async () => {
    const chain = fakeChain({});
    const guard = await startGuard(await home(), chain);
    const { tunnel, pushed } = await startClient(await home(), chain, guard.port);
    const stranger = await startClient(await home(), fakeChain(), guard.port);
    await eventually(() => tunnel.ready() && stranger.tunnel.connected(), "connected");
    await eventually(() => guard.server.tunnels() === 2, "both");
    guard.server.pushDescriptor(identity.nodeId, Uint8Array.of(7, 8));
    await eventually(() => pushed.length === 1 && stranger.pushed.length === 1, "pushed");
    assert.deepEqual([...pushed[0]!], [7, 8]);
    assert.deepEqual((await tunnel.fetch("descriptor", [identity.nodeId], AbortSignal.timeout(2_000))).length, 1, "answers are told apart");
    assert.equal(pushed.length, 1);
  });

  it("NET-23 pushes are limited: two of one node and then one a minute, sixteen at once and then four a second", () => {
    let nowMs = 0;
    const may = createPushLimit(() => nowMs);
    const of = (n: number) => `0x${n.toString(16).padStart(64, "0")}` as const;
    assert.deepEqual([may(of(1)), may(of(1)), may(of(1))], [true, true, false]);
    const others = Array.from({ length: 20 }, (_, n) => may(of(2 + n)));
    assert.equal(others.filter(Boolean).length, 14);
    nowMs += 1_000;
    assert.equal(Array.from({ length: 20 }, (_, n) => may(of(100 + n))).filter(Boolean).length, 4);
    assert.equal(may(of(1)), false);
    nowMs += 60_000;
    assert.equal(may(of(1)), true);
    assert.equal(may(of(1)), false);
  });

  it("a malformed message ends the tunnel", async () => {
    const chain = fakeChain({});
    const guard = await startGuard(await home(), chain);
    const target = { nodeId: identity.nodeId, host: "127.0.0.1", relayPort: guard.port, workBits: WORK_BITS };
    for (const bytes of [[0, 5, 99, 0, 0, 0, 0], [0, 6, 32, 0, 0, 0, 0, 7], [0, 1], [0xff, 0xff, 1, 0, 0, 0, 0]]) {
      const tls = await dialAccountTunnel(target, undefined, AbortSignal.timeout(5_000));
      tls.write(Uint8Array.from(bytes));
      await once(tls, "close");
    }
    assert.equal(guard.server.tunnels(), 0);
  });
});
