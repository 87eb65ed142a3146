import assert from "node:assert/strict";
import { devnetParameters, X0T } from "../../../../core/parameters.ts";
import type { LeaseRow } from "../../../../web/src/data/queries/market.graphql.ts";
import { cancelling, describeState, extendableFrom, leaseEpochs, leaseOf, rejectable, settleable, splitOf, stateOf, terminating } from "../../../../web/src/pages/market/leases.ts";

const parameters = devnetParameters(60);
const wei = (x0t: bigint) => String(x0t * X0T);
const row = (more: Partial<LeaseRow> = {}): LeaseRow => ({
  id: 7,
  listing: 1,
  node: 2,
  tenant: `0x${"1".repeat(40)}`,
  provider: `0x${"2".repeat(40)}`,
  pricePerEpoch: wei(2n),
  minUptimeBps: 9_000,
  first: 100,
  bookedEnd: 110,
  end: 110,
  next: 100,
  settled: false,
  failures: 0,
  paidEpochs: 0,
  refundedEpochs: 0,
  burnedEpochs: 0,
  paid: "0",
  refunded: "0",
  burned: "0",
  pending: wei(20n),
  nextFinalAt: String(101 * 60 + 180),
  endReason: null,
  endedAt: null,
  rentedAt: "5990",
  ...more,
});
const lease = (more: Partial<LeaseRow> = {}) => leaseOf(row(more));

describe("a lease as its tenant sees it", () => {
  it("tells what it does now, and why it ended early", () => {
    assert.deepEqual([99, 100, 109, 110].map((epoch) => stateOf(lease(), epoch)), ["to come", "runs", "runs", "being settled"]);
    assert.equal(stateOf(lease({ next: 110 }), 105), "settled");
    assert.equal(describeState(lease(), 99 * 60 + 20, parameters), "It begins in 40 s.");
    assert.equal(describeState(lease(), 100 * 60, parameters), "It runs, in epoch 1 of 10, and ends in 10 min.");
    assert.equal(describeState(lease(), 110 * 60, parameters), "It is over; its last epoch is final in 3 min.");
    assert.match(describeState(lease(), 113 * 60, parameters), /waits to be settled: anyone may/);
    assert.equal(describeState(lease({ end: 103, next: 103, endReason: "three failures" }), 120 * 60, parameters), "It is over, and every epoch is settled. It was cut short by 7 epochs: three epochs in a row failed.");
  });

  it("MKT-3 splits its money into paid, refunded, burned and pending, which add up to the whole", () => {
    const cut = lease({ end: 108, next: 104, paid: wei(4n), paidEpochs: 2, refunded: wei(6n), refundedEpochs: 1, burned: wei(2n), burnedEpochs: 1, pending: wei(8n), endReason: "cancelled" });
    const { wholeWei, cutWei, parts } = splitOf(cut);
    assert.equal(wholeWei, 20n * X0T);
    assert.equal(cutWei, 4n * X0T);
    assert.equal(parts.reduce((sum, part) => sum + part.wei, 0n), wholeWei);
    assert.deepEqual(parts.map(({ name, epochs }) => [name, epochs]), [["paid", 2], ["refunded", 3], ["burned", 1], ["pending", 4]]);
    assert.match(parts[1]?.meaning ?? "", /1 that failed and 2 that were cut off/);
  });

  it("MKT-4 says what ending it gives back, and nothing if it ends by then anyway", () => {
    assert.deepEqual(cancelling(lease(), 99), { end: 101, epochs: 9, refundWei: 18n * X0T });
    assert.deepEqual(cancelling(lease(), 104), { end: 106, epochs: 4, refundWei: 8n * X0T });
    assert.equal(cancelling(lease(), 108), undefined);
    assert.deepEqual(terminating(lease(), 99), { end: 100, epochs: 10, refundWei: 20n * X0T });
    assert.equal(terminating(lease(), 109), undefined);
  });

  it("MKT-2 MKT-3 MKT-6 knows what may be rented on, settled and rejected", () => {
    assert.equal(extendableFrom(lease(), parameters), 109 * 60);
    assert.deepEqual([90, 100, 104, 200].map((final) => settleable(lease({ next: 102 }), final)), [0, 0, 2, 8]);
    const none = () => false;
    assert.deepEqual(rejectable(lease(), 99, none), []);
    assert.deepEqual(rejectable(lease(), 100, none), [100]);
    assert.deepEqual(rejectable(lease(), 105, none), [104, 105]);
    assert.deepEqual(rejectable(lease(), 105, (epoch) => epoch === 104), [105]);
    assert.deepEqual(rejectable(lease(), 110, none), [109]);
    assert.deepEqual(rejectable(lease(), 111, none), []);
  });

  it("MKT-1 MKT-3 MKT-6 tells of every epoch why it was paid, refunded or still waits", () => {
    const commit = (epoch: number, slots: number, voided = false) => ({ epoch, slots, voided, openChallenges: epoch === 108 ? 1 : 0 });
    const fate = (epoch: number, outcome: string | null, rejected = false) => ({ epoch, outcome, rejected });
    const answer = {
      commits: { items: [commit(100, 12), commit(101, 9), commit(103, 12, true), commit(104, 12), commit(105, 11), commit(106, 12), commit(107, 4), commit(108, 12)] },
      epochs: [fate(100, "paid"), fate(101, "refunded"), fate(102, "refunded"), fate(103, "refunded"), fate(104, "refunded"), fate(105, "burned", true), fate(106, null, true)],
      finalBefore: 108,
      stakeWei: 100n * X0T,
    };
    const now = 110 * 60 + 10;
    const rows = leaseEpochs(lease({ end: 112, next: 106 }), answer, { from: 100, to: 112 }, now, parameters);
    assert.deepEqual(
      rows.map(({ state }) => state),
      ["paid", "refunded", "refunded", "refunded", "refunded", "burned", "due", "due", "open", "open", "running", "to come"],
    );
    assert.deepEqual(rows.map(({ slotsUp }) => slotsUp), [12, 9, undefined, 0, 12, 11, 12, 4, 12, undefined, undefined, undefined]);
    const reasons = rows.map(({ reason }) => reason);
    assert.equal(reasons[0], "Kept: 12 of 12 slots proved, 11 needed.");
    assert.equal(reasons[1], "Too little: 9 of 12 slots proved, 11 needed. The price went back to the tenant.");
    assert.match(reasons[2] ?? "", /published no proof/);
    assert.match(reasons[3] ?? "", /void: a challenge was left unanswered/);
    assert.match(reasons[4] ?? "", /less than ten times the price was at stake/);
    assert.match(reasons[5] ?? "", /rejected it: the price burned/);
    assert.match(reasons[6] ?? "", /will be paid, as soon as somebody settles it. The tenant rejected it/);
    assert.match(reasons[7] ?? "", /will go back to the tenant/);
    assert.match(reasons[8] ?? "", /so far; a challenge is open. It can change until it is final in 1 min 50 s/);
    assert.match(reasons[9] ?? "", /has not published its proof yet/);
    const poor = leaseEpochs(lease({ next: 104 }), { ...answer, epochs: [], stakeWei: 19n * X0T }, { from: 104, to: 105 }, now, parameters);
    assert.match(poor[0]?.reason ?? "", /too little is at stake now/);
  });
});
