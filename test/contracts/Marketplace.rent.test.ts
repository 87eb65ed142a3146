import assert from "node:assert/strict";
import { encodeFunctionData, maxUint256, zeroAddress } from "viem";
import { PRODUCTION, X0T } from "../../core/parameters.ts";
import {
  changes,
  ENOUGH,
  FINAL_AFTER,
  listed,
  market,
  MAX_EPOCHS,
  MIN_UPTIME_BPS,
  NODE,
  PRICE,
  provider,
  rented,
  serve,
  settled,
  tenant,
  TERM,
} from "./support/leases.ts";
import { registryParameters } from "./support/nodes.ts";
import { signPermit } from "./support/permit.ts";
import {
  alice,
  assertions,
  at,
  bob,
  byTimelock,
  carol,
  deployProtocolFixture,
  EPOCH,
  epochNow,
  goTo,
  loadFixture,
  poor,
  provider as chain,
  publicClient,
  registerNode,
  viem,
  wallets,
  type Protocol,
} from "./support/protocol.ts";

const MOST = 100n * X0T;
const COST = PRICE * BigInt(TERM);

const isAddress = (expected: string) => (value: string) => value.toLowerCase() === expected.toLowerCase();

async function leaseOf({ marketplace }: Protocol, lease: bigint) {
  return marketplace.read.leaseOf([lease]);
}

