import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UNIT_WEI } from "../../../core/parameters.ts";
import type { Payments } from "../../../node/payment/payments.ts";
import type { PayMessage } from "../../../node/payment/payMessage.ts";
import { createVoucherSigner } from "../../../node/payment/voucherSignature.ts";
import {
  CHAIN_ID,
  CHANNEL,
  CHANNELS,
  eventually,
  fakeChain,
  link,
  OTHER_KEY,
  PAYEE_NODE,
  PAYER_KEY,
  PAYER_NODE,
  paymentsOf,
  socketPair,
  temporaryHome,
} from "./harness.ts";

describe("payments between two relays", () => {
  const undo: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  async function home() {
    const made = await temporaryHome();
    undo.push(() => made.remove());
    return made.home;
  }
  async function start(at: string, chain: ReturnType<typeof fakeChain>, over = {}): Promise<Payments> {
    const payments = paymentsOf(at, chain, over);
    undo.push(() => payments.close());
    return payments;
  }
  async function tunnel() {
    const pair = await socketPair();
    undo.push(() => pair.close());
    return pair;
  }

  it("a payer's flood of questions costs one call of the chain at a time, and the newest is answered", async () => {
    const chain = fakeChain({});
    let reads = 0;
    let open = 0;
    let most = 0;
    const slow = {
      ...chain,
      async read(id: typeof CHANNEL) {
        reads++;
        most = Math.max(most, ++open);
        await new Promise((resolve) => setTimeout(resolve, 5));
        open--;
        return chain.read(id);
      },
    };
    const payee = (await start(await home(), slow as typeof chain)).payeeForPeer(PAYER_NODE);
    const answers: PayMessage[] = [];
    payee.attach((message) => answers.push(message));
    for (let i = 0; i < 200; i++) payee.onMessage({ type: "LAST_REQUEST", channel: `0x${i.toString(16).padStart(64, "0")}`, units: 0n });
    payee.onMessage({ type: "LAST_REQUEST", channel: CHANNEL, units: 0n });
    await eventually(() => answers.some((message) => message.type === "LAST" && message.channel === CHANNEL), "the newest is answered");
    assert.equal(most, 1);
    assert.ok(reads <= 3, `${reads} reads`);
  });

  it("a flood of vouchers of one wei each is looked at some times a second, and the newest counts", async () => {
    const at = await home();
    const payments = await start(at, fakeChain({}));
    const payee = payments.payeeForPeer(PAYER_NODE);
    payee.attach(() => undefined);
    const signer = createVoucherSigner({ chainId: CHAIN_ID, channels: CHANNELS }, PAYER_KEY);
    const vouchers: PayMessage[] = [];
    for (let wei = 1n; wei <= 120n; wei++) vouchers.push({ type: "PAY", channel: CHANNEL, cumulative: wei, signature: await signer.sign(CHANNEL, wei) });
    for (const voucher of vouchers) {
      const before = payee.highestVoucher();
      payee.onMessage(voucher);
      if (voucher.type === "PAY" && voucher.cumulative <= 40n) await eventually(() => payee.highestVoucher() > before, "within the burst each is taken");
      else await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => payee.highestVoucher() === 120n, "the newest is taken");
    const lines = (await readFile(join(at, "vouchers/received.jsonl"), "utf8")).trim().split("\n").length;
    assert.ok(lines < 80, `${lines} vouchers were looked at`);
  });

  it("NET-19 both sides meter the same units and the voucher covers them to the wei of a unit", async () => {
    const chain = fakeChain({});
    const a = await start(await home(), chain);
    const b = await start(await home(), chain);
    const payer = a.payerForPeer(PAYEE_NODE);
    const payee = b.payeeForPeer(PAYER_NODE);
    const cut = link(payer, payee);
    undo.push(cut);
    await eventually(() => payer.ready(), "payer is ready");
    const sockets = await tunnel();
    let paused = false;
    const removePayer = payer.addTunnel(2, sockets.near);
    const removePayee = payee.addTunnel(2, sockets.far, (p) => (paused = p));
    await sockets.send(24 + 3_000_000);
    removePayer();
    removePayee();
    assert.equal(payee.meteredUnits(), 90n);
    assert.equal(BigInt(a.earnings().paid[0]?.meteredWei ?? 0), 90n * UNIT_WEI);
    await eventually(() => payee.highestVoucher() >= 90n * UNIT_WEI, "voucher covers what was used");
    assert.equal(payee.highestVoucher() % UNIT_WEI, 0n);
    assert.equal(b.relayedBytes(), 3_000_000);
    assert.equal(paused, false);
    assert.equal(String(payee.highestVoucher()), b.earnings().channels[0]?.cumulativeWei);
  });

  it("NET-19 a payee pauses what is neither paid nor credited, and resumes when the payer pays", async () => {
    const chain = fakeChain({});
    const a = await start(await home(), chain);
    const b = await start(await home(), chain);
    const payer = a.payerForPeer(PAYEE_NODE);
    const payee = b.payeeForPeer(PAYER_NODE);
    const sockets = await tunnel();
    let paused = false;
    payee.addTunnel(0, sockets.far, (p) => (paused = p));
    payer.addTunnel(0, sockets.near);
    await sockets.send(24 + 999_000);
    await eventually(() => payee.meteredUnits() === 9n, "metered");
    assert.equal(paused, false, "10 packets are credited");
    await sockets.send(101_000);
    await eventually(() => paused, "paused beyond the credit");
    assert.equal(payee.ready(), false);
    undo.push(link(payer, payee));
    await eventually(() => !paused, "resumed by a voucher");
    assert.equal(payee.ready(), true);
  });

  it("NET-19 the prepay grows from 10 packets by doubling and is renewed at half", async () => {
    const chain = fakeChain({});
    const a = await start(await home(), chain);
    const b = await start(await home(), chain);
    const payer = a.payerForPeer(PAYEE_NODE);
    const payee = b.payeeForPeer(PAYER_NODE);
    const pays: bigint[] = [];
    undo.push(link(payer, payee, (m) => m.type === "PAY" && pays.push(m.cumulative / UNIT_WEI)));
    await eventually(() => payer.ready(), "payer is ready");
    const sockets = await tunnel();
    payer.addTunnel(0, sockets.near);
    payee.addTunnel(0, sockets.far, (paused) => (paused ? sockets.far.pause() : sockets.far.resume()));
    await eventually(() => pays.length === 1, "first voucher");
    assert.equal(pays[0], 10n);
    await sockets.send(24 + 400_000);
    await eventually(() => a.earnings().paid[0]?.meteredWei === String(4n * UNIT_WEI), "metered");
    assert.equal(pays.length, 1, "more than half is left");
    await sockets.send(100_000);
    await eventually(() => pays.length === 2, "renewed at half");
    await sockets.send(60_000_000);
    await eventually(() => payee.meteredUnits() >= 605n, "metered");
    for (let i = 1; i < pays.length; i++) {
      assert.ok((pays[i] as bigint) > (pays[i - 1] as bigint), "cumulative only grows");
      assert.ok((pays[i] as bigint) <= payee.meteredUnits() + 2_000n);
    }
  });

  it("NET-18 a payee refuses another's channel, a false signature, a closing channel and more than the deposit", async () => {
    const wrongSigner = `0x${"d4".repeat(32)}` as const;
    const closing = `0x${"d5".repeat(32)}` as const;
    const foreign = `0x${"d6".repeat(32)}` as const;
    const chain = fakeChain(
      { deposit: 100n * UNIT_WEI },
      { channel: wrongSigner, signer: "0x0000000000000000000000000000000000000001" },
      { channel: closing, closesAt: 99 },
      { channel: foreign, payee: "0x0000000000000000000000000000000000000002" },
    );
    const b = await start(await home(), chain);
    const payee = b.payeeForPeer(PAYER_NODE);
    const { createVoucherSigner } = await import("../../../node/payment/voucherSignature.ts");
    const { CHAIN_ID, CHANNELS, PAYER_KEY } = await import("./harness.ts");
    const signer = createVoucherSigner({ chainId: CHAIN_ID, channels: CHANNELS }, PAYER_KEY);
    const stranger = createVoucherSigner({ chainId: CHAIN_ID, channels: CHANNELS }, OTHER_KEY);
    const answers: PayMessage[] = [];
    payee.attach((m) => answers.push(m));
    const pay = async (channel: `0x${string}`, cumulative: bigint, by = signer) => {
      answers.length = 0;
      payee.onMessage({ type: "PAY", channel, cumulative, signature: await by.sign(channel, cumulative) });
    };
    const refused = async (code: number) => {
      await eventually(() => answers.length > 0, `STOP ${code}`);
      assert.deepEqual(answers[0], { type: "STOP", code });
      assert.equal(payee.highestVoucher(), 0n);
    };
    await pay(foreign, UNIT_WEI);
    await refused(1);
    await pay(`0x${"d7".repeat(32)}`, UNIT_WEI);
    await refused(1);
    await pay(closing, UNIT_WEI);
    await refused(4);
    await pay(CHANNEL, 100n * UNIT_WEI + 1n);
    await refused(2);
    await pay(CHANNEL, UNIT_WEI, stranger);
    await refused(3);
    await pay(wrongSigner, UNIT_WEI);
    await refused(3);
    await pay(CHANNEL, 100n * UNIT_WEI);
    await eventually(() => payee.highestVoucher() === 100n * UNIT_WEI, "the whole deposit is accepted");
  });

  it("CHN-1 a spent channel makes the payer not ready, a top-up makes it ready again", async () => {
    const chain = fakeChain({ deposit: 15n * UNIT_WEI });
    const a = await start(await home(), chain);
    const b = await start(await home(), chain);
    const payer = a.payerForPeer(PAYEE_NODE);
    const payee = b.payeeForPeer(PAYER_NODE);
    undo.push(link(payer, payee));
    await eventually(() => payer.ready(), "payer is ready");
    const sockets = await tunnel();
    let paused = false;
    payer.addTunnel(0, sockets.near);
    payee.addTunnel(0, sockets.far, (p) => (paused = p));
    await sockets.send(24 + 2_600_000);
    await eventually(() => !payer.ready(), "payer is spent");
    await eventually(() => paused, "payee pauses");
    assert.equal(payee.highestVoucher(), 15n * UNIT_WEI);
    (chain.all[0] as { deposit: bigint }).deposit = 100n * UNIT_WEI;
    await eventually(() => payer.ready() && !paused, "resumes after the top-up");
    assert.ok(payee.highestVoucher() >= 26n * UNIT_WEI);
  });

  it("NET-19 a voucher lost on the way is sent again", async () => {
    const chain = fakeChain({});
    const a = await start(await home(), chain);
    const b = await start(await home(), chain);
    const payer = a.payerForPeer(PAYEE_NODE);
    const payee = b.payeeForPeer(PAYER_NODE);
    const lossy = {
      attach: payee.attach,
      detach: payee.detach,
      onMessage: (m: PayMessage) => (m.type === "PAY" && !lost ? (lost = true) : payee.onMessage(m)),
    };
    let lost = false;
    undo.push(link(payer, lossy as typeof payee));
    await eventually(() => payer.ready(), "payer is ready");
    const sockets = await tunnel();
    payer.addTunnel(0, sockets.near);
    payee.addTunnel(0, sockets.far, () => undefined);
    await eventually(() => lost, "the first voucher is lost");
    await eventually(() => payee.highestVoucher() > 0n, "it comes again");
  });

  it("PAY-2 paying goes on while the chain cannot be read, as long as nobody can have closed the channel", async () => {
    const chain = fakeChain({});
    const a = await start(await home(), chain);
    let nowMs = 0;
    const b = await start(await home(), chain, { now: () => nowMs });
    const payer = a.payerForPeer(PAYEE_NODE);
    const payee = b.payeeForPeer(PAYER_NODE);
    undo.push(link(payer, payee));
    await eventually(() => payer.ready(), "payer is ready");
    chain.down = true;
    // The cache is stale by now, the closing window of 120 s not half over.
    nowMs = 50_000;
    const sockets = await tunnel();
    payer.addTunnel(0, sockets.near);
    payee.addTunnel(0, sockets.far, () => undefined);
    await eventually(() => payee.highestVoucher() > 0n, "credited");
    const before = payee.highestVoucher();
    nowMs = 120_000;
    await sockets.send(24 + 900_000);
    await eventually(() => BigInt(a.earnings().paid[0]?.signedWei ?? 0) > before, "the payer goes on signing");
    await eventually(() => payee.meteredUnits() === 9n, "metered");
    assert.equal(payee.highestVoucher(), before, "too long ago: waits for the chain");
    chain.down = false;
    await eventually(() => payee.highestVoucher() > before, "credited when the chain is back");
  });

  it("NET-18 vouchers wait while the chain is down and are credited when it is back", async () => {
    const chain = fakeChain({});
    const a = await start(await home(), chain);
    const down = fakeChain({});
    const b = await start(await home(), down);
    const payer = a.payerForPeer(PAYEE_NODE);
    const payee = b.payeeForPeer(PAYER_NODE);
    down.down = true;
    let asked = 0;
    undo.push(link(payer, payee, (m) => m.type === "LAST_REQUEST" && asked++));
    const sockets = await tunnel();
    payer.addTunnel(0, sockets.near);
    payee.addTunnel(0, sockets.far, () => undefined);
    await eventually(() => asked >= 2, "asked in vain");
    assert.equal(payer.ready(), false);
    down.down = false;
    await eventually(() => payer.ready() && payee.highestVoucher() > 0n, "credited");
  });
});
