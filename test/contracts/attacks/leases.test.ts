import assert from "node:assert/strict";
import { X0T } from "../../../core/parameters.ts";
import {
  changes,
  FINAL_AFTER,
  goNoEarlier,
  listed,
  MAX_EPOCHS,
  MIN_UPTIME_BPS,
  netOf,
  NODE,
  PRICE,
  provider,
  rented,
  serve,
  servedLease,
  settled,
  tenant,
  TERM,
  wealth,
} from "../support/leases.ts";
import { commitArgs, commitTruth, slotAnswers } from "../support/proofs.ts";
import {
  ALLOCATION,
  assertions,
  at,
  bob,
  carol,
  challenger,
  EPOCH,
  epochNow,
  gasOf,
  goTo,
  loadFixture,
  P,
  SLOTS,
  wallets,
} from "../support/protocol.ts";
import { anyone } from "./support.ts";

const STAKE = 1_000n * X0T;
const rival = wallets[2]!.account;
const competitor = bob.account;
const ALL = Array.from({ length: SLOTS }, (_, slot) => slot);

async function fullyServed() {
  return servedLease([SLOTS, SLOTS, SLOTS, SLOTS, SLOTS, SLOTS]);
}

describe("attacks: leases", () => {
  it("dust griefing of listings: a hundred offers of one wei cost their maker gas, and nobody else a unit of it", async () => {
    const { protocol, marketplace, token } = await loadFixture(listed);
    const rentAndEnd = async () => {
      const gas = await gasOf(await marketplace.write.rent([1n, TERM], { account: tenant }));
      await marketplace.write.terminate([await marketplace.read.leaseCount()], { account: provider });
      return gas;
    };
    await rentAndEnd();
    await marketplace.write.rent([1n, 1], { account: carol.account });
    await marketplace.write.terminate([2n], { account: provider });
    const before = await rentAndEnd();
    let paid = 0n;
    for (let count = 0; count < 100; count++) paid += await gasOf(await marketplace.write.list([1, 1n, 5_000, 8_760], { account: rival }));
    assert.equal(await rentAndEnd(), before);
    assert.ok(paid > 100n * 60_000n, `${paid} gas`);
    // Of another's node there is no offer to make.
    const foreign = marketplace.write.list([NODE, 1n, 5_000, 8_760], { account: rival });
    await assertions.revertWithCustomError(foreign, marketplace, "Marketplace_OnlyOperator");
    assert.deepEqual(await wealth(protocol), { tenant: ALLOCATION, provider: ALLOCATION - STAKE, burned: 0n, escrowed: 0n });
    assert.equal(await token.read.balanceOf([marketplace.address]), 0n);
  });

  it("keeping a node from the market by leases that are cancelled at once: each blocked epoch is paid for at its price", async () => {
    const { protocol, marketplace, token } = await loadFixture(listed);
    const account = competitor;
    const first = (await epochNow()) + 1n;
    for (let lease = 1n; lease <= 3n; lease++) {
      await goNoEarlier(first + lease - 2n, 1);
      await marketplace.write.rent([1n, MAX_EPOCHS], { account });
      await marketplace.write.cancel([lease], { account });
    }
    const booked = marketplace.write.rent([1n, 1], { account: tenant });
    await assertions.revertWithCustomError(booked, marketplace, "Marketplace_Booked");
    await serve(protocol, first, [SLOTS, SLOTS, SLOTS]);
    await goTo(first + 2n + FINAL_AFTER);
    await marketplace.write.settleMany([[1n, 2n, 3n], 168n], { account: anyone });
    assert.equal(await token.read.balanceOf([competitor.address]), ALLOCATION - 3n * PRICE);
    assert.equal(await token.read.balanceOf([provider.address]), ALLOCATION - STAKE + 3n * netOf(PRICE));
  });

  it("keeping a node from the market by a lease that is never settled: it ends by the clock, not by settling", async () => {
    const { protocol, marketplace, end } = await loadFixture(rented);
    await goTo(end - 1n, 1);
    await marketplace.write.rent([1n, 1], { account: competitor });
    assert.equal((await marketplace.read.leaseOf([1n])).next, Number(end) - TERM);
    assert.equal((await wealth(protocol)).escrowed, BigInt(TERM + 1) * PRICE);
  });

  it("price raised between offer and rent: an offer never changes, and one withdrawn takes no money", async () => {
    const { protocol, marketplace } = await loadFixture(listed);
    await marketplace.write.delist([1n], { account: provider });
    await marketplace.write.list([NODE, 9n * PRICE, MIN_UPTIME_BPS, 1], { account: provider });
    const stale = marketplace.write.rent([1n, TERM], { account: tenant });
    await assertions.revertWithCustomErrorWithArgs(stale, marketplace, "Marketplace_ListingClosed", [1n]);
    assert.equal((await wealth(protocol)).tenant, ALLOCATION);
  });

  it("lease on a node that unstakes: what it served is paid, three epochs fail, the rest is back, all to the wei", async () => {
    const { protocol, marketplace, registry, first, lease } = await loadFixture(rented);
    await serve(protocol, first, [SLOTS]);
    await registry.write.unstake([NODE, STAKE], { account: provider });
    await goTo(first + 3n + FINAL_AFTER);
    const commit = protocol.ledger.write.commit([commitArgs(NODE, first + 1n, ALL)], { account: provider });
    await assert.rejects(commit, /ProofLedger_NotActive|ProofLedger_CommitClosed/);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 168n], { account: anyone })), settled(1, 5));
    await registry.write.withdraw([NODE], { account: provider });
    assert.equal((await wealth(protocol)).provider, ALLOCATION + netOf(PRICE));
    assert.equal((await marketplace.read.leaseOf([lease])).end, Number(first) + 4);
  });

  it("lease on a node that unstakes, the lie after it: with less than ten prices at stake no epoch pays, proved or not", async () => {
    const { protocol, marketplace, registry, ledger, token, lease, first } = await loadFixture(rented);
    // A wei less than ten times the price stays: a slash would cost less than the epochs bring.
    await registry.write.unstake([NODE, STAKE - 10n * PRICE + 1n], { account: provider });
    await serve(protocol, first, [SLOTS, SLOTS, SLOTS]);
    await goTo(first + 2n + FINAL_AFTER);
    assert.equal(await ledger.read.uptimeOf([NODE, first]), SLOTS);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 168n], { account: anyone })), settled(0, TERM));
    assert.equal(await token.read.balanceOf([tenant.address]), ALLOCATION);
  });

  it("lease settled twice: each epoch is paid once, in one call, in pieces and in a batch that names it 32 times", async () => {
    const { protocol, marketplace, lease } = await loadFixture(fullyServed);
    const pieces = await changes(protocol, async () => {
      await marketplace.write.settle([lease, 2n], { account: provider });
      await marketplace.write.settleMany([Array.from({ length: 32 }, () => lease), 168n], { account: provider });
    });
    const gross = BigInt(TERM) * PRICE;
    const burned = (2n * PRICE) / 100n + (4n * PRICE) / 100n;
    assert.deepEqual(pieces, { provider: gross - burned, burned, escrowed: -gross });
    const again = marketplace.write.settle([lease, 168n], { account: provider });
    await assertions.revertWithCustomErrorWithArgs(again, marketplace, "Marketplace_NothingToSettle", [lease]);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settleMany([[lease], 168n])), {});
  });

  it("lease settled out of order: a provider cannot take the good epochs and leave the three that end the lease", async () => {
    const { protocol, marketplace, lease, first } = await loadFixture(rented);
    await serve(protocol, first, ["missing", "missing", "missing", SLOTS, SLOTS, SLOTS]);
    await goTo(first + 5n + FINAL_AFTER);
    // There is no way to name an epoch; one at a time, it comes to the failures first.
    const inOrder = await changes(protocol, async () => {
      for (let piece = 0; piece < 3; piece++) await marketplace.write.settle([lease, 1n], { account: provider });
    });
    assert.deepEqual(inOrder, settled(0, TERM));
    await assertions.revertWithCustomError(marketplace.write.settle([lease, 1n], { account: provider }), marketplace, "Marketplace_NothingToSettle");
  });

  it("lease settled before its epoch is final: a lie is not paid ahead of the challenge", async () => {
    const { protocol, marketplace, ledger, lease, first } = await loadFixture(rented);
    await goTo(first + 1n, 1);
    await ledger.write.commit([commitArgs(NODE, first, ALL)], { account: provider });
    const windows = BigInt(P.commitSeconds + P.challengeSeconds + P.responseSeconds);
    const closes = (first + 1n) * EPOCH + BigInt(P.commitSeconds + P.challengeSeconds);
    await at(closes - 1n);
    await ledger.write.challenge([NODE, first, 1n], { account: challenger.account });
    const finalAt = (first + 1n) * EPOCH + windows;
    await at(finalAt - 1n);
    const early = marketplace.write.settle([lease, 1n], { account: provider });
    await assertions.revertWithCustomError(early, marketplace, "Marketplace_NothingToSettle");
    await at(finalAt);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 1n], { account: provider })), settled(0, 1));
  });

  it("rejecting what one used: the price burns, so refusing costs a tenant exactly what accepting does", async () => {
    const { protocol, marketplace, lease, first } = await loadFixture(rented);
    await serve(protocol, first, [SLOTS]);
    await marketplace.write.reject([lease, Number(first)], { account: tenant });
    await serve(protocol, first + 1n, [SLOTS]);
    await goTo(first + 1n + FINAL_AFTER);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 168n])), settled(1, 0, 1));
    const { tenant: left, provider: earned } = await wealth(protocol);
    assert.equal(left, ALLOCATION - 2n * PRICE);
    assert.equal(earned, ALLOCATION - STAKE + netOf(PRICE));
    // Afterwards is too late.
    const late = marketplace.write.reject([lease, Number(first + 1n)], { account: tenant });
    await assertions.revertWithCustomError(late, marketplace, "Marketplace_NotRejectable");
  });

  it("refunded twice: cancelled, rejected, terminated and failed, the epochs of a lease return once", async () => {
    const { protocol, marketplace, token, lease, first } = await loadFixture(rented);
    await goTo(first, 1);
    await marketplace.write.cancel([lease], { account: tenant });
    for (const again of [
      () => marketplace.write.cancel([lease], { account: tenant }),
      () => marketplace.write.cancel([lease], { account: competitor }),
      () => marketplace.write.terminate([lease], { account: competitor }),
    ]) {
      await assert.rejects(again(), /Marketplace_NothingToEnd|Marketplace_OnlyTenant|Marketplace_OnlyProvider/);
    }
    await marketplace.write.terminate([lease], { account: provider });
    await marketplace.write.reject([lease, Number(first)], { account: tenant });
    await goTo(first + FINAL_AFTER);
    await marketplace.write.settle([lease, 168n]);
    assert.equal(await token.read.balanceOf([tenant.address]), ALLOCATION);
    assert.equal((await wealth(protocol)).escrowed, 0n);
    assert.equal(await token.read.balanceOf([marketplace.address]), 0n);
  });

  it("a tenant that voids its provider: challenging a true epoch burns the bond, and the epoch is paid", async () => {
    const { protocol, marketplace, ledger, token, lease, first } = await loadFixture(rented);
    await goTo(first + 1n, 1);
    const receipts = await commitTruth(protocol, NODE, first, ALL.slice(0, 9));
    await token.write.approve([ledger.address, P.challengeBond], { account: tenant });
    await ledger.write.challenge([NODE, first, 1n], { account: tenant });
    await ledger.write.answer([NODE, first, 0n, slotAnswers(receipts, [0])], { account: provider });
    await goTo(first + FINAL_AFTER);
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 1n])), settled(1, 0));
    assert.equal(await token.read.balanceOf([tenant.address]), ALLOCATION - BigInt(TERM) * PRICE - P.challengeBond);
    assert.equal(await token.read.totalBurned(), P.challengeBond + PRICE / 100n);
  });
});
