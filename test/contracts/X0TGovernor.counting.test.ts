import assert from "node:assert/strict";
import { X0T } from "../../core/parameters.ts";
import { deployProtocolFixture, loadFixture, networkFixture, P, registerNode, time, wallets } from "./support/protocol.ts";
import { afterVoting, as, call, crowd, deployGovernor, propose, stateOf, toVoting, vote, voters, type Proposal } from "./support/proposals.ts";
import type { Support } from "../../core/proposal.ts";

/** √(n X0T) in √wei: exact for squares. */
const ballot = (x0t: number) => BigInt(Math.round(Math.sqrt(x0t))) * 10n ** 9n;

type Stakes = Partial<Record<Support, readonly bigint[]>>;

/** One wallet for each stake; all vote as they stand. */
async function held(stakes: Stakes, idle: readonly bigint[] = []): Promise<{ proposal: Proposal; state: string }> {
  const protocol = await loadFixture(deployProtocolFixture);
  const sides = (["for", "against", "abstain"] as const).flatMap((side) => (stakes[side] ?? []).map((stake) => ({ side, stake })));
  for (const [index, { stake }] of [...sides, ...idle.map((stake) => ({ stake }))].entries()) await registerNode(protocol, index, stake);
  const proposal = await propose(protocol, [call(protocol.seat, "unpause", [])], { by: wallets[1]!.account });
  await toVoting(proposal);
  for (const [index, { side }] of sides.entries()) await vote(proposal, side, [wallets[index + 1]!.account]);
  await afterVoting(proposal);
  return { proposal, state: await stateOf(proposal) };
}

const verdict = async (stakes: Stakes, idle?: readonly bigint[]) => (await held(stakes, idle)).state;
const x0t = (...amounts: number[]) => amounts.map((amount) => BigInt(amount) * X0T);

