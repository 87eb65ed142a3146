import assert from "node:assert/strict";
import { encodeFunctionData } from "viem";
import { X0T } from "../../core/parameters.ts";
import {
  burnOf,
  changes,
  ENOUGH,
  FINAL_AFTER,
  listed,
  market,
  NODE,
  OUTCOME,
  outcomesOf,
  PRICE,
  provider,
  rented,
  serve,
  servedLease,
  settled,
  tenant,
  wealth,
} from "./support/leases.ts";
import { commitTruth, slotAnswers } from "./support/proofs.ts";
import {
  alice,
  ALLOCATION,
  assertions,
  at,
  bob,
  byTimelock,
  carol,
  challenger,
  EPOCH,
  epochNow,
  goTo,
  loadFixture,
  poor,
  wallets,
  type Protocol,
} from "./support/protocol.ts";

const SLOTS_9 = Array.from({ length: ENOUGH }, (_, slot) => slot);

async function removeMarketplace(protocol: Protocol) {
  const { token, marketplace } = protocol;
  const data = encodeFunctionData({ abi: token.abi, functionName: "removeVault", args: [marketplace.address] });
  await byTimelock(protocol, token.address, data);
}

const servedMixed = () => servedLease([12, ENOUGH - 1, "missing", ENOUGH, "void", 0]);
const servedWell = () => servedLease([12, 12, 12, 12, 12, 12]);

/** Nodes 0 to 2 are let for three epochs to three tenants; node 2 serves nothing. */
async function threeLeases() {
  const state = await market();
  const { protocol, marketplace } = state;
  for (const [node, who] of [alice, bob, carol].entries()) {
    await marketplace.write.list([node, PRICE, 9_000, 3], { account: wallets[node + 1]!.account });
    await marketplace.write.rent([BigInt(node) + 1n, 3], { account: who.account });
  }
  const first = (await epochNow()) + 1n;
  for (const offset of [0n, 1n, 2n]) {
    for (const node of [0, 1]) await serve(protocol, first + offset, [12], node);
  }
  await goTo(first + 2n + FINAL_AFTER);
  return { first, ...state };
}

