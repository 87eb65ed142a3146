import assert from "node:assert/strict";
import { devnetParameters, X0T } from "../../../core/parameters.ts";
import { explainEarning, shareWei, weightWei, type EarningFacts } from "../../../web/src/pages/node/epochEarning.ts";
import { stakeAt, stakeThrough } from "../../../web/src/pages/node/stakeHistory.ts";

const rules = devnetParameters(60);
const epoch = 1_000;
const start = epoch * 60;
const clock = (seconds: number) => `@${seconds - start}`;
const commit = { slots: 12, weight: 1_000n * X0T, reward: null as bigint | null, final: false, voided: false, openChallenges: 0 };
const facts = (change: Partial<EarningFacts> = {}): EarningFacts => ({
  epoch,
  commit,
  totalWeight: 6_000n * X0T,
  poolWei: 10_000n * X0T,
  targetWei: 10_000n * X0T,
  stakeWei: 1_000n * X0T,
  claimedWei: undefined,
  isMaintenance: false,
  ...change,
});
const explain = (change: Partial<EarningFacts>, after: number) => explainEarning(facts(change), start + after, rules, clock);

describe("web explainEarning", () => {
  it("REW-1 scales the pool down below the target stake, and shares all of it above", () => {
    assert.equal(shareWei(1_000n, 5_000n, 10_000n, 10_000n), 1_000n);
    assert.equal(shareWei(1_000n, 19_000n, 10_000n, 10_000n), 500n);
    assert.equal(shareWei(0n, 0n, 10_000n, 0n), 0n);
    assert.equal(shareWei(1n, 2n, 10n, 1n), 3n, "rounded down");
  });

  it("PRF-2 weighs stake by proved slots, and the bonus once", () => {
    assert.equal(weightWei(100n, 7, 12, false), 58n);
    assert.equal(weightWei(100n, 12, 12, true), 110n);
  });

  it("PRF-5 is pending, about its share, and says until when", () => {
    const pending = explain({}, 100);
    assert.deepEqual([pending.state, pending.amountWei, pending.isEstimate, pending.lostWei], ["pending", 1_000n * X0T, true, 0n]);
    assert.match(pending.why, /Not final until @240/);
    assert.equal(explain({ totalWeight: undefined }, 100).amountWei, undefined, "unknown is not 0");
  });

  it("REW-3 is claimable when final, then claimed", () => {
    const final = { ...commit, final: true, reward: 1_000n * X0T };
    assert.deepEqual([explain({ commit: final }, 300).state, explain({ commit: final }, 300).amountWei], ["claimable", 1_000n * X0T]);
    const claimed = explain({ commit: final, claimedWei: 990n }, 300);
    assert.deepEqual([claimed.state, claimed.amountWei], ["claimed", 990n]);
  });

  it("PRF-2 says what missed slots cost", () => {
    const part = { ...commit, slots: 6, weight: 500n * X0T, final: true, reward: 500n * X0T };
    const earning = explain({ commit: part, totalWeight: 5_500n * X0T }, 300);
    assert.equal(earning.lostWei, 500n * X0T);
    assert.match(earning.why, /6 of 12 slots are missing/);
    assert.equal(explain({ commit: part, stakeWei: undefined }, 300).lostWei, undefined);
  });

  it("PRF-2 lost an epoch that was never committed, but not one that still can be", () => {
    assert.deepEqual([explain({ commit: undefined }, 30).state, explain({ commit: undefined }, 119).state], ["running", "awaited"]);
    const lost = explain({ commit: undefined, totalWeight: 5_000n * X0T }, 120);
    assert.deepEqual([lost.state, lost.amountWei, lost.lostWei], ["lost", 0n, 1_000n * X0T]);
    const idle = explain({ commit: undefined, stakeWei: 0n }, 120);
    assert.deepEqual([idle.state, idle.lostWei], ["inactive", 0n]);
  });

  it("PRF-4 counts nothing while challenged, and lost it when void", () => {
    const challenged = explain({ commit: { ...commit, openChallenges: 1 }, totalWeight: 5_000n * X0T }, 150);
    assert.deepEqual([challenged.state, challenged.amountWei], ["challenged", undefined]);
    const voided = explain({ commit: { ...commit, voided: true, final: true, reward: 0n }, totalWeight: 5_000n * X0T }, 300);
    assert.deepEqual([voided.state, voided.amountWei, voided.lostWei], ["lost", 0n, 1_000n * X0T]);
  });

  it("PRF-3 knows the bonus by the weight", () => {
    assert.equal(explain({}, 100).hasBonus, false);
    const bonus = explain({ commit: { ...commit, weight: 1_100n * X0T } }, 100);
    assert.equal(bonus.hasBonus, true);
    assert.match(bonus.why, /bonus of 10 %/);
    assert.equal(explain({ stakeWei: undefined }, 100).hasBonus, undefined);
  });
});

describe("web stakeHistory", () => {
  const changes = [
    { kind: "registered", amount: 1_000n * X0T, stake: 1_000n * X0T, timestamp: 130 },
    { kind: "unbonding", amount: 950n * X0T, stake: 50n * X0T, timestamp: 250 },
  ];

  it("REG-2 takes the stake before the first transaction at or after a time", () => {
    const history = { changes, isWhole: true };
    assert.equal(stakeAt(history, 130), 0n);
    assert.equal(stakeAt(history, 131), 1_000n * X0T);
    assert.equal(stakeAt({ changes, isWhole: false }, 130), undefined, "older changes are not known");
  });

  it("PRF-2 counts the lesser of an epoch's start and end, and nothing below the minimum", () => {
    const history = { changes, isWhole: true };
    assert.equal(stakeThrough(history, 2, rules), 0n, "registered within it");
    assert.equal(stakeThrough(history, 3, rules), 1_000n * X0T);
    assert.equal(stakeThrough(history, 4, rules), 0n, "unstaked within it");
  });
});
