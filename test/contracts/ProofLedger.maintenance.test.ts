import assert from "node:assert/strict";
import { itMeasures } from "./support/itMeasures.ts";
import { always, bonusFixture, earns, EPOCH, EVERY_SLOT, live, operatorOf, slots, toEpoch, epochNow, WEEK } from "./support/bonusHistory.ts";
import { commitArgs } from "./support/proofs.ts";
import { alice, assertions, at, challenger, gasOf, loadFixture, networkHelpers, witnessKey } from "./support/protocol.ts";

const MOST = 6n;
const MAX_UINT64 = 2n ** 64n - 1n;
const by = challenger.account;

describe("ProofLedger maintenance", function () {
  this.timeout(120_000);

  it("PRF-3 MaintenanceAnnounced: by the operator or the witness key, for so many epochs", async () => {
    const { ledger, first } = await loadFixture(bonusFixture);
    const hash = await ledger.write.announceMaintenance([0, first + 3n, 2n], { account: operatorOf(0) });
    await assertions.emitWithArgs(hash, ledger, "MaintenanceAnnounced", [0, first + 3n, 2n]);
    const read = (node: number) => Promise.all([2n, 3n, 4n, 5n].map((k) => ledger.read.isMaintenance([node, first + k])));
    assert.deepEqual(await read(0), [false, true, true, false]);
    assert.deepEqual(await read(1), [false, false, false, false]);
    const hot = witnessKey(0).address;
    await networkHelpers.impersonateAccount(hot);
    await networkHelpers.setBalance(hot, 10n ** 18n);
    await ledger.write.announceMaintenance([0, first + 5n, 1n], { account: hot });
    assert.deepEqual(await read(0), [false, true, true, true]);
  });

  it("PRF-3 ProofLedger_NotAuthorized, NodeRegistry_UnknownNode: nobody announces for another's node", async () => {
    const { ledger, registry, first } = await loadFixture(bonusFixture);
    for (const account of [operatorOf(1), alice.account]) {
      const announce = ledger.write.announceMaintenance([0, first + 3n, 1n], { account });
      await assertions.revertWithCustomError(announce, ledger, "ProofLedger_NotAuthorized");
    }
    const unknown = ledger.write.announceMaintenance([4, first + 3n, 1n], { account: operatorOf(0) });
    await assertions.revertWithCustomErrorWithArgs(unknown, registry, "NodeRegistry_UnknownNode", [4]);
  });

  it("PRF-3 ProofLedger_BadMaintenance: at least one epoch, announced one epoch before it begins", async () => {
    const { ledger, first } = await loadFixture(bonusFixture);
    const announce = (epoch: bigint, count: bigint) => ledger.write.announceMaintenance([0, epoch, count], { account: operatorOf(0) });
    const none = announce(first + 9n, 0n);
    await assertions.revertWithCustomErrorWithArgs(none, ledger, "ProofLedger_BadMaintenance", [first + 9n, 0n]);
    for (const [epoch, count] of [[MAX_UINT64, 1n], [MAX_UINT64 - 3n, MAX_UINT64], [0n, 1n], [first - 1n, 3n]] as const) {
      await assertions.revertWithCustomErrorWithArgs(announce(epoch, count), ledger, "ProofLedger_BadMaintenance", [epoch, count]);
    }
    const epoch = first + 4n;
    await at((epoch - 1n) * EPOCH);
    await announce(epoch, 1n);
    await at((epoch - 1n) * EPOCH + 1n);
    await assertions.revertWithCustomErrorWithArgs(announce(epoch, 1n), ledger, "ProofLedger_BadMaintenance", [epoch, 1n]);
    await announce(epoch + 1n, 1n);
  });

  it("PRF-3 ProofLedger_TooMuchMaintenance: 6 epochs in any 168, in whatever order they are announced", async () => {
    const { ledger, first } = await loadFixture(bonusFixture);
    const announce = (epoch: bigint, count: bigint, node = 0) => ledger.write.announceMaintenance([node, epoch, count], { account: operatorOf(node) });
    const tooMuch = (call: Promise<unknown>, node = 0) => assertions.revertWithCustomErrorWithArgs(call, ledger, "ProofLedger_TooMuchMaintenance", [node, MOST]);
    const middle = first + 400n;
    await tooMuch(announce(middle, MOST + 1n));
    await tooMuch(announce(middle, MAX_UINT64 - middle));
    assert.equal(await ledger.read.isMaintenance([0, middle]), false);
    await announce(middle, MOST);
    const last = middle + MOST - 1n;
    await tooMuch(announce(middle + WEEK - 1n, 1n));
    await tooMuch(announce(last - WEEK + 1n, 1n));
    await announce(last - WEEK, 1n);
    await announce(middle + WEEK, 1n);
    // The same epochs once more are no more epochs; one more within the next week is one too many.
    await announce(middle, MOST);
    await announce(middle + WEEK + 1n, 4n);
    await tooMuch(announce(middle + WEEK + 5n, 2n));
    // Spread over a week: six in it, and no seventh within a week of them.
    for (const k of [0n, 30n, 60n, 90n, 120n, 167n]) await announce(middle + k, 1n, 1);
    for (const k of [1n, 45n, 166n]) await tooMuch(announce(middle + k, 1n, 1), 1);
    for (const k of [-1n, 168n]) await announce(middle + k, 1n, 1);
    for (const k of [-2n, 169n]) await tooMuch(announce(middle + k, 1n, 1), 1);
  });

  itMeasures("PRF-3 announcing costs bounded gas", async () => {
    const { ledger, first } = await loadFixture(bonusFixture);
    const gas = await gasOf(await ledger.write.announceMaintenance([0, first + 100n, MOST], { account: operatorOf(0) }));
    assert.ok(gas < 200_000n, `${gas}`);
  });

  it("PRF-3 downtime in announced epochs costs no bonus, the same unannounced does", async () => {
    const state = await loadFixture(bonusFixture);
    const { ledger, first, ripe } = state;
    const begin = first + 250n - 168n;
    await ledger.write.announceMaintenance([0, begin, 4n], { account: operatorOf(0) });
    await ledger.write.announceMaintenance([0, begin + 50n, 2n], { account: operatorOf(0) });
    const down = (epoch: bigint) => (epoch >= begin && epoch < begin + 4n) || (epoch >= begin + 50n && epoch < begin + 52n);
    const uptime = (epoch: bigint) => (down(epoch) ? undefined : EVERY_SLOT);
    await live(state, first, ripe, { 0: uptime, 1: uptime });
    assert.deepEqual([await earns(state, 0, ripe), await earns(state, 1, ripe)], [true, false]);
  });

  it("PRF-3 a maintenance epoch does not count, up or down: the 99 % are of the 162 others", async () => {
    const state = await loadFixture(bonusFixture);
    const { ledger, first, ripe } = state;
    await ledger.write.announceMaintenance([0, first + 10n, MOST], { account: operatorOf(0) });
    await ledger.write.announceMaintenance([1, first + 10n, MOST], { account: operatorOf(1) });
    // 99 % of 8,100 slots leave 81 to lose, of 8,400 they leave 84.
    const lost = (count: number) => (epoch: bigint) => (epoch === first + 60n ? [] : slots(epoch === first + 61n ? 100 - count : 50));
    await live(state, first, ripe, { 0: lost(81), 1: lost(82), 2: lost(82) });
    assert.deepEqual([await earns(state, 0, ripe), await earns(state, 1, ripe), await earns(state, 2, ripe)], [true, false, true]);
  });

  it("PRF-3 a maintenance epoch that is voided denies the bonus all the same", async () => {
    const state = await loadFixture(bonusFixture);
    const { ledger, token, first, ripe } = state;
    await token.write.approve([ledger.address, 10n ** 30n], { account: by });
    const epoch = first + 20n;
    await ledger.write.announceMaintenance([0, epoch, 1n], { account: operatorOf(0) });
    await live(state, first, epoch + 1n, { 0: always });
    await ledger.write.challenge([0, epoch, 1n], { account: by });
    await live(state, epoch + 1n, ripe, { 0: always });
    assert.equal(await earns(state, 0, ripe), false);
  });

  it("PRF-3 maintenance changes neither weight nor uptime", async () => {
    const { ledger } = await loadFixture(bonusFixture);
    const epoch = (await epochNow()) + 3n;
    await ledger.write.announceMaintenance([0, epoch, 1n], { account: operatorOf(0) });
    await toEpoch(epoch + 1n);
    for (const node of [0, 1]) await ledger.write.commit([commitArgs(node, epoch, slots(20))], { account: operatorOf(node) });
    const read = (node: number) => Promise.all([ledger.read.weightOf([node, epoch]), ledger.read.uptimeOf([node, epoch])]);
    assert.deepEqual(await read(0), await read(1));
    assert.equal(await ledger.read.uptimeOf([0, epoch]), 20);
    assert.equal(await ledger.read.uptimeOf([2, epoch]), 0);
  });
});
