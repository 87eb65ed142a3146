import assert from "node:assert/strict";
import { X0T } from "../../../../core/parameters.ts";
import type { PendingRewardsAnswer } from "../../../../web/src/data/queries/operate.graphql.ts";
import { aheadOf, firstAnnounceable, maintenanceProblem } from "../../../../web/src/pages/operate/maintenance.ts";
import { afterBurn, claimBatches, epochRanges, splitRewards } from "../../../../web/src/pages/operate/rewards.ts";
import { parseAmount } from "../../../../web/src/ui/parseAmount.ts";

type Commit = PendingRewardsAnswer["commits"]["items"][number];
const period = { totalWeight: String(20_000n * X0T), poolPerEpoch: String(10_000n * X0T), targetStake: String(10_000n * X0T) };
const commit = (epoch: number, more: Partial<Commit> = {}): Commit => ({ epoch, weight: String(1_000n * X0T), voided: false, openChallenges: 0, period, ...more });
const page = <Item>(...items: Item[]) => ({ items });

describe("what the Operate page says of rewards (REW-1 to REW-3)", () => {
  it("splits them into claimed, claimable and pending, and counts what earns nothing", () => {
    const pending = { commits: page(commit(9), commit(8, { openChallenges: 1 }), commit(7, { voided: true })) };
    const five = String(5n * X0T);
    const final = { commits: page({ epoch: 6, reward: five }, { epoch: 5, reward: five }, { epoch: 4, reward: five }, { epoch: 3, reward: "0" }, { epoch: 2, reward: null }), claims: page({ epoch: 5 }) };
    const split = splitRewards({ earned: String(15n * X0T), claimed: five }, pending, final);
    assert.deepEqual(split.claimable, [{ epoch: 4, amountWei: 5n * X0T }, { epoch: 6, amountWei: 5n * X0T }]);
    assert.deepEqual([split.claimedWei, split.claimableWei], [5n * X0T, 10n * X0T]);
    assert.deepEqual([split.pendingEpochs, split.challengedEpochs], [1, 1]);
    // 10,000 · 1,000 / max(20,000, 10,000)
    assert.equal(split.pendingWei, 500n * X0T);
  });

  it("does not guess what is pending where the epoch's terms are not known", () => {
    const unknown = commit(9, { period: { ...period, poolPerEpoch: null } });
    assert.equal(splitRewards({ earned: "0", claimed: "0" }, { commits: page(unknown, commit(8)) }, undefined).pendingWei, undefined);
  });

  it("REW-3 claims at most 168 epochs at once, oldest first", () => {
    const epochs = Array.from({ length: 340 }, (_, at) => ({ epoch: at, amountWei: 2n }));
    const batches = claimBatches(epochs);
    assert.deepEqual(batches.map((batch) => [batch.epochs.length, batch.epochs[0], batch.amountWei]), [[168, 0, 336n], [168, 168, 336n], [4, 336, 8n]]);
    assert.deepEqual(claimBatches([]), []);
    assert.deepEqual(afterBurn(199n), { netWei: 198n, burnedWei: 1n });
  });

  it("names epochs by their runs", () => {
    assert.equal(epochRanges([5]), "epoch 5");
    assert.equal(epochRanges([7, 5, 6]), "epochs 5 to 7");
    assert.equal(epochRanges([1, 2, 5, 9]), "epochs 1 to 2, 5 and 9");
    assert.equal(epochRanges([1, 3, 5, 7, 9]), "5 epochs between 1 and 9");
  });
});

describe("what the Operate page says of maintenance (PRF-3)", () => {
  const problem = (announced: [number, number][], first: number, count: number, now = 1_000) => maintenanceProblem(announced.map(([from, end]) => ({ first: from, end })), first, count, now, 10);

  it("one whole epoch lies before the first", () => {
    assert.deepEqual([firstAnnounceable(1_000, 10), firstAnnounceable(1_001, 10), firstAnnounceable(1_009, 10)], [101, 102, 102]);
    assert.equal(problem([], 101, 1), undefined);
    assert.match(problem([], 101, 1, 1_001) ?? "", /is 102/);
    assert.match(problem([], Number.NaN, 1) ?? "", /is 101/);
  });

  it("at most six of any 168 epochs, those announced before among them", () => {
    assert.equal(problem([], 200, 6), undefined);
    assert.match(problem([], 200, 7) ?? "", /At most 6/);
    assert.match(problem([], 200, 0) ?? "", /at least one/);
    assert.equal(problem([[200, 205]], 205, 1), undefined);
    assert.match(problem([[200, 205]], 205, 2) ?? "", /from epoch 200 to 206/);
    assert.match(problem([[40, 46]], 207, 1) ?? "", /from epoch 40 to 207/);
    assert.equal(problem([[40, 46]], 208, 1), undefined);
    assert.match(problem([[210, 216]], 200, 1) ?? "", /from epoch 200 to 215/);
    assert.equal(problem([[200, 206]], 203, 3), undefined);
  });

  it("shows what lies ahead", () => {
    assert.deepEqual(aheadOf([{ first: 5, end: 8 }, { first: 1, end: 3 }, { first: 7, end: 9 }], 6), [6, 7, 8]);
  });
});

describe("amounts that a person types", () => {
  it("are exact, or say what is wrong", () => {
    assert.deepEqual(parseAmount("100"), { wei: 100n * X0T });
    assert.deepEqual(parseAmount(" 1,234.5 "), { wei: 12_345n * (X0T / 10n) });
    assert.deepEqual(parseAmount(".000000000000000001"), { wei: 1n });
    assert.equal(parseAmount("  "), undefined);
    for (const bad of ["-1", "1e3", "1,5", "0,125", "1.234,567", "0x10", "abc", "1.2.3", "."]) assert.ok("problem" in (parseAmount(bad) ?? {}), bad);
    assert.match((parseAmount("0") as { problem: string }).problem, /greater than 0/);
    assert.match((parseAmount("0.0000000000000000001") as { problem: string }).problem, /18 digits/);
  });
});