describe("Marketplace: listing and renting", () => {
  describe("list", () => {
    it("MKT-1 the operator of an active node offers it; listings are numbered from 1 and keep their terms", async () => {
      const { marketplace, registry } = await loadFixture(listed);
      const hash = await marketplace.write.list([NODE, PRICE, 5_000, 8_760], { account: provider });
      await assertions.emitWithArgs(hash, marketplace, "Listed", [2n, NODE, isAddress(provider.address), PRICE, 5_000, 8_760]);
      await registry.write.stake([NODE, X0T], { account: provider });
      assert.equal(await marketplace.read.listingCount(), 2n);
      const { provider: by, ...terms } = await marketplace.read.listingOf([1n]);
      assert.equal(by.toLowerCase(), provider.address.toLowerCase());
      assert.deepEqual(terms, {
        node: NODE,
        pricePerEpoch: PRICE,
        minUptimeBps: MIN_UPTIME_BPS,
        maxEpochs: MAX_EPOCHS,
        open: true,
      });
    });

    it("MKT-1 Marketplace_OnlyOperator, NodeRegistry_UnknownNode", async () => {
      const { marketplace, registry } = await loadFixture(market);
      const args = [NODE, PRICE, 9_000, 1] as const;
      const stranger = marketplace.write.list([...args], { account: bob.account });
      await assertions.revertWithCustomErrorWithArgs(stranger, marketplace, "Marketplace_OnlyOperator", [
        NODE,
        isAddress(bob.account.address),
      ]);
      const unknown = marketplace.write.list([6, PRICE, 9_000, 1], { account: provider });
      await assertions.revertWithCustomErrorWithArgs(unknown, registry, "NodeRegistry_UnknownNode", [6]);
    });

    it("MKT-1 Marketplace_NotActive: too little at stake at the next epoch's start; a new node may be offered at once", async () => {
      const { protocol, marketplace, registry } = await loadFixture(market);
      await registry.write.unstake([NODE, 901n * X0T], { account: provider });
      const inactive = marketplace.write.list([NODE, 1n, 9_000, 1], { account: provider });
      await assertions.revertWithCustomErrorWithArgs(inactive, marketplace, "Marketplace_NotActive", [NODE]);
      await registry.write.stake([NODE, X0T], { account: provider });
      await marketplace.write.list([NODE, 10n * X0T, 9_000, 1], { account: provider });
      await registerNode(protocol, 6);
      await marketplace.write.list([6, MOST, 9_000, 1], { account: wallets[7]!.account });
    });

    it("MKT-1 Marketplace_BadPrice: above 0, at most 10 % of the stake, rounded down", async () => {
      const { marketplace, registry } = await loadFixture(market);
      await registry.write.stake([NODE, 9n], { account: provider });
      for (const price of [0n, MOST + 1n, 2n ** 96n, 2n ** 96n + PRICE, maxUint256]) {
        const bad = marketplace.write.list([NODE, price, 9_000, 1], { account: provider });
        await assertions.revertWithCustomErrorWithArgs(bad, marketplace, "Marketplace_BadPrice", [price, MOST]);
      }
      for (const price of [1n, MOST]) await marketplace.write.list([NODE, price, 9_000, 1], { account: provider });
    });

    it("MKT-1 what leaves in the same block counts no more", async () => {
      const { marketplace, registry } = await loadFixture(market);
      await chain.request({ method: "evm_setAutomine", params: [false] });
      const sent = { account: provider, gas: 500_000n };
      const left = await registry.write.unstake([NODE, 500n * X0T], sent);
      const offered = await marketplace.write.list([NODE, MOST, 9_000, 1], sent);
      await chain.request({ method: "evm_mine", params: [] });
      await chain.request({ method: "evm_setAutomine", params: [true] });
      const [first, second] = await Promise.all([left, offered].map((hash) => publicClient.getTransactionReceipt({ hash })));
      assert.deepEqual([first!.status, second!.status, second!.blockNumber], ["success", "reverted", first!.blockNumber]);
    });

    it("MKT-1 Marketplace_BadUptime outside 5,000 to 9,900; Marketplace_BadEpochs outside 1 to 8,760", async () => {
      const { marketplace } = await loadFixture(market);
      for (const bps of [0, 4_999, 9_901, 65_535]) {
        const bad = marketplace.write.list([NODE, PRICE, bps, 1], { account: provider });
        await assertions.revertWithCustomErrorWithArgs(bad, marketplace, "Marketplace_BadUptime", [bps, 5_000, 9_900]);
      }
      for (const epochs of [0, 8_761, 2 ** 32 - 1]) {
        const bad = marketplace.write.list([NODE, PRICE, 9_000, epochs], { account: provider });
        await assertions.revertWithCustomErrorWithArgs(bad, marketplace, "Marketplace_BadEpochs", [BigInt(epochs), 8_760n]);
      }
      for (const [bps, epochs] of [[5_000, 1], [9_900, 8_760]] as const) {
        await marketplace.write.list([NODE, PRICE, bps, epochs], { account: provider });
      }
    });

    it("MKT-1 delist: the provider only, once; Marketplace_ListingClosed, Marketplace_UnknownListing", async () => {
      const { marketplace, listing } = await loadFixture(listed);
      const stranger = marketplace.write.delist([listing], { account: tenant });
      await assertions.revertWithCustomErrorWithArgs(stranger, marketplace, "Marketplace_OnlyOperator", [
        NODE,
        isAddress(tenant.address),
      ]);
      const hash = await marketplace.write.delist([listing], { account: provider });
      await assertions.emitWithArgs(hash, marketplace, "Delisted", [listing]);
      assert.equal((await marketplace.read.listingOf([listing])).open, false);
      const permit = { deadline: 0n, v: 27, r: `0x${"1".repeat(64)}`, s: `0x${"1".repeat(64)}` } as const;
      for (const call of [
        () => marketplace.write.delist([listing], { account: provider }),
        () => marketplace.write.rent([listing, 1], { account: tenant }),
        () => marketplace.write.rentWithPermit([listing, 1, permit.deadline, permit.v, permit.r, permit.s], { account: tenant }),
      ]) {
        await assertions.revertWithCustomErrorWithArgs(call(), marketplace, "Marketplace_ListingClosed", [listing]);
      }
      for (const id of [0n, 2n, maxUint256]) {
        for (const call of [
          () => marketplace.write.delist([id], { account: provider }),
          () => marketplace.write.rent([id, 1], { account: tenant }),
          () => marketplace.read.listingOf([id]),
        ]) {
          await assertions.revertWithCustomErrorWithArgs(call(), marketplace, "Marketplace_UnknownListing", [id]);
        }
      }
    });

    it("MKT-1 leases of a delisted listing go on", async () => {
      const { protocol, marketplace, lease, first, listing } = await loadFixture(rented);
      await marketplace.write.delist([listing], { account: provider });
      await serve(protocol, first, [ENOUGH]);
      await goTo(first + FINAL_AFTER);
      assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 1n])), settled(1, 0));
    });

    it("Marketplace_BadParameters: nothing missing, and an epoch that may be rejected is never final (MKT-6)", async () => {
      const { token, ledger, seat, registry } = await loadFixture(deployProtocolFixture);
      const good = [token.address, ledger.address, seat.address] as const;
      for (const index of good.keys()) {
        const args = good.map((address, i) => (i === index ? zeroAddress : address)) as [string, string, string];
        await assert.rejects(viem.deployContract("Marketplace", args as never), /Marketplace_BadParameters/);
      }
      const ledgerOf = (responseSeconds: number) => ({
        ...registryParameters(token.address),
        registry: registry.address,
        slotsPerEpoch: 12,
        minWitnesses: 2,
        commitSeconds: 1200n,
        challengeSeconds: 1200n,
        responseSeconds: BigInt(responseSeconds),
        challengeBond: PRODUCTION.challengeBond,
      });
      for (const [responseSeconds, fits] of [[1199, false], [1200, true]] as const) {
        const short = await viem.deployContract("ProofLedger", [ledgerOf(responseSeconds)] as never);
        const deployed = viem.deployContract("Marketplace", [token.address, short.address, seat.address]);
        if (fits) await deployed;
        else await assert.rejects(deployed, /Marketplace_BadParameters/);
      }
    });
  });

  describe("rent", () => {
    it("MKT-2 locks price × epochs burn-free, from the next epoch on", async () => {
      const { protocol, marketplace, listing } = await loadFixture(listed);
      const first = Number(await epochNow()) + 1;
      const cost = await changes(protocol, async () => {
        const hash = await marketplace.write.rent([listing, TERM], { account: tenant });
        await assertions.emitWithArgs(hash, marketplace, "Rented", [
          1n,
          listing,
          isAddress(tenant.address),
          NODE,
          first,
          first + TERM,
          PRICE,
        ]);
      });
      assert.deepEqual(cost, { tenant: -COST, escrowed: COST });
      const { tenant: by, provider: from, ...lease } = await leaseOf(protocol, 1n);
      assert.deepEqual([by, from].map((a) => a.toLowerCase()), [tenant.address, provider.address].map((a) => a.toLowerCase()));
      assert.deepEqual(lease, {
        pricePerEpoch: PRICE,
        node: NODE,
        first,
        end: first + TERM,
        next: first,
        minUptimeBps: MIN_UPTIME_BPS,
        failures: 0,
        listing,
      });
      assert.deepEqual([await marketplace.read.leaseCount(), await marketplace.read.latestLeaseOf([NODE])], [1n, 1n]);
    });

    it("MKT-2 the last second of an epoch rents from the next, the first second of the next from the one after", async () => {
      for (const offset of [-1n, 0n]) {
        const { protocol, marketplace, listing } = await loadFixture(listed);
        const next = (await epochNow()) + 1n;
        await at(next * EPOCH + offset);
        await marketplace.write.rent([listing, 1], { account: tenant });
        assert.equal((await leaseOf(protocol, 1n)).first, Number(next + offset) + 1);
      }
    });

    it("MKT-2 Marketplace_BadEpochs: 1 to the listing's longest; no lease without X0T", async () => {
      const { marketplace, listing, token } = await loadFixture(listed);
      for (const epochs of [0, MAX_EPOCHS + 1, 2 ** 32 - 1]) {
        const bad = marketplace.write.rent([listing, epochs], { account: tenant });
        await assertions.revertWithCustomErrorWithArgs(bad, marketplace, "Marketplace_BadEpochs", [
          BigInt(epochs),
          BigInt(MAX_EPOCHS),
        ]);
      }
      await token.write.approve([marketplace.address, maxUint256], { account: poor.account });
      const broke = marketplace.write.rent([listing, 1], { account: poor.account });
      await assertions.revertWithCustomError(broke, token, "ERC20InsufficientBalance");
      await marketplace.write.rent([listing, MAX_EPOCHS], { account: tenant });
    });

    it("MKT-1 Marketplace_BadPrice, Marketplace_NotActive: the stake is looked at again when somebody rents", async () => {
      const { marketplace, listing, registry } = await loadFixture(listed);
      const least = PRICE * 10n;
      const spare = 1_000n * X0T - least;
      await registry.write.unstake([NODE, spare + 1n], { account: provider });
      const thin = marketplace.write.rent([listing, 1], { account: tenant });
      await assertions.revertWithCustomErrorWithArgs(thin, marketplace, "Marketplace_BadPrice", [PRICE, PRICE - 1n]);
      await registry.write.unstake([NODE, 2n * X0T], { account: provider });
      const idle = marketplace.write.rent([listing, 1], { account: tenant });
      await assertions.revertWithCustomErrorWithArgs(idle, marketplace, "Marketplace_NotActive", [NODE]);
      await registry.write.stake([NODE, 2n * X0T + 1n], { account: provider });
      await marketplace.write.rent([listing, 1], { account: tenant });
    });

    it("MKT-2 Marketplace_Booked: a node's leases never overlap, whatever the listing, and touch without a gap", async () => {
      const { protocol, marketplace, lease, end } = await loadFixture(rented);
      await marketplace.write.list([NODE, 1n, 5_000, 1], { account: provider });
      const booked = async () => {
        const rent = marketplace.write.rent([2n, 1], { account: bob.account });
        await assertions.revertWithCustomErrorWithArgs(rent, marketplace, "Marketplace_Booked", [NODE, Number(end)]);
      };
      await booked();
      await at((end - 1n) * EPOCH - 1n);
      await booked();
      await at((end - 1n) * EPOCH);
      await marketplace.write.rent([2n, 1], { account: bob.account });
      assert.equal((await leaseOf(protocol, 2n)).first, Number(end));
      assert.equal((await leaseOf(protocol, lease)).end, Number(end));
    });

    it("MKT-2 unsettled leases block nothing, and another node is another matter", async () => {
      const { protocol, marketplace, listing, end, first } = await loadFixture(rented);
      await marketplace.write.list([1, PRICE, 9_000, 1], { account: wallets[2]!.account });
      await marketplace.write.rent([2n, 1], { account: bob.account });
      for (let round = 0n; round < 3n; round++) {
        await goTo(end + round * 2n);
        await marketplace.write.rent([listing, 1], { account: carol.account });
      }
      const { next } = await leaseOf(protocol, 1n);
      assert.equal(next, Number(first));
      assert.equal(await marketplace.read.leaseCount(), 5n);
      assert.equal(await marketplace.read.latestLeaseOf([NODE]), 5n);
    });

    it("MKT-2 an end before its time frees the node: cancelled after the next epoch, terminated or rejected after this one", async () => {
      for (const [end, free] of [["cancel", 2n], ["terminate", 1n], ["reject", 1n]] as const) {
        const { protocol, marketplace, lease, first, listing } = await loadFixture(rented);
        await goTo(first + 1n);
        if (end === "cancel") await marketplace.write.cancel([lease], { account: tenant });
        else if (end === "terminate") await marketplace.write.terminate([lease], { account: provider });
        else await marketplace.write.reject([lease, Number(first)], { account: tenant });
        if (free > 1n) {
          const early = marketplace.write.rent([listing, 1], { account: bob.account });
          await assertions.revertWithCustomError(early, marketplace, "Marketplace_Booked");
          await goTo(first + free);
        }
        await marketplace.write.rent([listing, 1], { account: bob.account });
        const [old, renewed] = [await leaseOf(protocol, 1n), await leaseOf(protocol, 2n)];
        assert.deepEqual([old.end, renewed.first], [Number(first + 1n + free), Number(first + 1n + free)], end);
      }
    });

    it("MKT-4 a third failure frees the node once it is settled", async () => {
      const { marketplace, listing } = await loadFixture(listed);
      const first = (await epochNow()) + 1n;
      await marketplace.write.rent([listing, MAX_EPOCHS], { account: tenant });
      await goTo(first + 2n + FINAL_AFTER);
      const early = marketplace.write.rent([listing, 1], { account: bob.account });
      await assertions.revertWithCustomError(early, marketplace, "Marketplace_Booked");
      await marketplace.write.settle([1n, 3n], { account: bob.account });
      await marketplace.write.rent([listing, 1], { account: bob.account });
    });

    it("MKT-2 a provider may rent from itself and gains nothing by it: 1 % of what it pays itself burns", async () => {
      const { protocol, marketplace, listing, token } = await loadFixture(listed);
      await token.write.approve([marketplace.address, maxUint256], { account: provider });
      const before = await token.read.balanceOf([provider.address]);
      const first = (await epochNow()) + 1n;
      await marketplace.write.rent([listing, 2], { account: provider });
      await serve(protocol, first, [ENOUGH, 0]);
      await goTo(first + 1n + FINAL_AFTER);
      await marketplace.write.settle([1n, 2n]);
      assert.equal((await token.read.balanceOf([provider.address])) - before, -(PRICE / 100n));
    });
  });

  describe("rentWithPermit", () => {
    it("MKT-2 needs no approval, whoever used the permit before; a bad one only an allowance that suffices", async () => {
      for (const frontRun of [false, true]) {
        const { protocol, marketplace, listing, token } = await loadFixture(listed);
        await token.write.approve([marketplace.address, 0n], { account: tenant });
        const { deadline, v, r, s } = await signPermit(protocol, alice, marketplace.address, COST);
        if (frontRun) await token.write.permit([tenant.address, marketplace.address, COST, deadline, v, r, s]);
        const rent = () => marketplace.write.rentWithPermit([listing, TERM, deadline, v, r, s], { account: tenant });
        assert.deepEqual(await changes(protocol, rent), { tenant: -COST, escrowed: COST });
        assert.equal(await token.read.allowance([tenant.address, marketplace.address]), 0n);
      }
    });

    it("MKT-2 a permit for less, expired or of another does not pay; with an allowance it does no harm", async () => {
      const { protocol, marketplace, listing, token } = await loadFixture(listed);
      await token.write.approve([marketplace.address, 0n], { account: tenant });
      const bad = [
        await signPermit(protocol, alice, marketplace.address, COST - 1n),
        await signPermit(protocol, alice, marketplace.address, COST, 1n),
        await signPermit(protocol, bob, marketplace.address, COST),
        await signPermit(protocol, alice, protocol.registry.address, COST),
      ];
      const rents = bad.map(({ deadline, v, r, s }) => [listing, TERM, deadline, v, r, s] as const);
      for (const args of rents) {
        const rent = marketplace.write.rentWithPermit([...args], { account: tenant });
        await assertions.revertWithCustomError(rent, token, "ERC20InsufficientAllowance");
      }
      await token.write.approve([marketplace.address, COST], { account: tenant });
      await marketplace.write.rentWithPermit([...rents[0]!], { account: tenant });
    });

    it("MKT-2 nobody's permit pays for another's lease", async () => {
      const { protocol, marketplace, listing, token } = await loadFixture(listed);
      const { deadline, v, r, s } = await signPermit(protocol, alice, marketplace.address, COST);
      await token.write.approve([marketplace.address, 0n], { account: bob.account });
      const theft = marketplace.write.rentWithPermit([listing, TERM, deadline, v, r, s], { account: bob.account });
      await assertions.revertWithCustomError(theft, token, "ERC20InsufficientAllowance");
    });
  });

  it("TOK-4 a retired marketplace takes no lease; X0TVault_NotActive", async () => {
    const { protocol, marketplace, listing, token } = await loadFixture(listed);
    const data = encodeFunctionData({ abi: token.abi, functionName: "removeVault", args: [marketplace.address] });
    await byTimelock(protocol, token.address, data);
    const rent = marketplace.write.rent([listing, 1], { account: tenant });
    await assertions.revertWithCustomError(rent, marketplace, "X0TVault_NotActive");
  });
});
