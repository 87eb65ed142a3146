import assert from "node:assert/strict";
import { bitmapOf } from "../../../core/bundle.ts";
import { devnetParameters, PRODUCTION } from "../../../core/parameters.ts";
import { explainSlot, slotList, type EpochFacts } from "../../../web/src/pages/node/explainSlot.ts";

const rules = devnetParameters(60);
const epoch = 1_000;
const start = epoch * 60;
const clock = (seconds: number) => `@${seconds - start}`;
const facts = (change: Partial<EpochFacts> = {}): EpochFacts => ({
  epoch,
  commit: { bitmap: bitmapOf([0, 1, 2]), voided: false, voidedAt: undefined, final: false },
  challenges: [],
  isActive: true,
  isMaintenance: false,
  ownReceipts: undefined,
  ...change,
});
const explain = (change: Partial<EpochFacts>, slot: number, after: number) => explainSlot(facts(change), slot, start + after, rules, clock);
const challenge = (status: string) => ({ challengeId: "0", challenger: "0xabc", bitmap: bitmapOf([1, 2]), deadline: start + 200, status });

describe("web explainSlot", () => {
  it("PRF-2 tells a slot that lies ahead from one that ran in an epoch that still runs", () => {
    assert.deepEqual(explain({ commit: undefined }, 7, 30), { state: "ahead", why: "This slot has not begun yet: it does at @35." });
    const running = explain({ commit: undefined, ownReceipts: { 3: 2 } }, 3, 30);
    assert.equal(running.state, "running");
    assert.match(running.why, /commits .* after @60, until @120.* 2 receipts/);
  });

  it("PRF-2 tells an epoch that can still be committed, and until when, from one that never was", () => {
    const awaited = explain({ commit: undefined }, 3, 119);
    assert.equal(awaited.state, "awaited");
    assert.match(awaited.why, /It can until @120/);
    const late = explain({ commit: undefined }, 3, 120);
    assert.equal(late.state, "uncommitted");
    assert.match(late.why, /ended at @120/);
  });

  it("REG-2 says of an epoch without enough stake that the node was not active, running or over", () => {
    for (const after of [10, 90, 500]) assert.equal(explain({ commit: undefined, isActive: false }, 3, after).state, "inactive");
    assert.equal(explain({ commit: undefined, isActive: undefined }, 3, 500).state, "unknown");
  });

  it("PRF-1 says that too few witnesses signed, with the node's own count if it has one", () => {
    const missed = explain({}, 5, 100);
    assert.equal(missed.state, "missed");
    assert.match(missed.why, /Too few .* fewer than 2 witnesses could be drawn/);
    assert.doesNotMatch(missed.why, /API/);
    assert.match(explain({ ownReceipts: { 5: 1 } }, 5, 100).why, /Its own API counts 1 receipt\./);
    assert.match(explain({ ownReceipts: {} }, 5, 100).why, /counts 0 receipts/);
  });

  it("PRF-3 marks announced maintenance, with or without a commit, but a proved slot stays proved", () => {
    assert.equal(explain({ isMaintenance: true }, 5, 100).state, "maintenance");
    assert.equal(explain({ isMaintenance: true, commit: undefined }, 5, 500).state, "maintenance");
    assert.equal(explain({ isMaintenance: true, commit: undefined }, 5, 100).state, "awaited");
    const up = explain({ isMaintenance: true }, 0, 100);
    assert.equal(up.state, "proved");
    assert.match(up.why, /although it had announced maintenance/);
  });

  it("PRF-4 shows a challenged slot until the answer, and only the slots that it names", () => {
    const open = explain({ challenges: [challenge("open")] }, 1, 150);
    assert.equal(open.state, "challenged");
    assert.match(open.why, /0xabc challenges it.*until @200/);
    assert.equal(explain({ challenges: [challenge("open")] }, 0, 150).state, "proved");
    assert.equal(explain({ challenges: [challenge("answered")] }, 1, 150).state, "proved");
  });

  it("PRF-4 says of every slot of a void epoch who challenged it and which slots were named", () => {
    const commit = { bitmap: bitmapOf([0, 1, 2]), voided: true, voidedAt: start + 201, final: false };
    const claimed = explain({ commit, challenges: [challenge("overdue")] }, 0, 250);
    assert.equal(claimed.state, "voided");
    assert.match(claimed.why, /challenge of 0xabc on slots 1 to 2 .*This slot was claimed/);
    assert.match(explain({ commit, challenges: [challenge("overdue")] }, 9, 250).why, /was not claimed/);
  });

  it("PRF-5 says until when a proved slot can be challenged, and from when on it is final", () => {
    assert.match(explain({}, 0, 100).why, /challenge it until @180; it is final from @240 on/);
    assert.match(explain({}, 0, 200).why, /It is final from @240 on/);
    assert.match(explain({}, 0, 240).why, /is final, nothing can change it/);
  });

  it("counts production's slots of 30 seconds", () => {
    const at = 5 * 3_600;
    const answer = explainSlot({ ...facts({ commit: undefined }), epoch: 5 }, 100, at + 2_999, PRODUCTION, (seconds) => `@${seconds - at}`);
    assert.deepEqual(answer, { state: "ahead", why: "This slot has not begun yet: it does at @3000." });
  });

  it("writes slots as runs", () => {
    assert.equal(slotList([4]), "slot 4");
    assert.equal(slotList([0, 1, 2, 7, 9, 10]), "slots 0 to 2, 7 and 9 to 10");
  });
});
