import assert from "node:assert/strict";
import { describeShares, parseChoices, sameShares } from "../../../cli/snapshot/choices.ts";
import { findHub } from "../../../cli/snapshot/hub.ts";
import { readVotes, type HubProposal, type HubVote } from "../../../cli/snapshot/hubQueries.ts";
import { loadSnapshot, type ChoiceMap, type SnapshotLibrary } from "../../../cli/snapshot/library.ts";
import { tallyVotes } from "../../../cli/snapshot/tally.ts";
import { someProposal, someVote, startOfflineHub, type OfflineHub } from "./offlineHub.ts";

const CHOICES = ["For", "Against", "Abstain"];

function proposalOf(choices: string[], change: Partial<HubProposal> = {}): HubProposal {
  return { ...someProposal({ choices }), state: "active", space: { id: "x0t.eth" }, ...change };
}

function voteOf(index: number, vp: number, choice: unknown): HubVote {
  return { id: String(index), voter: String(index), created: 1, choice, vp, vp_by_strategy: [vp] };
}

/** The rule in other words: (Σ √(stake × weight / Σ weights))² of each choice, scaled to the stake that voted. */
function model(choices: number, votes: readonly { vp: number; choice: ChoiceMap }[]): number[] {
  const raw = Array.from({ length: choices }, (_, index) => {
    let sum = 0;
    for (const { vp, choice } of votes) {
      const weights = Object.values(choice).reduce((a, b) => a + b, 0);
      sum += Math.sqrt((vp * (choice[index + 1] ?? 0)) / weights);
    }
    return sum ** 2;
  });
  const all = raw.reduce((a, b) => a + b, 0);
  const total = votes.reduce((sum, { vp }) => sum + vp, 0);
  return raw.map((score) => (all === 0 ? 0 : (score / all) * total));
}

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("counting a Snapshot vote", () => {
  let library: SnapshotLibrary;
  before(async () => {
    library = await loadSnapshot();
  });

  it("agrees with an independent model of the rule, whatever the votes", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const next = random(seed);
    for (let round = 0; round < 300; round++) {
      const choices = Array.from({ length: 2 + Math.floor(next() * 6) }, (_, index) => `choice ${index}`);
      const votes = Array.from({ length: 1 + Math.floor(next() * 30) }, (_, index) => {
        const picked = choices.map((_, at) => [String(at + 1), next() < 0.4 ? 1 + Math.floor(next() * 9) : 0] as const).filter(([, weight]) => weight > 0);
        const choice = picked.length === 0 ? { "1": 1 } : Object.fromEntries(picked);
        return voteOf(index, Math.round(next() * 1e9) / 1e3 + 0.001, choice);
      });
      const tally = tallyVotes(library, proposalOf(choices), votes);
      const expected = model(choices.length, votes as { vp: number; choice: ChoiceMap }[]);
      tally.results.forEach(({ score }, index) => {
        const wanted = expected[index]!;
        assert.ok(Math.abs(score - wanted) <= 1e-9 * Math.max(1, tally.scoresTotal), `seed ${seed}, round ${round}: ${score} is not ${wanted}`);
      });
    }
  });

  it("takes the square root once: a hundred wallets with 1 X0T weigh as one with 10,000", () => {
    const small = Array.from({ length: 100 }, (_, index) => voteOf(index, 1, { "1": 1 }));
    const { results } = tallyVotes(library, proposalOf(["For", "Against"]), [...small, voteOf(100, 10_000, { "2": 1 })]);
    assert.ok(Math.abs(results[0]!.share - 0.5) < 1e-12);
    assert.deepEqual(results.map(({ ballots }) => ballots), [100, 1]);
  });

  it("leaves out votes for choices that there are not", () => {
    const votes = [voteOf(0, 100, { "1": 1 }), voteOf(1, 900, { "4": 1 }), voteOf(2, 900, null), voteOf(3, 900, [1])];
    const tally = tallyVotes(library, proposalOf(CHOICES), votes);
    assert.deepEqual([tally.scoresTotal, tally.results.map(({ score }) => score)], [100, [100, 0, 0]]);
  });

  it("says what is missing to the quorum, in stake and not in roots", () => {
    const votes = [voteOf(0, 100, { "1": 1 }), voteOf(1, 199, { "2": 1 })];
    assert.equal(tallyVotes(library, proposalOf(CHOICES, { quorum: 299 }), votes).quorumReached, true);
    assert.equal(tallyVotes(library, proposalOf(CHOICES, { quorum: 300 }), votes).quorumReached, false);
  });

  it("compares with the hub's count, unless the hub has counted fewer votes so far", () => {
    const votes = [voteOf(0, 100, { "1": 1 })];
    const differs = (change: Partial<HubProposal>) => tallyVotes(library, proposalOf(CHOICES, { votes: 1, scores: [100, 0, 0], scores_total: 100, ...change }), votes).hubDiffers;
    assert.equal(differs({}), false);
    assert.equal(differs({ scores: [99, 1, 0] }), true);
    assert.equal(differs({ scores_total: 101 }), true);
    assert.equal(differs({ votes: 0, scores: [0, 0, 0], scores_total: 0 }), false);
    assert.equal(differs({ scores: [] }), false);
  });

  it("counts nothing as nothing", () => {
    const tally = tallyVotes(library, proposalOf(CHOICES), []);
    assert.deepEqual(tally.results.map(({ score, share }) => [score, share]), [[0, 0], [0, 0], [0, 0]]);
  });
});

describe("reading a Snapshot proposal's votes", () => {
  let offline: OfflineHub;
  before(async () => {
    offline = await startOfflineHub();
  });
  after(() => offline.close());

  it("finds each once over many pages, also of one second", async () => {
    const { hub, flags } = offline;
    const seconds = [1, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 5, 6, 7];
    for (const [index, second] of seconds.entries()) {
      const vote = someVote(index, { created: second });
      hub.state.votes.set(`${vote.proposal} ${vote.voter}`, vote);
    }
    for (const page of [1, 2, 3, 5, 14, 100]) {
      const found = await readVotes(findHub(84_532, flags), someProposal().id, page);
      assert.deepEqual(found.map(({ id }) => Number(id)).sort((a, b) => a - b), seconds.map((_, index) => index), `pages of ${page}`);
    }
    assert.deepEqual(await readVotes(findHub(84_532, flags), "0x00"), []);
  });
});

describe("the words of a ballot", () => {
  it("are numbers or names, with weights", () => {
    assert.deepEqual(parseChoices(["For"], CHOICES), { "1": 1 });
    assert.deepEqual(parseChoices(["2=3", "abstain=1.5"], CHOICES), { "2": 3, "3": 1.5 });
    assert.deepEqual(parseChoices(["a=b", "c=2"], ["a=b", "c"]), { "1": 1, "2": 2 }, "a name may hold the sign");
    assert.deepEqual(parseChoices(["2"], ["2", "1"]), { "1": 1 }, "a name goes before a number");
  });

  it("are the same ballot if their shares are", () => {
    assert.equal(sameShares({ "1": 1, "2": 3 }, { "1": 2, "2": 6 }, CHOICES), true);
    assert.equal(sameShares({ "1": 1 }, { "2": 1 }, CHOICES), false);
    assert.equal(describeShares({ "1": 1, "2": 3 }, CHOICES), "25.0 % For, 75.0 % Against");
  });
});
