import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { UNIT_WEI } from "../../../core/parameters.ts";
import { RECEIVED_VOUCHERS_FILE } from "../../../core/spool.ts";
import type { PayeeCore } from "../../../node/payment/payeeTypes.ts";
import { METER_FILE } from "../../../node/payment/pairStore.ts";
import { STOP_FULL } from "../../../node/payment/payMessage.ts";
import type { Payments } from "../../../node/payment/payments.ts";
import { createVoucherSigner } from "../../../node/payment/voucherSignature.ts";
import { CHAIN_ID, CHANNELS, fakeChain, paymentsOf, temporaryHome } from "./harness.ts";

const keyOf = (client: number): Hex => `0x${(client + 1).toString(16).padStart(64, "0")}`;
const channelOf = (client: number): Hex => `0x${(0xc0 + client).toString(16).padStart(64, "0")}`;

describe("PAY-7 the books of clients", () => {
  const undo: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  async function setUp(clients: number) {
    const { home, remove } = await temporaryHome();
    undo.push(remove);
    const accounts = Array.from({ length: clients }, (_, client) => privateKeyToAccount(keyOf(client)).address);
    const chain = fakeChain(...accounts.map((payer, client) => ({ channel: channelOf(client), payer, signer: payer })));
    let time = 0;
    const start = (): Payments => {
      const payments = paymentsOf(home, chain, { mostClients: 3, now: () => time });
      undo.push(() => payments.close());
      return payments;
    };
    return { home, chain, start, pass: (ms: number) => (time += ms) };
  }
  const books = async (payments: Payments, client: number): Promise<PayeeCore> => {
    const payee = await payments.payeeForChannel(channelOf(client));
    assert.ok(typeof payee !== "number", `client ${client} got STOP ${String(payee)}`);
    return payee;
  };
  const pay = async (payee: PayeeCore, client: number, units: bigint) => {
    const cumulative = units * UNIT_WEI;
    const signature = await createVoucherSigner({ chainId: CHAIN_ID, channels: CHANNELS }, keyOf(client)).sign(channelOf(client), cumulative);
    return payee.accept({ type: "PAY", channel: channelOf(client), cumulative, signature });
  };

  it("when they are full, the settled client that was longest unseen makes room; one that is owed or connected never does", async () => {
    const { chain, start, pass } = await setUp(6);
    const payments = start();
    for (const client of [0, 1, 2]) assert.equal(await pay(await books(payments, client), client, 40n), "accepted");
    assert.equal(await payments.payeeForChannel(channelOf(3)), STOP_FULL, "nothing of them is redeemed");
    chain.all[0]!.redeemed = chain.all[1]!.redeemed = 40n * UNIT_WEI;
    // Client 0 comes by again: it is not the longest unseen any more. The channels are read again once they are old.
    pass(60_000);
    await books(payments, 1);
    const first = await books(payments, 0);
    await books(payments, 3);
    assert.equal(payments.earnings().channels.length, 2);
    assert.ok(!payments.earnings().channels.some(({ channel }) => channel === channelOf(1)));
    first.attach(() => undefined);
    await books(payments, 4);
    pass(60_000);
    assert.equal(typeof (await payments.payeeForChannel(channelOf(5))), "object", "those that never paid go too");
    assert.deepEqual(payments.earnings().channels.map(({ channel }) => channel).sort(), [channelOf(0), channelOf(2)]);
  });

  it("one with much prepaid stays", async () => {
    const { chain, start, pass } = await setUp(4);
    const payments = start();
    for (const client of [0, 1, 2]) await pay(await books(payments, client), client, 51n);
    for (const channel of chain.all) channel.redeemed = 51n * UNIT_WEI;
    pass(60_000);
    for (const client of [0, 1, 2]) await books(payments, client);
    assert.equal(await payments.payeeForChannel(channelOf(3)), STOP_FULL);
  });

  it("who was forgotten and comes back gets nothing twice and loses a smallest prepay at most, over a restart too", async () => {
    const { home, chain, start, pass } = await setUp(4);
    const payments = start();
    for (const client of [0, 1, 2]) await pay(await books(payments, client), client, 40n);
    chain.all[0]!.redeemed = 40n * UNIT_WEI;
    pass(60_000);
    await books(payments, 0);
    for (const client of [1, 2, 3]) await books(payments, client);
    await payments.close();
    assert.ok(!(await readFile(join(home, RECEIVED_VOUCHERS_FILE), "utf8")).includes(channelOf(0)));
    assert.ok(!(await readFile(join(home, METER_FILE), "utf8")).includes(privateKeyToAccount(keyOf(0)).address));
    chain.all[3]!.closed = true;
    const again = start();
    // Client 3 never paid: its books are not opened again, so there is room.
    const payee = await books(again, 0);
    assert.equal(payee.ready(), false);
    assert.equal(await pay(payee, 0, 40n), "old");
    assert.equal(payee.ready(), false, "an old voucher buys nothing");
    assert.equal(await pay(payee, 0, 47n), "accepted");
    assert.equal(payee.highestVoucher() / UNIT_WEI - payee.meteredUnits(), 7n);
  });
});
