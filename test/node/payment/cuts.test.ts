import assert from "node:assert/strict";
import { unitsOf } from "../../../core/metering.ts";
import { UNIT_WEI } from "../../../core/parameters.ts";
import { PREFACE_BYTES } from "../../../node/payment/meter.ts";
import { noVoucher, type PayMessage } from "../../../node/payment/payMessage.ts";
import type { Payments } from "../../../node/payment/payments.ts";
import { createRandom } from "../../chaos/delayLine.ts";
import { CHANNEL, eventually, fakeChain, link, PAYEE_NODE, PAYER_NODE, paymentsOf, socketPair, temporaryHome } from "./harness.ts";

const DEPTHS = 4;
const seeds = process.env.X0T_SEED === undefined ? [1, 2, 3, 4, 5, 6] : [Number(process.env.X0T_SEED)];

/** What really passed, by depth, as each end's socket counted it. */
type Truth = number[];

describe("NET-19 cuts at any byte", function () {
  this.timeout(30_000);
  const undo: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  async function setUp(random: () => number) {
    const chain = fakeChain({});
    const homes = [await temporaryHome(), await temporaryHome()] as const;
    for (const { remove } of homes) undo.push(remove);
    const sides: [Payments, Payments] = [paymentsOf(homes[0].home, chain), paymentsOf(homes[1].home, chain)];
    undo.push(() => Promise.all(sides.map((side) => side.close())));
    const truth: [Truth, Truth] = [Array<number>(DEPTHS).fill(0), Array<number>(DEPTHS).fill(0)];
    let cutLink: (() => void) | undefined;
    const open = new Set<() => void>();
    const network = {
      payer: () => sides[0].payerForPeer(PAYEE_NODE),
      payee: () => sides[1].payeeForPeer(PAYER_NODE),
      units: (side: 0 | 1) => (side === 0 ? BigInt(sides[0].earnings().paid[0]?.meteredWei ?? 0) / UNIT_WEI : network.payee().meteredUnits()),
      truth: (side: 0 | 1) => unitsOf(truth[side]),
      relink() {
        cutLink?.();
        cutLink = link(network.payer(), network.payee());
      },
      /** A tunnel that carries bytes both ways and is cut at a random one, by either side, or ends in order. */
      async tunnel() {
        const depth = Math.floor(random() * DEPTHS);
        const sockets = await socketPair();
        const ends = [sockets.near, sockets.far] as const;
        const removes = [network.payer().addTunnel(depth, sockets.near), network.payee().addTunnel(depth, sockets.far, (paused) => (paused ? sockets.far.pause() : sockets.far.resume()))];
        let over = false;
        const end = () => {
          if (over) return;
          over = true;
          open.delete(end);
          for (const socket of ends) socket.destroy();
          for (const [side, socket] of ends.entries()) {
            removes[side]?.();
            (truth[side] as Truth)[depth]! += Math.max(0, socket.bytesRead + socket.bytesWritten - PREFACE_BYTES);
          }
        };
        open.add(end);
        const cutAt = random() < 0.2 ? Infinity : random() * 600_000;
        for (const socket of ends) socket.on("data", () => sockets.near.bytesRead + sockets.far.bytesRead >= cutAt && end()).on("close", end);
        sockets.near.write(Buffer.alloc(Math.floor(random() * 500_000) + PREFACE_BYTES));
        sockets.far.write(Buffer.alloc(Math.floor(random() * 200_000)));
        await Promise.race([eventually(() => over, "cut", 5_000).catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 60 * random()))]);
        end();
        await sockets.close();
      },
      async restart(side: 0 | 1) {
        for (const end of [...open]) end();
        await sides[side].close();
        sides[side] = paymentsOf((homes[side] as { home: string }).home, chain);
        network.relink();
      },
    };
    network.relink();
    await eventually(() => network.payer().ready(), "ready");
    return network;
  }

  for (const seed of seeds) {
    it(`no byte is lost and none counted twice, whichever connection is cut (X0T_SEED=${seed})`, async () => {
      const random = createRandom(seed);
      const network = await setUp(random);
      for (let round = 0; round < 30; round++) {
        const dice = random();
        if (dice < 0.2) network.relink();
        else if (dice < 0.27) await network.restart(0);
        else if (dice < 0.34) await network.restart(1);
        await Promise.all(Array.from({ length: 1 + Math.floor(random() * 3) }, () => network.tunnel()));
      }
      network.relink();
      await eventually(() => network.payee().highestVoucher() >= network.payee().meteredUnits() * UNIT_WEI, "all is paid");
      assert.equal(network.units(0), network.truth(0), "the payer's meter is what its sockets carried");
      const [payee, least, most] = [network.units(1), network.truth(1), network.truth(0)];
      // What was under way at a cut is on the payer's meter only; a payee that restarted takes the payer's word for it.
      assert.ok(payee >= least && payee <= (most > least ? most : least), `payee ${payee}, between ${least} and ${most}`);
      assert.ok(BigInt(network.payee().highestVoucher()) <= (most + 2_000n * 4n) * UNIT_WEI);
    });
  }

  it("money messages that are lost, doubled, late or out of order change nothing in the end", async () => {
    for (const seed of seeds) {
      const random = createRandom(seed);
      const { home, remove } = await temporaryHome();
      const other = await temporaryHome();
      const [a, b] = [paymentsOf(home, fakeChain({})), paymentsOf(other.home, fakeChain({}))];
      undo.push(async () => {
        await Promise.all([a.close(), b.close()]);
        await Promise.all([remove(), other.remove()]);
      });
      const payer = a.payerForPeer(PAYEE_NODE);
      const payee = b.payeeForPeer(PAYER_NODE);
      const held: (() => void)[] = [];
      const carry = (to: (message: PayMessage) => void) => (message: PayMessage) => {
        const dice = random();
        if (dice < 0.25) return;
        if (dice < 0.5) return void held.push(() => to(message));
        queueMicrotask(() => to(message));
        if (dice < 0.7) queueMicrotask(() => to(message));
        if (dice > 0.9) held.splice(Math.floor(random() * held.length), 1)[0]?.();
      };
      payee.attach(carry((message) => payer.onMessage(message)));
      payer.attach(carry((message) => payee.onMessage(message)));
      const socket = { bytesRead: 24, bytesWritten: 0 };
      const removes = [payer.addTunnel(1, socket), payee.addTunnel(1, socket, () => undefined)];
      for (let packets = 0; packets < 40; packets++) {
        socket.bytesRead += 100_000;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (const remove of removes) remove();
      for (const late of held.splice(0).reverse()) late();
      // From here on nothing is lost.
      link(payer, payee);
      await eventually(() => payee.highestVoucher() >= 80n * UNIT_WEI, `seed ${seed}: all is paid`);
      assert.equal(payee.meteredUnits(), 80n, `seed ${seed}`);
      assert.equal(BigInt(a.earnings().paid[0]?.meteredWei ?? 0), 80n * UNIT_WEI);
      assert.ok(BigInt(a.earnings().paid[0]?.signedWei ?? 0) >= payee.highestVoucher(), "nobody holds more than was signed");
    }
  });

  it("a LAST of nothing, again and again, makes no second voucher", async () => {
    const { home, remove } = await temporaryHome();
    const payments = paymentsOf(home, fakeChain({}));
    undo.push(async () => {
      await payments.close();
      await remove();
    });
    const payer = payments.payerForPeer(PAYEE_NODE);
    const paid = new Set<bigint>();
    payer.attach((message) => {
      if (message.type === "PAY") paid.add(message.cumulative);
      if (message.type === "LAST_REQUEST") queueMicrotask(() => payer.onMessage(noVoucher(CHANNEL)));
    });
    payer.addTunnel(0, { bytesRead: 24, bytesWritten: 0 });
    await eventually(() => {
      payer.onMessage({ type: "COUNT", units: 0n });
      return paid.size > 0;
    }, "paid");
    for (let i = 0; i < 50; i++) payer.onMessage(noVoucher(CHANNEL));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([...paid], [10n * UNIT_WEI]);
  });
});