describe("X0TGovernor counting", () => {
  it("GOV-1 a vote counts its raw stake and, apart, the stake's root; getVotes stays raw", async () => {
    const { proposal } = await held({ for: x0t(2500, 100), against: x0t(900), abstain: x0t(400, 1600) });
    const { governor, id } = proposal;
    assert.deepEqual(await governor.read.proposalVotes([id]), [900n * X0T, 2600n * X0T, 2000n * X0T]);
    assert.deepEqual(await governor.read.proposalBallots([id]), [ballot(900), ballot(2500) + ballot(100), ballot(400) + ballot(1600)]);
    const snapshot = await governor.read.proposalSnapshot([id]);
    assert.equal(await governor.read.getVotes([wallets[1]!.account.address, snapshot]), 2500n * X0T);
    assert.equal(await governor.read.getVotesWithParams([wallets[1]!.account.address, snapshot, "0x01"]), 2500n * X0T);
  });

  it("GOV-1 the root is rounded down to a whole √wei", async () => {
    const stake = 101n * X0T + 7n;
    const { governor, id } = (await held({ for: [stake, 300n * X0T] })).proposal;
    const [, ballots] = await governor.read.proposalBallots([id]);
    const root = ballots - 17_320_508_075n;
    assert.ok(root * root <= stake && (root + 1n) * (root + 1n) > stake);
  });

  for (const [title, stakes, state] of [
    ["more stake and more ballots: passes", { for: x0t(1000, 1000, 1000), against: x0t(1000, 1000) }, "succeeded"],
    ["more stake, fewer ballots, less than twice the stake: fails", { for: x0t(3000), against: x0t(1000, 1000) }, "defeated"],
    ["fewer ballots, but exactly twice the stake: passes", { for: x0t(4000), against: x0t(500, 500, 500, 500) }, "succeeded"],
    ["fewer ballots, and a wei less than twice the stake: fails", { for: [4000n * X0T - 1n], against: x0t(500, 500, 500, 500) }, "defeated"],
    ["more ballots, but less stake: fails", { for: x0t(500, 500, 500, 500), against: [2000n * X0T + 1n] }, "defeated"],
    ["more ballots, stake a tie: fails", { for: x0t(1000, 1000), against: x0t(2000) }, "defeated"],
    ["more stake, ballots a tie, less than twice the stake: fails", { for: x0t(2500, 100), against: x0t(900, 900) }, "defeated"],
    ["more stake, one √wei more ballots: passes", { for: [2500n * X0T, 100n * X0T + 20_000_000_001n], against: x0t(900, 900) }, "succeeded"],
    ["stake and ballots tie: fails", { for: x0t(1000), against: x0t(1000) }, "defeated"],
    ["nobody against: passes", { for: x0t(300) }, "succeeded"],
    ["nobody for: fails, whatever abstains", { abstain: x0t(1000) }, "defeated"],
    ["against alone: fails", { against: x0t(1000) }, "defeated"],
  ] as const) {
    it(`GOV-2 ${title}`, async () => {
      const result = await held(stakes);
      assert.equal(result.state, state);
      assert.equal(await result.proposal.governor.read.isLeading([result.proposal.id]), state === "succeeded");
    });
  }

  it("GOV-2 quorum: 20 % of the stake at the snapshot, for and abstain together", async () => {
    // 1,000 of 5,000.
    assert.equal(await verdict({ for: x0t(1000) }, x0t(4000)), "succeeded");
    assert.equal(await verdict({ for: [1000n * X0T - 1n] }, [4000n * X0T + 1n]), "defeated");
    assert.equal(await verdict({ for: x0t(600), abstain: x0t(400) }, x0t(4000)), "succeeded");
    // Against brings no quorum: whoever is against may stay away.
    assert.equal(await verdict({ for: x0t(600), against: x0t(400) }, x0t(4000)), "defeated");
    const { proposal } = await held({ for: x0t(600), against: x0t(500), abstain: x0t(150) }, x0t(8750));
    assert.deepEqual(await proposal.governor.read.quorumProgress([proposal.id]), [750n * X0T, 2000n * X0T]);
  });

  it("GOV-2 quorum is never below the floor: the first stakers are not everybody", async () => {
    assert.equal(P.quorumFloor, 300n * X0T);
    assert.equal(await verdict({ for: [300n * X0T - 1n] }), "defeated");
    assert.equal(await verdict({ for: x0t(300) }), "succeeded");
    assert.equal(await verdict({ for: x0t(300) }, x0t(1200)), "succeeded");
    assert.equal(await verdict({ for: x0t(300) }, [1200n * X0T + 5n]), "defeated");
  });

  it("GOV-2 stake that came or went after the snapshot changes nothing", async () => {
    const protocol = await loadFixture(networkFixture);
    const { registry, governor } = protocol;
    const proposal = await propose(protocol, [call(protocol.seat, "unpause", [])]);
    await toVoting(proposal);
    await registry.write.unstake([0, 1_000n * X0T], { account: voters[0]! });
    await registry.write.stake([1, 5_000n * X0T], { account: voters[1]! });
    await vote(proposal, "for", voters.slice(0, 2));
    assert.deepEqual(await governor.read.proposalVotes([proposal.id]), [0n, 2_000n * X0T, 0n]);
    assert.deepEqual(await governor.read.quorumProgress([proposal.id]), [2_000n * X0T, 1_200n * X0T]);
  });

  it("GOV-2 splitting over 100 wallets neither passes with less stake nor vetoes with a third; nor does a whale alone pass", async () => {
    const protocol = await loadFixture(deployProtocolFixture);
    const { token, registry, governor, timelock } = protocol;
    const [whale] = voters;
    await token.write.transfer([whale!.address, 20_000n * X0T], { account: await as(timelock.address) });
    await registerNode(protocol, 0, 10_000n * X0T + 1n);
    const many = await crowd(protocol, 100, 100n * X0T);
    const hold = async (whaleVotes: Support, crowdVotes: Support) => {
      const proposal = await propose(protocol, [call(protocol.seat, "unpause", [])]);
      await toVoting(proposal);
      await vote(proposal, whaleVotes, [whale!]);
      await vote(proposal, crowdVotes, many);
      const [against, yes] = await governor.read.proposalBallots([proposal.id]);
      assert.equal(crowdVotes === "for" ? yes : against, 100n * ballot(100));
      await afterVoting(proposal);
      return stateOf(proposal);
    };
    // Ten times the ballots, a wei less stake.
    assert.equal(await hold("against", "for"), "defeated");
    // The mirror image: a wei more stake, a tenth of the ballots.
    assert.equal(await hold("for", "against"), "defeated");
    await registry.write.stake([0, 10_000n * X0T - 2n], { account: whale! });
    assert.equal(await hold("for", "against"), "defeated");
    // The crowd holds a third now: no veto any more.
    await registry.write.stake([0, 1n], { account: whale! });
    assert.equal(await hold("for", "against"), "succeeded");
  });
});

