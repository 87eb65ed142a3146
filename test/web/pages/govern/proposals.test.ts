import assert from "node:assert/strict";
import type { VotingWeight } from "../../../../chain/readVotingWeight.ts";
import { X0T } from "../../../../core/parameters.ts";
import type { ProposalRow } from "../../../../web/src/data/queries/govern.graphql.ts";
import { idOf, nameOfState, optionsOf, outlook, quorumShare, sharesOf, stateFilter, timelineOf, type Standing } from "../../../../web/src/pages/govern/proposals.ts";
import { explainWeight } from "../../../../web/src/pages/govern/weight.ts";

const NOW = 1_000;
const standing = (more: Partial<Standing>): Standing => ({ state: "active", now: NOW, snapshotAt: 900, closesAt: 1_100, endsAt: 1_100, executableAt: 0, replacesGuardianOnly: false, ...more });
const can = (more: Partial<Standing>) => optionsOf(standing(more), 30).map(({ what, notYet }) => `${what}${notYet === undefined ? "" : " later"}`);
const row = (more: Partial<ProposalRow> = {}): ProposalRow => ({
  id: "1",
  proposer: "0x01",
  description: "# A\n\n#proposer=0x0000000000000000000000000000000000000001",
  targets: [],
  values: [],
  calldatas: [],
  state: "active",
  snapshotAt: "900",
  endsAt: "1100",
  extended: false,
  executableAt: null,
  executedAt: null,
  canceledAt: null,
  canceledBy: null,
  forStake: "0",
  againstStake: "0",
  abstainStake: "0",
  forBallots: "0",
  againstBallots: "0",
  abstainBallots: "0",
  voteCount: 0,
  quorum: "100",
  leading: false,
  proposedAt: "890",
  transactionHash: "0x",
  ...more,
});

