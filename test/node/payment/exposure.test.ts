import assert from "node:assert/strict";
import { join } from "node:path";
import { Registry } from "prom-client";
import type { Hex } from "viem";
import { UNIT_WEI } from "../../../core/parameters.ts";
import { createPairMeter, emptyMeterState } from "../../../node/payment/meter.ts";
import { createPayer } from "../../../node/payment/payer.ts";
import { createPayerChannel } from "../../../node/payment/payerChannel.ts";
import { createPaymentMetrics } from "../../../node/payment/paymentMetrics.ts";
import { noVoucher, type PayMessage } from "../../../node/payment/payMessage.ts";
import { CREDIT_PACKETS } from "../../../node/payment/prepay.ts";
import { openVoucherJournal } from "../../../node/payment/voucherJournal.ts";
import { CHAIN_ID, CHANNEL, CHANNELS, eventually, fakeChain, OPERATOR, PAYER, PAYER_NODE, paymentsOf, silent, socketPair, temporaryHome } from "./harness.ts";
import { createRandom } from "../../chaos/delayLine.ts";

const PACKET = 100_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("NET-19 what the other side can cost", function () {
  this.timeout(20_000);
  const undo: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  describe("the payee, by a payer that does not pay or vanishes", () => {
    /** Sends a packet each 5 ms into a tunnel of `depth` until the payee has stopped reading for 300 ms. @returns packets metered */
    async function useUp(payee: ReturnType<ReturnType<typeof paymentsOf>["payeeForPeer"]>, depth: number): Promise<bigint> {
      const sockets = await socketPair();
      undo.push(() => sockets.close());
      let paused = false;
      const remove = payee.addTunnel(depth, sockets.far, (value) => {
        paused = value;
        if (value) sockets.far.pause();
        else sockets.far.resume();
      });
      const timer = setInterval(() => sockets.near.write(Buffer.alloc(PACKET)), 5);
      undo.push(() => clearInterval(timer));
      await eventually(() => paused, "paused");
      const before = payee.meteredUnits();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const stood = payee.meteredUnits();
      // What its buffer took before it stood.
      assert.ok(stood - before <= BigInt(3 * (depth + 1)), `${stood - before} units while paused`);
      clearInterval(timer);
      remove();
      await sockets.close();
      return payee.meteredUnits() / BigInt(depth + 1);
    }

    for (const depth of [0, 2]) {
      it(`it is its credit and what comes between two looks at the meter (depth ${depth}); a reconnect or a restart gives no new credit`, async () => {
        const { home, remove } = await temporaryHome();
        undo.push(remove);
        let payments = paymentsOf(home, fakeChain({}));
        undo.push(() => payments.close());
        let payee = payments.payeeForPeer(PAYER_NODE);
        payee.attach(() => undefined);
        const packets = await useUp(payee, depth);
        // 100 ms of 20 packets each 100 ms.
        assert.ok(packets >= BigInt(CREDIT_PACKETS) && packets <= BigInt(CREDIT_PACKETS) + 25n, `${packets} packets`);
        payee.detach();
        payee.attach(() => undefined);
        assert.equal(payee.ready(), false);
        await payments.close();
        payments = paymentsOf(home, fakeChain({}));
        payee = payments.payeeForPeer(PAYER_NODE);
        assert.equal(payee.ready(), false);
        let paused = false;
        payee.addTunnel(depth, { bytesRead: 0, bytesWritten: 0 }, (value) => (paused = value))();
        assert.equal(paused, true, "a tunnel that was opened before stands still from the first byte");
      });
    }

    it("a client has no credit at all", async () => {
      const { home, remove } = await temporaryHome();
      undo.push(remove);
      const payments = paymentsOf(home, fakeChain({}));
      undo.push(() => payments.close());
      const payee = await payments.payeeForChannel(CHANNEL);
      assert.ok(typeof payee !== "number");
      assert.equal(payee.ready(), false);
    });
  });

  describe("the payer, by a payee that takes money and vanishes", () => {
    /** A payer whose clock, meter and payee the test plays. */
    async function setUp() {
      const { home, remove } = await temporaryHome();
      const journal = openVoucherJournal(join(home, "signed.jsonl"));
      undo.push(async () => {
        await journal.close();
        await remove();
      });
      const time = { ms: 0 };
      const now = () => time.ms;
      const meter = createPairMeter(emptyMeterState());
      const key = `to:${PAYER_NODE}` as const;
      const channel = createPayerChannel({ key, payer: PAYER, journal, reader: fakeChain({ deposit: 10n ** 24n }), payee: () => OPERATOR, log: silent });
      await channel.refresh(0, false);
      const signature: Hex = `0x${"11".repeat(65)}`;
      const payer = createPayer({
        key,
        meter,
        journal,
        channel,
        signer: { address: PAYER, sign: async () => signature },
        domain: { chainId: CHAIN_ID, channels: CHANNELS },
        proveOnAttach: false,
        log: silent,
        metrics: createPaymentMetrics(new Registry()),
        now,
        onVoucher: () => undefined,
        onTunnel: () => undefined,
        onChange: () => undefined,
      });
      const asked: PayMessage[] = [];
      payer.attach((message) => {
        if (message.type !== "LAST_REQUEST") return;
        asked.push(message);
        const known = journal.highest.get(message.channel);
        payer.onMessage(known === undefined ? noVoucher(message.channel) : { type: "LAST", ...known });
      });
      await turn();
      const signedUnits = () => payer.signedWei() / UNIT_WEI;
      const step = async (ms: number) => {
        time.ms += ms;
        payer.poll(time.ms);
        payer.tick(time.ms);
        for (let i = 0; i < 4; i++) await turn();
      };
      return { payer, meter, signedUnits, step, asked };
    }

    it("that never serves gets 10 packets, and 50 more if it lies about what it counted", async () => {
      const { payer, signedUnits, step } = await setUp();
      payer.onMessage({ type: "COUNT", units: 0n });
      await step(20);
      assert.equal(signedUnits(), 0n, "nothing without a tunnel");
      payer.addTunnel(2, { bytesRead: 24, bytesWritten: 0 });
      for (let i = 0; i < 40; i++) await step(50);
      assert.equal(signedUnits(), 30n);
      for (let i = 1n; i < 160n; i++) {
        payer.onMessage({ type: "COUNT", units: i * 1_000n });
        await step(50);
      }
      assert.equal(signedUnits(), 30n + 150n);
    });

    it("it is at any moment its prepay, at most 2,000 packets, over any rates, round trips and depths", async () => {
      for (let seed = 1; seed <= 12; seed++) {
        const random = createRandom(seed);
        const { payer, meter, signedUnits, step } = await setUp();
        const depth = Math.floor(random() * 4);
        const units = depth + 1;
        const socket = { bytesRead: 24, bytesWritten: 0 };
        payer.onMessage({ type: "COUNT", units: 0n });
        payer.addTunnel(depth, socket);
        let served = 0;
        let largest = 0;
        for (let round = 0; round < 250; round++) {
          // Up to 3 GB/s, in bursts.
          const packets = random() < 0.2 ? 0 : Math.floor(random() ** 3 * 600);
          socket.bytesRead += packets * PACKET;
          served += packets * units;
          await step(1 + Math.floor(random() * 40));
          if (random() < 0.3) payer.onMessage({ type: "COUNT", units: meter.units() });
          const ahead = Number(signedUnits()) - served;
          largest = Math.max(largest, ahead);
          assert.ok(ahead <= 2_000 * units, `seed ${seed}, round ${round}: ${ahead} units ahead`);
          assert.ok(ahead <= Math.max(10 * units, served * 4 + 10 * units), `seed ${seed}: trust grows by service only: ${ahead} ahead after ${served}`);
        }
        assert.ok(largest >= 10 * units, `seed ${seed}`);
        // It vanishes: nothing more is signed.
        const signed = signedUnits();
        payer.detach();
        for (let i = 0; i < 50; i++) await step(100);
        assert.equal(signedUnits(), signed);
      }
    });
  });
});