describe("X0TGovernor with VOTE_AGE", () => {
  const AGE = 1000n;

  /** Six operators with 1,000 X0T for longer than VOTE_AGE, and a Governor that asks for it. */
  async function agedFixture() {
    const protocol = await networkFixture();
    const governor = await deployGovernor(protocol, { voteAge: AGE });
    await time.increase(AGE);
    return { ...protocol, governor };
  }

  it("GOV-1 a vote counts the least of the stake at the snapshot and VOTE_AGE before", async () => {
    const protocol = await loadFixture(agedFixture);
    const { governor, registry } = protocol;
    // More now, less now, new now; the rest as ever.
    await registry.write.stake([0, 2_000n * X0T], { account: voters[0]! });
    await registry.write.unstake([1, 400n * X0T], { account: voters[1]! });
    await registerNode(protocol, 6, 9_000n * X0T);
    const proposal = await propose(protocol, [call(protocol.seat, "unpause", [])]);
    await toVoting(proposal);
    const [rented] = wallets.slice(7, 8);
    const late = governor.write.castVote([proposal.id, 1], { account: rented!.account });
    await assert.rejects(late, /X0TGovernor_NoUnits/);
    await vote(proposal, "for", voters.slice(0, 3));
    assert.deepEqual(await governor.read.proposalVotes([proposal.id]), [0n, 2_600n * X0T, 0n]);
  });

  it("GOV-1 exactly VOTE_AGE before the snapshot is old enough, a second later is not", async () => {
    const protocol = await loadFixture(agedFixture);
    const { governor, registry } = protocol;
    await registry.write.stake([0, 500n * X0T], { account: voters[0]! });
    const staked = BigInt(await time.latest());
    await time.increase(2n * AGE);
    const votes = (timepoint: bigint) => governor.read.getVotes([voters[0]!.address, timepoint]);
    assert.equal(await votes(staked + AGE - 1n), 1_000n * X0T);
    assert.equal(await votes(staked + AGE), 1_500n * X0T);
    // Before there was a VOTE_AGE ago, nobody votes.
    assert.equal(await votes(AGE - 1n), 0n);
    assert.equal(await governor.read.quorum([AGE - 1n]), P.quorumFloor);
  });

  it("GOV-1 the threshold is raw stake of that age too", async () => {
    const protocol = await loadFixture(agedFixture);
    const { governor } = protocol;
    await registerNode(protocol, 6, 9_000n * X0T);
    await time.increase(AGE / 2n);
    const by = wallets[7]!.account;
    const early = propose(protocol, [call(protocol.seat, "unpause", [])], { by });
    await assert.rejects(early, /GovernorInsufficientProposerVotes/);
    await time.increase(AGE / 2n + 1n);
    const proposal = await propose(protocol, [call(protocol.seat, "unpause", [])], { by });
    assert.equal(await stateOf(proposal), "pending");
    assert.equal(await governor.read.proposalThreshold(), P.proposalThreshold);
  });

  it("GOV-2 stake that may not vote yet raises no quorum [a rented stake could deny every quorum]", async () => {
    const protocol = await loadFixture(agedFixture);
    const { governor } = protocol;
    for (const index of [6, 7, 8, 9]) await registerNode(protocol, index, 9_000n * X0T);
    const proposal = await propose(protocol, [call(protocol.seat, "unpause", [])]);
    await toVoting(proposal);
    await vote(proposal, "for", voters.slice(0, 2));
    assert.deepEqual(await governor.read.quorumProgress([proposal.id]), [2_000n * X0T, 1_200n * X0T]);
    await afterVoting(proposal);
    assert.equal(await stateOf(proposal), "succeeded");
    await time.increase(AGE);
    assert.equal(await governor.read.quorum([BigInt(await time.latest()) - 1n]), 8_400n * X0T);
  });
});
