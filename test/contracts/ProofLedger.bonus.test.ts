import assert from "node:assert/strict";
import { maxUint256 } from "viem";
import { bitmapOf } from "../../core/bundle.ts";
import { X0T } from "../../core/parameters.ts";
import { always, BONUS, bonusFixture, commitOne, earns, EVERY_SLOT, LAG, live, operatorOf, slots, toEpoch, WEEK } from "./support/bonusHistory.ts";
import { itMeasures } from "./support/itMeasures.ts";
import { commitArgs, receiptsFor, slotAnswers } from "./support/proofs.ts";
import { assertions, challenger, loadFixture, time } from "./support/protocol.ts";

const STAKE = 1_000n * X0T;
const SLOTS = BigInt(BONUS.slotsPerEpoch);
const by = challenger.account;
/** Down in `lost` slots of epoch `e`, never else. */
const losing = (e: bigint, lost: number) => (epoch: bigint) => slots(epoch === e ? EVERY_SLOT.length - lost : EVERY_SLOT.length);
const missing = (...epochs: bigint[]) => (epoch: bigint) => (epochs.includes(epoch) ? undefined : EVERY_SLOT);

describe("ProofLedger bonus", function () {
  this.timeout(120_000);

  it("PRF-3 begins when the node was active since before epoch e − L − 168, one epoch earlier not", async () => {
    const state = await loadFixture(bonusFixture);
    await live(state, state.first, state.ripe - 1n, { 0: always });
    assert.equal(await earns(state, 0, state.ripe - 1n), false);
    assert.equal(await earns(state, 0, state.ripe), true);
  });

  it("PRF-2 the weight takes the factor 1.10 before it is floored, once", async () => {
    const state = await loadFixture(bonusFixture);
    const { ledger, registry, ripe } = state;
    await registry.write.stake([0, 16n], { account: operatorOf(0) });
    await live(state, state.first, ripe, { 0: always });
    await toEpoch(ripe + 1n);
    const args = commitArgs(0, ripe, [3, 7, 9]);
    const hash = await ledger.write.commit([args], { account: operatorOf(0) });
    const weight = ((STAKE + 16n) * 3n * 110n) / (100n * SLOTS);
    assert.notEqual(weight, ((((STAKE + 16n) * 3n) / SLOTS) * 110n) / 100n, "floored twice it is less");
    const { bitmap, receiptsRoot, relayedBytes, cid } = args;
    await assertions.emitWithArgs(hash, ledger, "Committed", [0, ripe, bitmap, receiptsRoot, relayedBytes, cid, weight]);
    assert.equal(await ledger.read.weightOf([0, ripe]), weight);
    assert.equal(await ledger.read.totalWeight([ripe]), weight);
    const { weight: kept, bonus } = await ledger.read.commitOf([0, ripe]);
    assert.deepEqual([kept, bonus], [weight, true]);
    assert.equal(await ledger.read.uptimeOf([0, ripe]), 3);
  });

  it("PRF-3 99 % of the week's slots exactly are enough, one slot less is not", async () => {
    const state = await loadFixture(bonusFixture);
    const { first, ripe } = state;
    // Of 8,400 slots 84 may be down.
    const down = (lost: number) => (epoch: bigint) => (epoch === first + 20n ? [] : losing(first + 90n, lost)(epoch));
    await live(state, first, ripe, { 0: down(34), 1: down(35) });
    assert.equal(await earns(state, 0, ripe), true);
    assert.equal(await earns(state, 1, ripe), false);
  });

  it("PRF-3 a missing epoch counts as none proved, until the week has passed it", async () => {
    const state = await loadFixture(bonusFixture);
    const { first, ripe } = state;
    const [one, other] = [first + 100n, first + 130n];
    await live(state, first, one + 1n + WEEK + LAG - 1n, { 0: missing(one, other), 1: missing(one) });
    assert.equal((await state.ledger.read.commitOf([1, ripe])).bonus, true, "one of 168 leaves 99.4 %");
    assert.equal((await state.ledger.read.commitOf([0, ripe])).bonus, false, "two leave 98.8 %");
    assert.equal(await earns(state, 0, one + WEEK + LAG), false);
    assert.equal(await earns(state, 0, one + WEEK + LAG + 1n), true);
  });

  it("PRF-3 counts what is final alone: the L epochs before the commit do not matter", async () => {
    const state = await loadFixture(bonusFixture);
    const { first, ripe } = state;
    await live(state, first, ripe - LAG, { 0: always });
    const down = ripe - LAG;
    await live(state, down, ripe, { 0: missing(down, down + 1n) });
    assert.equal(await earns(state, 0, ripe), true);
    assert.equal(await earns(state, 0, ripe + 1n), true);
    assert.equal(await earns(state, 0, ripe + 2n), false);
  });

  it("PRF-3 one voided epoch denies it, an answered challenge or a missing epoch does not", async () => {
    const state = await loadFixture(bonusFixture);
    const { protocol, ledger, token, first, ripe } = state;
    await token.write.approve([ledger.address, maxUint256], { account: by });
    const epoch = first + 40n;
    await live(state, first, epoch, { 0: always, 1: always, 2: always });
    await toEpoch(epoch + 1n);
    const receipts = await receiptsFor(protocol, 1, epoch, [0]);
    for (const node of [0, 1]) {
      await ledger.write.commit([commitArgs(node, epoch, EVERY_SLOT, receipts)], { account: operatorOf(node) });
      await ledger.write.challenge([node, epoch, 1n], { account: by });
    }
    await ledger.write.answer([1, epoch, 0n, slotAnswers(receipts, [0])]);
    await live(state, epoch + 1n, ripe, { 0: always, 1: always, 2: always });
    assert.equal(await ledger.read.isVoid([0, epoch]), true);
    assert.deepEqual([await earns(state, 0, ripe), await earns(state, 1, ripe), await earns(state, 2, ripe)], [false, true, true]);
    // Enforced meanwhile or not, it stays voided until the week has passed it.
    await ledger.write.enforce([0, epoch]);
    const over = epoch + 1n + WEEK + LAG;
    await live(state, ripe + 1n, over - 1n, { 0: always });
    assert.deepEqual([await earns(state, 0, over - 1n), await earns(state, 0, over)], [false, true]);
  });

  it("PRF-3 a break of activity begins the week anew, a smaller stake does not", async () => {
    const state = await loadFixture(bonusFixture);
    const { registry, first, ripe } = state;
    const broken = first + 30n;
    await live(state, first, broken, { 0: always, 1: always });
    await toEpoch(broken);
    // Out and in again within one epoch: every epoch can be committed, so that nothing but the break shows.
    await registry.write.unstake([0, STAKE], { account: operatorOf(0) });
    await registry.write.stake([0, STAKE], { account: operatorOf(0) });
    await registry.write.unstake([1, STAKE - BONUS.minStake], { account: operatorOf(1) });
    const again = broken + 1n + LAG + WEEK;
    await live(state, broken, again - 1n, { 0: always, 1: always });
    assert.equal((await state.ledger.read.commitOf([1, ripe])).bonus, true);
    assert.equal((await state.ledger.read.commitOf([0, ripe])).bonus, false);
    assert.deepEqual([await earns(state, 0, again - 1n), await earns(state, 0, again)], [false, true]);
  });

  it("PRF-3 commits in any order earn the same", async () => {
    const state = await loadFixture(bonusFixture);
    const { ledger, first, ripe } = state;
    const uptime = missing(first + 3n, first + 70n);
    // Back to before the first week was full, and forth again.
    await live(state, first, ripe - 1n, { 0: uptime, 1: uptime });
    const epochs = Array.from({ length: 8 }, (_, i) => ripe - 1n + BigInt(i));
    await toEpoch(ripe + 7n);
    for (const [node, order] of [[0, epochs], [1, [7, 2, 5, 0, 1, 6, 4, 3].map((i) => epochs[i]!)]] as const) {
      await ledger.write.commitBatch([order.map((epoch) => commitArgs(node, epoch, EVERY_SLOT))], { account: operatorOf(node) });
    }
    const earned = (node: number) => Promise.all(epochs.map(async (epoch) => (await ledger.read.commitOf([node, epoch])).bonus));
    assert.deepEqual(await earned(1), await earned(0));
    assert.deepEqual(await earned(0), [false, false, false, false, false, true, true, true]);
    assert.equal(await ledger.read.lastCommittedEpoch([1]), ripe + 6n);
    assert.equal(await earns(state, 1, ripe + 7n), true);
  });

  for (const [gap, how] of [[50n, "walks there"], [84n, "walks as far as it ever does"], [85n, "counts anew"], [400n, "counts anew after more than a week"]] as const) {
    itMeasures(`PRF-3 after ${gap} epochs without a commit the window ${how}: a week of uptime earns it again, and gas is bounded`, async () => {
      const state = await loadFixture(bonusFixture);
      const { first, ripe } = state;
      await live(state, first, ripe, { 0: always });
      const back = ripe + gap;
      const { bonus, gas } = await commitOne(state, 0, back);
      assert.equal(bonus, false);
      // Eight such in one batch stay below 10 M.
      assert.ok(gas < 800_000n, `${gas}`);
      // One missing epoch may be left in the week.
      const again = back - 1n + LAG + WEEK;
      await live(state, back + 1n, again - 1n, { 0: always });
      assert.deepEqual([await earns(state, 0, again - 1n), await earns(state, 0, again)], [false, true]);
    });
  }

  it("PRF-4 a commit with the bonus leaves the total under challenge and comes back with the answer, whole", async () => {
    const state = await loadFixture(bonusFixture);
    const { protocol, ledger, token, first, ripe } = state;
    await token.write.approve([ledger.address, maxUint256], { account: by });
    await live(state, first, ripe, { 0: always });
    await toEpoch(ripe + 1n);
    const receipts = await receiptsFor(protocol, 0, ripe, [0, 1]);
    await ledger.write.commit([commitArgs(0, ripe, [0, 1, 2], receipts)], { account: operatorOf(0) });
    await ledger.write.commit([commitArgs(1, ripe, EVERY_SLOT)], { account: operatorOf(1) });
    const weight = (STAKE * 3n * 110n) / (100n * SLOTS);
    const read = async () => [
      await ledger.read.weightOf([0, ripe]),
      (await ledger.read.commitOf([0, ripe])).weight,
      await ledger.read.totalWeight([ripe]),
    ];
    assert.deepEqual(await read(), [weight, weight, weight + STAKE]);
    await ledger.write.challenge([0, ripe, bitmapOf([0])], { account: by });
    assert.deepEqual(await read(), [0n, weight, STAKE]);
    await ledger.write.answer([0, ripe, 0n, slotAnswers(receipts, [0])]);
    assert.deepEqual(await read(), [weight, weight, weight + STAKE]);
    await ledger.write.challenge([0, ripe, bitmapOf([2])], { account: by });
    await time.increase(BONUS.responseSeconds + 1);
    await ledger.write.enforce([0, ripe]);
    assert.deepEqual(await read(), [0n, weight, STAKE]);
    assert.equal((await ledger.read.commitOf([0, ripe])).bonus, true);
    assert.equal((await ledger.read.commitOf([0, ripe])).enforced, true);
    assert.equal(await ledger.read.totalWeight([ripe - 1n]), STAKE, "its neighbour in storage is untouched");
    assert.equal(await ledger.read.totalWeight([ripe + 1n]), 0n);
  });
});
