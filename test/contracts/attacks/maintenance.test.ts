import assert from "node:assert/strict";
import { maxUint256 } from "viem";
import { X0T } from "../../../core/parameters.ts";
import { always, BONUS, bonusFixture, commitOne, EPOCH, epochNow, live, operatorOf, toEpoch, WEEK, type Uptime } from "../support/bonusHistory.ts";
import { changes, FINAL_AFTER, NODE, provider, rented, serve, settled } from "../support/leases.ts";
import { rotate } from "../support/nodes.ts";
import { commitArgs } from "../support/proofs.ts";
import { as } from "../support/proposals.ts";
import { assertions, at, challenger, goTo, loadFixture, networkFixture, SLOTS, witnessKey } from "../support/protocol.ts";
import { anyone } from "./support.ts";

const STAKE = 1_000n * X0T;
const MOST = 6n;
const ALL = Array.from({ length: SLOTS }, (_, slot) => slot);

/**
 * A week and more of four nodes. Node 0 announced six epochs, and is down in them. Node 1 is down for two epochs, and tries to
 * announce them once it is. Node 2 announced an epoch in which it then lies. Node 3 is always up.
 */
async function histories() {
  const state = await bonusFixture();
  const { ledger, token, first, ripe } = state;
  await token.write.approve([ledger.address, maxUint256], { account: challenger.account });
  const down = first + 40n;
  const lied = first + 20n;
  const announce = (node: number, epoch: bigint, count: bigint) =>
    ledger.write.announceMaintenance([node, epoch, count], { account: operatorOf(node) });
  await announce(0, down, MOST);
  await announce(2, lied, 1n);
  const uptime: Record<number, Uptime> = {
    0: (epoch) => (epoch >= down && epoch < down + MOST ? undefined : always(epoch)),
    1: (epoch) => (epoch >= down && epoch < down + 2n ? undefined : always(epoch)),
    2: always,
    3: always,
  };
  await live(state, first, lied + 1n, uptime);
  await ledger.write.challenge([2, lied, 1n], { account: challenger.account });
  await live(state, lied + 1n, down, uptime);
  // It notices within seconds.
  await at(down * EPOCH + 20n);
  for (const epoch of [down, down + 1n]) {
    await assertions.revertWithCustomErrorWithArgs(announce(1, epoch, 1n), ledger, "ProofLedger_BadMaintenance", [epoch, 1n]);
  }
  await announce(1, down + 2n, 1n);
  await live(state, down, ripe, uptime);
  return { ...state, down, lied };
}

describe("attacks: maintenance", function () {
  this.timeout(120_000);

  it("maintenance abuse: announced once the outage is there it covers neither this epoch nor the next: two lost cost the bonus", async () => {
    const state = await loadFixture(histories);
    const { ledger, down, ripe } = state;
    const read = [0n, 1n, 2n].map((offset) => ledger.read.isMaintenance([1, down + offset]));
    assert.deepEqual(await Promise.all(read), [false, false, true]);
    const bonuses = [];
    for (const node of [0, 1, 3]) bonuses.push((await commitOne(state, node, ripe)).bonus);
    // Node 0 was down for three times as long, and had said so.
    assert.deepEqual(bonuses, [true, false, true]);
    assert.deepEqual(await Promise.all([0, 1, 3].map((node) => ledger.read.weightOf([node, ripe]))), [1_100n * X0T, STAKE, 1_100n * X0T]);
  });

  it("maintenance abuse: announced for ever, or a seventh epoch between others, it is refused", async () => {
    const { ledger, ripe } = await loadFixture(histories);
    const announce = (epoch: bigint, count: bigint) => ledger.write.announceMaintenance([3, epoch, count], { account: operatorOf(3) });
    const refused = (call: Promise<unknown>) =>
      assertions.revertWithCustomErrorWithArgs(call, ledger, "ProofLedger_TooMuchMaintenance", [3, MOST]);
    const start = ripe + 20n;
    await refused(announce(start, 2n ** 64n - 1n - start));
    await refused(announce(start, MOST + 1n));
    for (const offset of [0n, 30n, 60n, 90n, 120n, 150n]) await announce(start + offset, 1n);
    for (const offset of [-1n, 1n, 75n, 151n, 167n]) await refused(announce(start + offset, 1n));
    await announce(start + WEEK, 1n);
    await refused(announce(start + WEEK + 1n, 1n));
  });

  it("maintenance abuse: a lie told in a maintenance epoch is slashed, and denies the bonus like any other", async () => {
    const state = await loadFixture(histories);
    const { ledger, registry, lied, ripe } = state;
    assert.equal(await ledger.read.isMaintenance([2, lied]), true);
    assert.equal(await ledger.read.uptimeOf([2, lied]), 0);
    await ledger.write.enforce([2, lied], { account: anyone });
    assert.equal((await registry.read.getNode([2])).stake, STAKE - STAKE / 10n);
    const { bonus } = await commitOne(state, 2, ripe);
    assert.deepEqual([bonus, await ledger.read.weightOf([2, ripe])], [false, STAKE - STAKE / 10n]);
  });

  it("maintenance abuse: it pays nothing while a node is down, neither as reward nor as rent", async () => {
    const { protocol, ledger, rewards, marketplace, first, lease } = await loadFixture(rented);
    await ledger.write.announceMaintenance([NODE, first + 1n, MOST - 1n], { account: provider });
    await serve(protocol, first, [SLOTS]);
    await goTo(first + 5n + FINAL_AFTER);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 168n])), settled(1, 5));
    assert.equal(await rewards.read.claimable([NODE, first + 1n]), 0n);
    assert.equal(await ledger.read.totalWeight([first + 1n]), 0n);
  });

  it("maintenance abuse: nobody announces for a rival, nor with a key that was taken away", async () => {
    const protocol = await loadFixture(networkFixture);
    const { ledger } = protocol;
    const epoch = (await epochNow()) + 3n;
    const stolen = await as(witnessKey(0).address);
    await ledger.write.announceMaintenance([0, epoch, 1n], { account: stolen });
    await rotate(protocol, 0, 1);
    for (const account of [stolen, operatorOf(1).address, anyone.address]) {
      const announce = ledger.write.announceMaintenance([0, epoch + 1n, 1n], { account });
      await assertions.revertWithCustomError(announce, ledger, "ProofLedger_NotAuthorized");
    }
    // What the thief had announced excuses that epoch, and takes nothing: it counts as ever.
    await goTo(epoch + 1n);
    await ledger.write.commit([commitArgs(0, epoch, ALL)], { account: operatorOf(0) });
    assert.equal(await ledger.read.weightOf([0, epoch]), STAKE);
  });

  it("bonus bought by age: it follows the node's proofs, so stake that came yesterday shares it, and leaves without it", async () => {
    const state = await loadFixture(histories);
    const { ledger, registry, ripe } = state;
    await registry.write.stake([3, 8n * STAKE], { account: operatorOf(3) });
    await toEpoch(ripe + 1n);
    const { bonus } = await commitOne(state, 3, ripe + 1n);
    assert.deepEqual([bonus, await ledger.read.weightOf([3, ripe + 1n])], [true, (9n * STAKE * 110n) / 100n]);
    // Below MIN_STAKE for a moment, the week begins anew.
    await registry.write.unstake([3, 9n * STAKE - BONUS.minStake + 1n], { account: operatorOf(3) });
    await registry.write.stake([3, 1n], { account: operatorOf(3) });
    assert.equal((await commitOne(state, 3, ripe + 2n)).bonus, false);
  });
});
