import assert from "node:assert/strict";
import {
  changes,
  endsOf,
  ENOUGH,
  FINAL_AFTER,
  goNoEarlier,
  listed,
  MAX_EPOCHS,
  PRICE,
  provider,
  REASON,
  rented,
  serve,
  servedLease,
  settled,
  tenant,
  TERM,
  type Served,
} from "./support/leases.ts";
import { assertions, at, bob, EPOCH, epochNow, goTo, loadFixture } from "./support/protocol.ts";

type Rented = Awaited<ReturnType<typeof rented>>;

const isAddress = (expected: string) => (value: string) => value.toLowerCase() === expected.toLowerCase();
const refund = (epochs: number) => (epochs === 0 ? {} : { tenant: BigInt(epochs) * PRICE, escrowed: -BigInt(epochs) * PRICE });

const ends = {
  cancel: ({ marketplace, lease }: Rented) => marketplace.write.cancel([lease], { account: tenant }),
  terminate: ({ marketplace, lease }: Rented) => marketplace.write.terminate([lease], { account: provider }),
};

async function reject({ marketplace, lease }: Rented, epoch: bigint) {
  return marketplace.write.reject([lease, Number(epoch)], { account: tenant });
}

async function settleAll({ protocol, marketplace, lease, end }: Rented) {
  await goNoEarlier(end + FINAL_AFTER);
  return changes(protocol, () => marketplace.write.settle([lease, 168n], { account: bob.account }));
}