describe("what can be done with a proposal, and by whom", () => {
  it("GOV-1 GOV-3 follows from its state and the clock", () => {
    assert.deepEqual(can({ state: "pending", snapshotAt: 1_010 }), ["cancel", "vote later"]);
    assert.deepEqual(can({}), ["vote", "queue later"]);
    assert.deepEqual(can({ state: "succeeded" }), ["queue"]);
    assert.deepEqual(can({ state: "queued", executableAt: 1_001 }), ["execute later", "cancel"]);
    assert.deepEqual(can({ state: "queued", executableAt: 1_000 }), ["execute", "cancel"]);
    assert.deepEqual(can({ state: "queued", executableAt: 1_000, replacesGuardianOnly: true }), ["execute"]);
    for (const state of ["executed", "defeated", "canceled", "expired"] as const) assert.deepEqual(can({ state }), []);
  });

  it("GOV-2 tells of a late turn, after which only votes against count", () => {
    const [vote] = optionsOf(standing({ now: 1_101, endsAt: 1_130 }), undefined);
    assert.match(vote?.who ?? "", /in 29 s, only votes against count/);
    assert.equal(nameOfState("active", { now: 1_101, closesAt: 1_100 }), "objections");
    assert.equal(nameOfState("active", { now: 1_100, closesAt: 1_100 }), "voting");
  });

  it("says in the list what comes next", () => {
    assert.equal(outlook(row({ state: "pending", snapshotAt: "1010" }), NOW), "Voting begins in 10 s.");
    assert.equal(outlook(row(), NOW), "It fails as it stands, the quorum is not reached; voting ends in 1 min 40 s.");
    assert.equal(outlook(row({ forStake: "60", abstainStake: "40", leading: true }), NOW), "For leads, the quorum is reached; voting ends in 1 min 40 s.");
    assert.equal(outlook(row({ state: "defeated", voteCount: 1, forStake: "60", leading: true }), NOW), "For led, but the quorum was not reached.");
    assert.equal(outlook(row({ state: "defeated", voteCount: 2, forStake: "100" }), NOW), "It was voted down.");
    assert.equal(outlook(row({ state: "defeated" }), NOW), "Nobody voted.");
    assert.equal(outlook(row({ state: "queued", executableAt: "1020" }), NOW), "It may be executed in 20 s.");
    assert.equal(outlook(row({ state: "canceled", canceledBy: "guardian" }), NOW), "The guardian cancelled it.");
  });

  it("orders its moments, and leaves out what will not happen", () => {
    const titles = (more: Partial<ProposalRow>, changes: { kind: string; at: string; until: string | null }[] = []) => timelineOf({ ...row(more), changes: { items: changes } }, NOW).map(({ title, isPast }) => `${isPast ? "+" : "-"} ${title}`);
    assert.deepEqual(titles({}), ["+ Proposed", "+ Voting begins", "- Voting ends", "- Queued", "- Executed"]);
    assert.deepEqual(titles({ state: "canceled", canceledAt: "895", canceledBy: "proposer" }), ["+ Proposed", "+ Taken back by its proposer"]);
    assert.deepEqual(titles({ state: "defeated", endsAt: "950" }, [{ kind: "defeated", at: "951", until: null }]), ["+ Proposed", "+ Voting begins", "+ Voting ends", "+ Defeated"]);
    assert.deepEqual(titles({ state: "executed", endsAt: "950", executableAt: "980", executedAt: "990" }, [{ kind: "extended", at: "940", until: "950" }, { kind: "queued", at: "960", until: "980" }]), [
      "+ Proposed",
      "+ Voting begins",
      "+ Prolonged",
      "+ Voting ends",
      "+ Queued",
      "+ May be executed from then on",
      "+ Executed",
    ]);
  });

  it("shows shares of a tally and of the quorum, and none without a vote", () => {
    assert.equal(sharesOf({ for: 0n, against: 0n, abstain: 0n }), undefined);
    assert.deepEqual(sharesOf({ for: 2n, against: 1n, abstain: 0n }), { for: 66.6, against: 33.3, abstain: 0 });
    assert.deepEqual([quorumShare({ reached: 1n, needed: 3n }), quorumShare({ reached: 9n, needed: 3n }), quorumShare({ reached: 0n, needed: 0n })], [33.3, 100, 100]);
  });

  it("reads the state and the number from the URL", () => {
    assert.deepEqual(stateFilter("won"), ["succeeded"]);
    assert.deepEqual(stateFilter("open"), ["pending", "active", "succeeded", "queued"]);
    assert.equal(stateFilter("what"), undefined);
    assert.equal(stateFilter(undefined), undefined);
    assert.equal(idOf(`0x${"0".repeat(62)}ff`), 255n);
    assert.equal(idOf("ff"), undefined);
  });
});

describe("what a vote counts", () => {
  const weight = (more: Partial<VotingWeight>): VotingWeight => ({ weightWei: 0n, atSnapshotWei: 0n, agedWei: 0n, nowWei: 0n, voteAgeSeconds: 604_800, snapshotAt: 900, isPreview: false, ...more });

  it("GOV-1 is said in stake and ballots, or why it is nothing", () => {
    const all = 400n * X0T;
    assert.match(explainWeight(weight({ weightWei: all, atSnapshotWei: all, agedWei: all, nowWei: all })), /counts 400 X0T of stake and 20\.0 ballots, the square root of it\.$/);
    assert.match(explainWeight(weight({ weightWei: 100n * X0T, atSnapshotWei: all, agedWei: 100n * X0T, nowWei: all })), /only 100 X0T of them also 7 d before: younger stake does not vote/);
    assert.match(explainWeight(weight({ weightWei: all, atSnapshotWei: all, agedWei: all, nowWei: all, isPreview: true })), /until then it may change/);
    assert.match(explainWeight(weight({ atSnapshotWei: all, nowWei: all })), /were not at stake 7 d earlier yet/);
    assert.match(explainWeight(weight({ nowWei: all })), /staked after voting began/);
    assert.match(explainWeight(weight({})), /no stake in nodes of its own, and had none when voting began/);
  });
});
