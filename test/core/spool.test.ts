import assert from "node:assert/strict";
import { encodeReceivedVoucher, encodeSpoolRecord, parseReceivedVouchers, parseSpool, type SpoolRecord } from "../../core/spool.ts";
import { unitsOf, weiOfUnits } from "../../core/metering.ts";
import { devnetParameters, PRODUCTION, X0T } from "../../core/parameters.ts";
import { challengeDeadline, commitDeadline, epochAt, epochEnd, epochStart, finalAt, slotAt } from "../../core/epochTime.ts";

describe("core/spool", () => {
  const records: SpoolRecord[] = [
    { type: "receipt", slot: 3, witness: 2, signature: "0xab" },
    { type: "relayed", bytes: 1000 },
  ];

  it("reads back what was written", () => {
    assert.deepEqual(parseSpool(records.map(encodeSpoolRecord).join("")), records);
  });

  it("ignores a line that a crash tore off, and garbage", () => {
    const whole = records.map(encodeSpoolRecord).join("");
    for (let cut = 1; cut < 20; cut++) assert.deepEqual(parseSpool(whole.slice(0, -cut)), records.slice(0, 1));
    assert.deepEqual(parseSpool(`\0\0garbage\n${whole}`), records);
  });

  it("keeps the highest voucher of a channel, exact beyond 2^53", () => {
    const channel = "0x01" as const;
    const high = { channel, cumulative: 12_345_678_901_234_567_890n, signature: "0xbb" as const };
    const text = [high, { ...high, cumulative: 1n, signature: "0xaa" as const }].map(encodeReceivedVoucher).join("");
    assert.deepEqual(parseReceivedVouchers(text).get(channel), high);
  });
});

describe("core/metering (NET-18, NET-19)", () => {
  it("1 GB through a circuit of three costs 3, 2 and 1 X0T at its hops", () => {
    const gigabyte = 1_000_000_000;
    assert.equal(weiOfUnits(unitsOf([0, 0, gigabyte])), 3n * X0T);
    assert.equal(weiOfUnits(unitsOf([0, gigabyte])), 2n * X0T);
    assert.equal(weiOfUnits(unitsOf([gigabyte])), X0T);
  });

  it("floors to whole packets by depth", () => {
    assert.equal(unitsOf([99_999, 99_999, 199_999]), 3n);
  });
});

describe("core/epochTime", () => {
  it("gives the production windows: final 12 h after the epoch's end", () => {
    assert.equal(finalAt(PRODUCTION, 10) - epochEnd(PRODUCTION, 10), 12 * 3600);
    assert.equal(commitDeadline(PRODUCTION, 10) - epochEnd(PRODUCTION, 10), 4 * 3600);
    assert.equal(challengeDeadline(PRODUCTION, 10) - commitDeadline(PRODUCTION, 10), 2 * 3600);
  });

  it("places a timestamp in its epoch and slot", () => {
    const parameters = devnetParameters(60);
    assert.equal(epochAt(parameters, 119), 1);
    assert.equal(epochStart(parameters, 1), 60);
    assert.equal(slotAt(parameters, 64.99), 0);
    assert.equal(slotAt(parameters, 119.9), 11);
  });

  it("refuses an epoch that is no multiple of 12 s", () => {
    for (const wrong of [0, 11, 13, 61, 1.5, -12]) assert.throws(() => devnetParameters(wrong), { code: "X0T_BAD_EPOCH" });
  });
});
