import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { UNIT_WEI } from "../../../core/parameters.ts";
import { RECEIVED_VOUCHERS_FILE } from "../../../core/spool.ts";
import { METER_FILE } from "../../../node/payment/pairStore.ts";
import type { Payments } from "../../../node/payment/payments.ts";
import type { PayMessage } from "../../../node/payment/payMessage.ts";
import { createVoucherSigner } from "../../../node/payment/voucherSignature.ts";
import { CHAIN_ID, CHANNEL, CHANNELS, eventually, fakeChain, link, PAYEE_NODE, PAYER_KEY, PAYER_NODE, paymentsOf, socketPair, temporaryHome } from "./harness.ts";

const REDEEMED = 300n * UNIT_WEI;

describe("NET-19 a payee that lost its home", () => {
  const undo: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  async function start(over = {}, at?: string): Promise<{ payments: Payments; home: string }> {
    const made = at === undefined ? await temporaryHome() : undefined;
    if (made !== undefined) undo.push(() => made.remove());
    const home = at ?? (made as NonNullable<typeof made>).home;
    const payments = paymentsOf(home, fakeChain({ redeemed: REDEEMED, ...over }));
    undo.push(() => payments.close());
    return { payments, home };
  }
  const voucher = async (wei: bigint): Promise<Extract<PayMessage, { type: "PAY" }>> => {
    const signature = await createVoucherSigner({ chainId: CHAIN_ID, channels: CHANNELS }, PAYER_KEY).sign(CHANNEL, wei);
    return { type: "PAY", channel: CHANNEL, cumulative: wei, signature };
  };

  it("takes no redeemed voucher for new money, and no service for one", async () => {
    const { payments, home } = await start();
    const payee = payments.payeeForPeer(PAYER_NODE);
    const said: PayMessage[] = [];
    payee.attach((message) => said.push(message));
    payee.onMessage(await voucher(REDEEMED));
    await eventually(() => said.some((message) => message.type === "LAST" && message.cumulative === REDEEMED), "it knows it again");
    assert.equal(payee.meteredUnits(), REDEEMED / UNIT_WEI, "what was redeemed was served");
    payee.onMessage(await voucher(REDEEMED + 5n * UNIT_WEI));
    await eventually(() => payee.highestVoucher() === REDEEMED + 5n * UNIT_WEI, "new money counts");
    assert.equal(payee.highestVoucher() / UNIT_WEI - payee.meteredUnits(), 5n, "and only that");
    await payments.close();
    const again = (await start({}, home)).payments.payeeForPeer(PAYER_NODE);
    assert.equal(again.highestVoucher() / UNIT_WEI - again.meteredUnits(), 5n, "after a restart too");
  });

  it("a redeemed voucher, which the chain shows to everybody, does not prove that a channel is one's own", async () => {
    const { payments } = await start();
    const books = await payments.payeeForChannel(CHANNEL);
    assert.ok(typeof books !== "number");
    assert.equal(await books.accept(await voucher(REDEEMED)), "old");
    assert.equal(await books.accept(await voucher(REDEEMED + 1n)), "accepted");
  });

  it("goes on with an honest payer where they were: nothing is served or paid twice", async () => {
    const payerHome = await start({ redeemed: 0n });
    const payeeHome = await start({ redeemed: 0n });
    const payer = payerHome.payments.payerForPeer(PAYEE_NODE);
    let payee = payeeHome.payments.payeeForPeer(PAYER_NODE);
    let cut = link(payer, payee);
    undo.push(() => cut());
    await eventually(() => payer.ready(), "ready");
    const send = async (bytes: number) => {
      const sockets = await socketPair();
      const removes = [payer.addTunnel(0, sockets.near, 0), payee.addTunnel(0, sockets.far, () => undefined)];
      await sockets.send(bytes);
      for (const remove of removes) remove();
      await sockets.close();
    };
    // The payee does not count a preface that was not sent: 24 bytes less.
    await send(4_000_024);
    await eventually(() => payee.highestVoucher() >= 40n * UNIT_WEI, "paid");
    cut();
    await payeeHome.payments.close();
    await rm(join(payeeHome.home, METER_FILE));
    await rm(join(payeeHome.home, RECEIVED_VOUCHERS_FILE));
    const fresh = await start({ redeemed: 40n * UNIT_WEI }, payeeHome.home);
    payee = fresh.payments.payeeForPeer(PAYER_NODE);
    cut = link(payer, payee);
    await eventually(() => payer.ready() && payee.highestVoucher() >= 40n * UNIT_WEI, "linked again");
    await send(1_000_024);
    await eventually(() => payee.meteredUnits() === 50n, `40 packets and 10, not ${payee.meteredUnits()}`);
    const own = BigInt(payerHome.payments.earnings().paid[0]?.meteredWei ?? 0) / UNIT_WEI;
    assert.equal(own, 50n);
  });
});