describe("Marketplace: settling", () => {
  it("MKT-3 pays what met the level, refunds what did not, is missing or void, to the wei, with an event for each epoch", async () => {
    const { protocol, marketplace, lease, first, token } = await loadFixture(servedMixed);
    const cost = await changes(protocol, async () => {
      const hash = await marketplace.write.settle([lease, 168n], { account: poor.account });
      const { paid, refunded } = OUTCOME;
      assert.deepEqual(
        await outcomesOf(protocol, hash),
        [paid, refunded, refunded, paid, refunded, refunded].map((outcome, i) => [lease, first + BigInt(i), outcome]),
      );
    });
    assert.deepEqual(cost, settled(2, 4));
    const { tenant: has, escrowed } = await wealth(protocol);
    assert.deepEqual([has, escrowed], [ALLOCATION - 2n * PRICE, 0n]);
    assert.deepEqual(await token.read.balanceOf([marketplace.address]), 0n);
    assert.equal(await token.read.balanceOf([poor.account.address]), 0n);
  });

  it("MKT-3 true receipts pay, also when a challenge had to be answered", async () => {
    const { protocol, marketplace, ledger, lease, first } = await loadFixture(rented);
    await goTo(first + 1n);
    const receipts = await commitTruth(protocol, NODE, first, SLOTS_9);
    await ledger.write.challenge([NODE, first, 0b101n], { account: challenger.account });
    await ledger.write.answer([NODE, first, 0n, slotAnswers(receipts, [0, 2])], { account: provider });
    await goTo(first + FINAL_AFTER);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 1n])), settled(1, 0));
  });

  it("MKT-1 the level is met at slots / all ≥ level exactly, never by rounding", async () => {
    const edges = [[5_000, 6], [9_900, 12], [7_500, 9], [8_333, 10], [8_334, 11]] as const;
    const { protocol, marketplace } = await loadFixture(market);
    for (const [node, [bps]] of edges.entries()) {
      await marketplace.write.list([node, PRICE, bps, 2], { account: wallets[node + 1]!.account });
      await marketplace.write.rent([BigInt(node) + 1n, 2], { account: tenant });
    }
    const first = (await epochNow()) + 1n;
    for (const [round, less] of [0, 1].entries()) {
      for (const [node, [, slots]] of edges.entries()) await serve(protocol, first + BigInt(round), [slots - less], node);
    }
    await goTo(first + 1n + FINAL_AFTER);
    for (const [node, [bps]] of edges.entries()) {
      const hash = await marketplace.write.settle([BigInt(node) + 1n, 2n]);
      const told = (await outcomesOf(protocol, hash)).map(([, , outcome]) => outcome);
      assert.deepEqual(told, [OUTCOME.paid, OUTCOME.refunded], `${bps}`);
    }
  });

  it("MKT-3 Marketplace_NothingToSettle until the second in which an epoch is final", async () => {
    const { protocol, marketplace, lease, first } = await loadFixture(rented);
    await serve(protocol, first, [12, 12]);
    await at((first + FINAL_AFTER) * EPOCH - 1n);
    const early = marketplace.write.settle([lease, 168n]);
    await assertions.revertWithCustomErrorWithArgs(early, marketplace, "Marketplace_NothingToSettle", [lease]);
    await at((first + FINAL_AFTER) * EPOCH);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 168n])), settled(1, 0));
    assert.equal((await marketplace.read.leaseOf([lease])).next, Number(first) + 1);
  });

  it("MKT-3 in pieces it comes to the same, each epoch once, in order", async () => {
    const { protocol, marketplace, lease, first } = await loadFixture(servedMixed);
    assert.equal(await marketplace.read.settleable([lease]), 6n);
    const none = marketplace.write.settle([lease, 0n]);
    await assertions.revertWithCustomErrorWithArgs(none, marketplace, "Marketplace_NothingToSettle", [lease]);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 1n])), settled(1, 0));
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 2n])), settled(0, 2));
    const { next, failures } = await marketplace.read.leaseOf([lease]);
    assert.deepEqual([BigInt(next), failures], [first + 3n, 2]);
    assert.equal(await marketplace.read.settleable([lease]), 3n);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 168n])), settled(1, 2));
    assert.equal(await marketplace.read.settleable([lease]), 0n);
    const again = marketplace.write.settle([lease, 168n]);
    await assertions.revertWithCustomErrorWithArgs(again, marketplace, "Marketplace_NothingToSettle", [lease]);
  });

  it("MKT-3 Marketplace_BatchTooLong above 168 epochs or 32 leases; Marketplace_UnknownLease", async () => {
    const { marketplace, lease } = await loadFixture(servedWell);
    const long = marketplace.write.settle([lease, 169n]);
    await assertions.revertWithCustomErrorWithArgs(long, marketplace, "Marketplace_BatchTooLong", [169n, 168n]);
    const longer = marketplace.write.settleMany([[lease], 169n]);
    await assertions.revertWithCustomErrorWithArgs(longer, marketplace, "Marketplace_BatchTooLong", [169n, 168n]);
    const many = Array.from({ length: 33 }, () => lease);
    const wide = marketplace.write.settleMany([many, 1n]);
    await assertions.revertWithCustomErrorWithArgs(wide, marketplace, "Marketplace_BatchTooLong", [33n, 32n]);
    for (const id of [0n, 2n, 2n ** 256n - 1n]) {
      for (const call of [
        () => marketplace.write.settle([id, 1n]),
        () => marketplace.write.settleMany([[lease, id], 168n]),
        () => marketplace.write.cancel([id], { account: tenant }),
        () => marketplace.write.terminate([id], { account: provider }),
        () => marketplace.write.reject([id, 1], { account: tenant }),
        () => marketplace.read.leaseOf([id]),
        () => marketplace.read.settleable([id]),
      ]) {
        await assertions.revertWithCustomErrorWithArgs(call(), marketplace, "Marketplace_UnknownLease", [id]);
      }
    }
  });

  it("MKT-3 no deadline passes with money stuck: years later, the node gone, the same is paid", async () => {
    const { protocol, marketplace, registry, lease, end } = await loadFixture(servedWell);
    await registry.write.unstake([NODE, 1_000n * X0T], { account: provider });
    await goTo(end + 20_000n);
    await registry.write.withdraw([NODE], { account: provider });
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 168n])), settled(6, 0));
  });

  it("TOK-2 the burn is ⌊1 %⌋ of what one call pays out", async () => {
    for (const [pieces, burned] of [[[2n], 3n], [[1n, 1n], 2n]] as const) {
      const { protocol, marketplace } = await loadFixture(market);
      await marketplace.write.list([NODE, 199n, 9_000, 2], { account: provider });
      await marketplace.write.rent([1n, 2], { account: tenant });
      const first = (await epochNow()) + 1n;
      await serve(protocol, first, [12, 12]);
      await goTo(first + 1n + FINAL_AFTER);
      const cost = await changes(protocol, async () => {
        for (const piece of pieces) await marketplace.write.settle([1n, piece]);
      });
      assert.deepEqual(cost, { provider: 398n - burned, burned, escrowed: -398n });
    }
  });

  describe("settleMany", () => {
    it("MKT-3 settles several leases, each with its own tenant and provider, and passes over what has nothing", async () => {
      const { protocol, marketplace, token, first } = await loadFixture(threeLeases);
      const holders = [alice, bob, carol, wallets[1]!, wallets[2]!, wallets[3]!].map(({ account }) => account.address);
      const balances = () => Promise.all(holders.map((holder) => token.read.balanceOf([holder])));
      const before = await balances();
      await marketplace.write.settle([1n, 3n]);
      const hash = await marketplace.write.settleMany([[1n, 3n, 2n, 3n, 2n], 168n], { account: poor.account });
      const told = await outcomesOf(protocol, hash);
      const each = (lease: bigint, outcome: number) => [0n, 1n, 2n].map((i) => [lease, first + i, outcome]);
      assert.deepEqual(told, [...each(3n, OUTCOME.refunded), ...each(2n, OUTCOME.paid)]);
      const gross = 3n * PRICE;
      const net = gross - burnOf(gross);
      const gained = (await balances()).map((balance, i) => balance - before[i]!);
      assert.deepEqual(gained, [0n, 0n, gross, net, net, 0n]);
      assert.equal(await marketplace.read.escrowed(), 0n);
    });

    it("MKT-3 walks maxEpochs in all; a lease named twice goes on where it stood", async () => {
      const { protocol, marketplace, first } = await loadFixture(threeLeases);
      const hash = await marketplace.write.settleMany([[1n, 1n, 2n, 3n], 5n]);
      assert.deepEqual(
        (await outcomesOf(protocol, hash)).map(([lease, epoch]) => [lease, epoch - first]),
        [[1n, 0n], [1n, 1n], [1n, 2n], [2n, 0n], [2n, 1n]],
      );
      for (const [leases, most] of [[[], 168n], [[1n, 1n], 168n], [[2n], 0n]] as const) {
        assert.deepEqual(await changes(protocol, () => marketplace.write.settleMany([[...leases], most])), {});
      }
    });
  });

  describe("a node that loses stake", () => {
    it("MKT-1 an epoch fails unless ten times its price was at stake from its start to its end", async () => {
      const { protocol, marketplace, registry, lease, first, end } = await loadFixture(rented);
      const least = PRICE * 10n;
      await registry.write.unstake([NODE, 1_000n * X0T - least], { account: provider });
      await serve(protocol, first, [12]);
      // In epoch 1: 1 wei too little at its end and through epoch 2; enough again at the start of epoch 3.
      await registry.write.unstake([NODE, 1n], { account: provider });
      await serve(protocol, first + 1n, [12]);
      await registry.write.stake([NODE, 1n], { account: provider });
      await serve(protocol, first + 2n, [12, 12, 12, 12]);
      await goTo(end - 1n + FINAL_AFTER);
      const hash = await marketplace.write.settle([lease, 6n]);
      const told = (await outcomesOf(protocol, hash)).map(([, , outcome]) => outcome);
      assert.deepEqual(told, [0, 1, 1, 0, 0, 0]);
    });

    it("MKT-4 a node that leaves cannot commit: what it served is paid, three epochs fail, the rest returns", async () => {
      const { protocol, marketplace, registry, lease, first, end } = await loadFixture(rented);
      await serve(protocol, first, [12, 12]);
      await registry.write.unstake([NODE, 1_000n * X0T], { account: provider });
      const commit = serve(protocol, first + 2n, [12]);
      await assertions.revertWithCustomError(commit, protocol.ledger, "ProofLedger_NotActive");
      await goTo(end + FINAL_AFTER);
      assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 6n])), settled(2, 4));
      assert.equal((await marketplace.read.leaseOf([lease])).end, Number(first) + 5);
    });

    it("MKT-1 a slash below ten times the price fails what follows until the provider tops up", async () => {
      const { protocol, marketplace, registry, ledger } = await loadFixture(market);
      await marketplace.write.list([NODE, 100n * X0T, 9_000, 8], { account: provider });
      await marketplace.write.rent([1n, 8], { account: tenant });
      const first = (await epochNow()) + 1n;
      await serve(protocol, first, [12, "void", 12]);
      await goTo(first + 4n);
      await ledger.write.enforce([NODE, first + 1n], { account: challenger.account });
      await serve(protocol, first + 3n, [12, 12]);
      await registry.write.stake([NODE, 100n * X0T], { account: provider });
      await serve(protocol, first + 5n, [12, 12, 12]);
      await goTo(first + 7n + FINAL_AFTER);
      const hash = await marketplace.write.settle([1n, 8n]);
      const told = (await outcomesOf(protocol, hash)).map(([, , outcome]) => outcome);
      assert.deepEqual(told, [0, 1, 0, 0, 1, 1, 0, 0]);
    });

    it("MKT-3 a benched node serves its lease like any other", async () => {
      const { protocol, marketplace, registry, listing } = await loadFixture(listed);
      await goTo((await epochNow()) + 13n + FINAL_AFTER);
      await registry.write.bench([NODE]);
      const first = (await epochNow()) + 1n;
      await marketplace.write.rent([listing, 2], { account: tenant });
      await serve(protocol, first, [12, "missing"]);
      await goTo(first + 1n + FINAL_AFTER);
      assert.deepEqual(await changes(protocol, () => marketplace.write.settle([1n, 2n])), settled(1, 1));
    });
  });

  describe("a marketplace that is a vault no more", () => {
    it("TOK-4 leases under way are settled as before: paid, refunded, burned", async () => {
      const { protocol, marketplace, lease, first, end } = await loadFixture(rented);
      await serve(protocol, first, [12, 0]);
      await removeMarketplace(protocol);
      await serve(protocol, first + 2n, [12, 12]);
      const rejected = await changes(protocol, () => marketplace.write.reject([lease, Number(first) + 3], { account: tenant }));
      assert.deepEqual(rejected, { tenant: PRICE, escrowed: -PRICE });
      await serve(protocol, first + 4n, [12]);
      await goTo(end + FINAL_AFTER);
      assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 6n])), settled(3, 1, 1));
    });

    it("TOK-4 and ended as before: cancelled, terminated", async () => {
      const { protocol, marketplace, lease } = await loadFixture(rented);
      await removeMarketplace(protocol);
      const cancelled = await changes(protocol, () => marketplace.write.cancel([lease], { account: tenant }));
      assert.deepEqual(cancelled, { tenant: 5n * PRICE, escrowed: -5n * PRICE });
      const terminated = await changes(protocol, () => marketplace.write.terminate([lease], { account: provider }));
      assert.deepEqual(terminated, { tenant: PRICE, escrowed: -PRICE });
    });
  });

  it("MKT-5 X0T sent to the contract by mistake pays nobody", async () => {
    const { protocol, marketplace, token, lease } = await loadFixture(servedMixed);
    await token.write.transfer([marketplace.address, 5n], { account: bob.account });
    await marketplace.write.settle([lease, 168n]);
    assert.equal(await token.read.balanceOf([marketplace.address]), 5n);
    assert.equal((await wealth(protocol)).escrowed, 0n);
  });
});