describe("Marketplace: ends", () => {
  describe("cancel and terminate", () => {
    it("MKT-4 cancel refunds the epochs after the next, terminate all that are not begun, in each epoch of the lease", async () => {
      for (const [name, kept, reason] of [["cancel", 2, REASON.cancelled], ["terminate", 1, REASON.terminated]] as const) {
        // Epoch 0 is the one before the lease begins.
        for (let epoch = 0; epoch <= TERM; epoch++) {
          const state = await loadFixture(rented);
          const { protocol, marketplace, lease, first } = state;
          await goNoEarlier(first + BigInt(epoch) - 1n, 0);
          const dropped = TERM - (epoch - 1 + kept);
          if (dropped <= 0) {
            await assertions.revertWithCustomErrorWithArgs(ends[name](state), marketplace, "Marketplace_NothingToEnd", [
              lease,
              Number(state.end),
            ]);
            continue;
          }
          const cost = await changes(protocol, async () => {
            const hash = await ends[name](state);
            const end = Number(state.end) - dropped;
            await assertions.emitWithArgs(hash, marketplace, "LeaseEnded", [lease, end, BigInt(dropped) * PRICE, reason]);
          });
          assert.deepEqual(cost, refund(dropped), `${name} in epoch ${epoch}`);
        }
      }
    });

    it("MKT-4 the epoch's edges decide: the last second still ends by the old epoch, the first by the new one", async () => {
      for (const [offset, name, kept] of [[-1n, "cancel", 3], [0n, "cancel", 4], [-1n, "terminate", 2], [0n, "terminate", 3]] as const) {
        const state = await loadFixture(rented);
        await at((state.first + 2n) * EPOCH + offset);
        assert.deepEqual(await changes(state.protocol, () => ends[name](state)), refund(TERM - kept), `${name} ${offset}`);
      }
    });

    it("MKT-4 what remains is settled as ever, and nothing returns twice", async () => {
      const state = await loadFixture(rented);
      const { protocol, marketplace, first, lease } = state;
      await goTo(first);
      assert.deepEqual(await changes(protocol, () => ends.cancel(state)), refund(4));
      const again = ends.cancel(state);
      await assertions.revertWithCustomErrorWithArgs(again, marketplace, "Marketplace_NothingToEnd", [lease, Number(first) + 2]);
      assert.deepEqual(await changes(protocol, () => ends.terminate(state)), refund(1));
      for (const end of Object.values(ends)) {
        await assertions.revertWithCustomError(end(state), marketplace, "Marketplace_NothingToEnd");
      }
      await serve(protocol, first, [ENOUGH]);
      assert.deepEqual(await settleAll(state), settled(1, 0));
      for (const call of [() => ends.cancel(state), () => ends.terminate(state)]) {
        await assertions.revertWithCustomError(call(), marketplace, "Marketplace_NothingToEnd");
      }
      await assertions.revertWithCustomError(marketplace.write.settle([lease, 1n]), marketplace, "Marketplace_NothingToSettle");
    });

    it("MKT-4 terminated before it began: all returns, nothing is left to settle", async () => {
      const state = await loadFixture(rented);
      const { protocol, marketplace, lease } = state;
      assert.deepEqual(await changes(protocol, () => ends.terminate(state)), refund(TERM));
      await goTo(state.end + FINAL_AFTER);
      assert.equal(await marketplace.read.settleable([lease]), 0n);
      await assertions.revertWithCustomError(marketplace.write.settle([lease, 1n]), marketplace, "Marketplace_NothingToSettle");
    });

    it("MKT-4 Marketplace_OnlyTenant, Marketplace_OnlyProvider", async () => {
      const { marketplace, lease, first } = await loadFixture(rented);
      await goTo(first);
      for (const { account } of [bob, { account: provider }]) {
        const by = [lease, isAddress(account.address)] as [bigint, (value: string) => boolean];
        const cancel = marketplace.write.cancel([lease], { account });
        await assertions.revertWithCustomErrorWithArgs(cancel, marketplace, "Marketplace_OnlyTenant", by);
        const rejection = marketplace.write.reject([lease, Number(first)], { account });
        await assertions.revertWithCustomErrorWithArgs(rejection, marketplace, "Marketplace_OnlyTenant", by);
      }
      for (const account of [bob.account, tenant]) {
        const terminate = marketplace.write.terminate([lease], { account });
        await assertions.revertWithCustomErrorWithArgs(terminate, marketplace, "Marketplace_OnlyProvider", [
          lease,
          isAddress(account.address),
        ]);
      }
    });
  });

  describe("the third failure in a row", () => {
    it("MKT-4 ends the lease at that epoch; later epochs return, though they were served", async () => {
      const state = await loadFixture(async function threeDown() {
        return servedLease([12, 0, "missing", "void", 12, 12]);
      });
      const { protocol, marketplace, lease, first } = state;
      const cost = await changes(protocol, async () => {
        const hash = await marketplace.write.settle([lease, 168n]);
        await assertions.emitWithArgs(hash, marketplace, "LeaseEnded", [lease, Number(first) + 4, 2n * PRICE, REASON.threeFailures]);
      });
      assert.deepEqual(cost, settled(1, 5));
      const { end, next, failures } = await marketplace.read.leaseOf([lease]);
      assert.deepEqual([BigInt(end), BigInt(next), failures], [first + 4n, first + 4n, 3]);
      await assertions.revertWithCustomError(marketplace.write.settle([lease, 1n]), marketplace, "Marketplace_NothingToSettle");
    });

    it("MKT-4 only in a row: two failures, a good epoch and two failures do not end it", async () => {
      const state = await loadFixture(async function twiceTwo() {
        return servedLease([0, 0, 12, 0, 0, 12]);
      });
      assert.deepEqual(await settleAll(state), settled(2, 4));
      assert.equal(BigInt((await state.marketplace.read.leaseOf([state.lease])).end), state.end);
    });

    it("MKT-4 in the last epoch there is nothing more to drop", async () => {
      const state = await loadFixture(async function lastThree() {
        return servedLease([12, 12, 12, 0, 0, 0]);
      });
      const { protocol, marketplace, lease } = state;
      const cost = await changes(protocol, async () => {
        assert.equal(await endsOf(protocol, await marketplace.write.settle([lease, 168n])), 0);
      });
      assert.deepEqual(cost, settled(3, 3));
    });

    it("MKT-4 is found across pieces of settling", async () => {
      const state = await loadFixture(async function piecemeal() {
        return servedLease([0, 0, 0, 12, 12, 12]);
      });
      const { protocol, marketplace, lease } = state;
      for (const [refunded, failures] of [[1, 1], [1, 2], [4, 3]] as const) {
        assert.deepEqual(await changes(protocol, () => marketplace.write.settle([lease, 1n])), settled(0, refunded));
        assert.equal((await marketplace.read.leaseOf([lease])).failures, failures);
      }
    });

    it("MKT-4 while the lease runs, as soon as it is final: the rest, not begun and under way alike, returns", async () => {
      const { protocol, marketplace } = await loadFixture(listed);
      await marketplace.write.rent([1n, MAX_EPOCHS], { account: tenant });
      const first = (await epochNow()) + 1n;
      await serve(protocol, first, ["missing", "missing", "missing", 12]);
      await goTo(first + 2n + FINAL_AFTER);
      assert.deepEqual(await changes(protocol, () => marketplace.write.settle([1n, 168n])), settled(0, MAX_EPOCHS));
      const over = marketplace.write.cancel([1n], { account: tenant });
      await assertions.revertWithCustomError(over, marketplace, "Marketplace_NothingToEnd");
    });

    it("MKT-4 found late, the lease ended otherwise meanwhile: everybody has the same to the wei, in every order", async () => {
      const served: Served[] = [12, 0, 0, 0, 12, 12];
      const acts = { ...ends, reject: (state: Rented) => reject(state, state.first + 4n) };
      for (const late of [false, true]) {
        for (const [name, act] of Object.entries(acts)) {
          const { protocol, marketplace } = await loadFixture(listed);
          await marketplace.write.rent([1n, MAX_EPOCHS], { account: tenant });
          const first = (await epochNow()) + 1n;
          const end = first + BigInt(MAX_EPOCHS);
          const state: Rented = { protocol, lease: 1n, first, end, listing: 1n, ...protocol };
          const total = await changes(protocol, async () => {
            await serve(protocol, first, served.slice(0, 4));
            await goNoEarlier(first + 4n);
            if (late) await act(state);
            await serve(protocol, first + 4n, served.slice(4));
            await goTo(first + 3n + FINAL_AFTER);
            await marketplace.write.settle([1n, 168n]);
            if (late) return;
            const over = name === "reject" ? "Marketplace_NotRejectable" : "Marketplace_NothingToEnd";
            await assertions.revertWithCustomError(act(state), marketplace, over);
          });
          assert.deepEqual(total, settled(1, MAX_EPOCHS - 1), `${name}, late: ${late}`);
        }
      }
    });
  });

  describe("reject", () => {
    it("MKT-6 a rejected epoch that met the level burns; the lease ends with the current epoch, which is paid", async () => {
      const state = await loadFixture(rented);
      const { protocol, marketplace, lease, first } = state;
      await serve(protocol, first, [12, 12]);
      const cost = await changes(protocol, async () => {
        const hash = await reject(state, first + 1n);
        await assertions.emitWithArgs(hash, marketplace, "EpochRejected", [lease, Number(first) + 1]);
        await assertions.emitWithArgs(hash, marketplace, "LeaseEnded", [lease, Number(first) + 3, 3n * PRICE, REASON.rejected]);
      });
      assert.deepEqual(cost, refund(3));
      assert.equal(await marketplace.read.isRejected([lease, Number(first) + 1]), true);
      await serve(protocol, first + 2n, [12]);
      assert.deepEqual(await settleAll(state), settled(2, 0, 1));
    });

    it("MKT-6 a rejected epoch that failed returns to the tenant", async () => {
      for (const what of [ENOUGH - 1, "missing", "void"] as const) {
        const state = await loadFixture(rented);
        await serve(state.protocol, state.first, [what]);
        await reject(state, state.first);
        await serve(state.protocol, state.first + 1n, [12]);
        assert.deepEqual(await settleAll(state), settled(1, 1), String(what));
      }
    });

    it("MKT-6 the running epoch and the one before may both be rejected, each once; Marketplace_AlreadyRejected", async () => {
      const state = await loadFixture(rented);
      const { protocol, marketplace, lease, first } = state;
      await serve(protocol, first, [12]);
      assert.deepEqual(await changes(protocol, () => reject(state, first)), refund(4));
      await assertions.revertWithCustomErrorWithArgs(reject(state, first), marketplace, "Marketplace_AlreadyRejected", [
        lease,
        Number(first),
      ]);
      const second = await changes(protocol, async () => {
        assert.equal(await endsOf(protocol, await reject(state, first + 1n)), 0);
      });
      assert.deepEqual(second, {});
      await serve(protocol, first + 1n, [12]);
      assert.deepEqual(await settleAll(state), settled(0, 0, 2));
    });

    it("MKT-6 Marketplace_NotRejectable: only epochs of the lease, from their start until the end of the next", async () => {
      const state = await loadFixture(rented);
      const { marketplace, first, lease } = state;
      const never = async (epoch: bigint) =>
        assertions.revertWithCustomErrorWithArgs(reject(state, epoch), marketplace, "Marketplace_NotRejectable", [
          lease,
          Number(epoch),
        ]);
      // Before the lease: the epoch in which it was rented is no part of it, its first not begun.
      for (const epoch of [first - 1n, first, 0n, 2n ** 32n - 1n]) await never(epoch);
      await at(first * EPOCH - 1n);
      await never(first);
      await at((first + 2n) * EPOCH);
      await never(first);
      await never(first + 3n);
      await at((first + 3n) * EPOCH - 1n);
      await reject(state, first + 1n);
    });

    it("MKT-6 the last epoch may be rejected in the one after the lease, and changes no end", async () => {
      const state = await loadFixture(rented);
      const { protocol, marketplace, end, first } = state;
      await serve(protocol, first, [12, 12, 12, 12, 12, 12]);
      await assertions.revertWithCustomError(reject(state, end), marketplace, "Marketplace_NotRejectable");
      assert.deepEqual(await changes(protocol, () => reject(state, end - 1n)), {});
      assert.deepEqual(await settleAll(state), settled(5, 0, 1));
      await assertions.revertWithCustomError(reject(state, end - 1n), marketplace, "Marketplace_NotRejectable");
    });

    it("MKT-6 after a cancellation the running epochs may still be rejected, those dropped not", async () => {
      const state = await loadFixture(rented);
      const { protocol, marketplace, first } = state;
      await goTo(first);
      await ends.cancel(state);
      await serve(protocol, first, [12]);
      assert.deepEqual(await changes(protocol, () => reject(state, first + 1n)), {});
      await serve(protocol, first + 1n, [12]);
      await assertions.revertWithCustomError(reject(state, first + 2n), marketplace, "Marketplace_NotRejectable");
      assert.deepEqual(await settleAll(state), settled(1, 0, 1));
    });

    it("MKT-6 a provider that terminates does not escape a rejection, nor does a rejection stop its termination", async () => {
      const state = await loadFixture(rented);
      const { protocol, marketplace, first } = state;
      await goTo(first);
      await ends.terminate(state);
      await reject(state, first);
      await assertions.revertWithCustomError(ends.terminate(state), marketplace, "Marketplace_NothingToEnd");
      await serve(protocol, first, [12]);
      assert.deepEqual(await settleAll(state), settled(0, 0, 1));
    });

    it("MKT-6 an epoch that burns is no failure, one that is rejected and failed is", async () => {
      for (const [served, burned, failures] of [[[0, 0, 12, 0], 1, 1], [[0, 0, 0, 12], 0, 3]] as const) {
        const state = await loadFixture(rented);
        const { protocol, marketplace, first, lease } = state;
        await serve(protocol, first, served.slice(0, 3));
        await reject(state, first + 2n);
        await serve(protocol, first + 3n, served.slice(3));
        assert.deepEqual(await settleAll(state), settled(0, 4 - burned, burned));
        assert.equal((await marketplace.read.leaseOf([lease])).failures, failures);
      }
    });
  });
});
