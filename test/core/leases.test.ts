import assert from "node:assert/strict";
import { finalAt, finalBefore } from "../../core/epochTime.ts";
import { dueEpochs, outcomeOf, pendingWei, settleBatches, slotsNeeded } from "../../core/leases.ts";
import { devnetParameters, PRODUCTION } from "../../core/parameters.ts";

describe("leases", () => {
  it("PRF-5 finalBefore is the first epoch that is not final", () => {
    for (const parameters of [PRODUCTION, devnetParameters(12)]) {
      const at = finalAt(parameters, 500);
      assert.equal(finalBefore(parameters, at - 1), 500);
      assert.equal(finalBefore(parameters, at), 501);
    }
    assert.equal(finalBefore(PRODUCTION, 10), 0);
  });

  it("MKT-3 counts what is due and what is held", () => {
    assert.equal(dueEpochs({ next: 5, end: 10 }, 5), 0);
    assert.equal(dueEpochs({ next: 5, end: 10 }, 8), 3);
    assert.equal(dueEpochs({ next: 5, end: 10 }, 99), 5);
    assert.equal(dueEpochs({ next: 10, end: 10 }, 99), 0);
    assert.equal(pendingWei({ next: 5, end: 10, pricePerEpoch: 7n }), 35n);
  });

  it("MKT-3 MKT-6 an epoch is paid from its least uptime on, unless it was rejected", () => {
    const epoch = { slotsPerEpoch: 120, minUptimeBps: 9_900, rejected: false };
    assert.equal(outcomeOf({ ...epoch, slotsUp: 119 }), "paid");
    assert.equal(outcomeOf({ ...epoch, slotsUp: 118 }), "refunded");
    assert.equal(outcomeOf({ ...epoch, slotsUp: 119, rejected: true }), "burned");
    assert.equal(outcomeOf({ ...epoch, slotsUp: 0, rejected: true }), "refunded", "a rejection costs the tenant nothing if the epoch failed");
    assert.equal(outcomeOf({ ...epoch, slotsUp: 120, isUnderStaked: true }), "refunded", "MKT-1 a provider that unstakes is not paid");
    assert.deepEqual([slotsNeeded(epoch), slotsNeeded({ slotsPerEpoch: 12, minUptimeBps: 9_000 }), slotsNeeded({ slotsPerEpoch: 12, minUptimeBps: 5_000 })], [119, 11, 6]);
  });

  it("MKT-3 cuts calls at 32 leases and at 168 epochs, and leaves nothing out", () => {
    assert.deepEqual(settleBatches([]), []);
    assert.deepEqual(settleBatches([{ lease: 1n, epochs: 400 }, { lease: 2n, epochs: 3 }]), [
      { leases: [1n], epochs: 168 },
      { leases: [1n], epochs: 168 },
      { leases: [1n, 2n], epochs: 67 },
    ]);
    const many = settleBatches(Array.from({ length: 70 }, (_, index) => ({ lease: BigInt(index), epochs: 2 })));
    assert.deepEqual(many.map(({ leases, epochs }) => [leases.length, epochs]), [[32, 64], [32, 64], [6, 12]]);
    assert.deepEqual(many.flatMap(({ leases }) => leases), Array.from({ length: 70 }, (_, index) => BigInt(index)));
  });
});
