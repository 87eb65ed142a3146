import assert from "node:assert/strict";
import { maxUint256 } from "viem";
import { X0T } from "../../../core/parameters.ts";
import {
  afterVoting,
  as,
  call,
  crowd,
  deployGovernor,
  draft,
  propose,
  queue,
  stateOf,
  succeeded,
  toVoting,
  vote,
  voters,
  type Proposal,
} from "../support/proposals.ts";
import {
  alice,
  ALLOCATION,
  assertions,
  bob,
  deployProtocolFixture,
  epochNow,
  EPOCH,
  goTo,
  loadFixture,
  networkFixture,
  P,
  registerNode,
  time,
  wallets,
  type Protocol,
} from "../support/protocol.ts";
import type { Support } from "../../../core/proposal.ts";
import { give, hostileAccount, registerHostile, registrationBy } from "./support.ts";

const STAKE = 1_000n * X0T;
const LOOT = 1_000_000n * X0T;
const thief = bob.account;

/** A proposal that pays the thief out of the treasury. */
const theft = ({ token }: Protocol) => [call(token, "transfer", [thief.address, LOOT])];

/** Nothing left the treasury, nothing reached the thief. */
async function assertKept(protocol: Protocol, proposal: Proposal, treasury: bigint): Promise<void> {
  assert.equal(await stateOf(proposal), "defeated");
  await assertions.revertWithCustomError(queue(proposal), protocol.governor, "GovernorUnexpectedProposalState");
  assert.equal(await protocol.token.read.balanceOf([protocol.timelock.address]), treasury);
  assert.ok((await protocol.token.read.balanceOf([thief.address])) <= ALLOCATION);
}

async function treasuryOf({ token, timelock }: Protocol): Promise<bigint> {
  return token.read.balanceOf([timelock.address]);
}

/** A whale with 10,000 X0T and one wei at stake, and 100 wallets of one owner with 100 X0T each. */
async function whaleAndCrowd() {
  const protocol = await deployProtocolFixture();
  await protocol.token.write.transfer([voters[0]!.address, 20_000n * X0T], { account: await as(protocol.timelock.address) });
  await registerNode(protocol, 0, 10_000n * X0T + 1n);
  return { protocol, whale: voters[0]!, many: await crowd(protocol, 100, 100n * X0T) };
}

/** Both vote on a theft. */
async function contest({ protocol, whale, many }: Awaited<ReturnType<typeof whaleAndCrowd>>, whaleVotes: Support, crowdVotes: Support) {
  const proposal = await propose(protocol, theft(protocol));
  await toVoting(proposal);
  await vote(proposal, whaleVotes, [whale]);
  await vote(proposal, crowdVotes, many);
  await afterVoting(proposal);
  return proposal;
}

/** Six operators with 1,000 X0T for a week and more, and a Governor that asks for a week. */
async function aged() {
  const protocol = await networkFixture();
  const governor = await deployGovernor(protocol, { voteAge: 7n * 86_400n });
  await time.increase(8 * 86_400);
  return { ...protocol, governor };
}

describe("attacks: governance", () => {
  it("flash stake: over an epoch's end it earns nothing, within one not even a seat, and each time the capital is locked", async () => {
    const protocol = await loadFixture(networkFixture);
    const { registry, ledger, token } = protocol;
    const flash = await hostileAccount();
    await give(protocol, alice, flash.address, 9_000n * X0T);
    const node = await registerHostile(protocol, flash, 40, 100n * X0T);
    await goTo((await epochNow()) + 1n, 1);
    const epoch = await epochNow();
    const more = 8_900n * X0T;
    // In the middle of an epoch, in one transaction.
    await flash.write.run([[call(registry, "stake", [node, more]), call(registry, "unstake", [node, more])]]);
    assert.equal(await registry.read.stakeThrough([node, epoch]), 100n * X0T);
    // Even that put the capital into unbonding: it cannot be used again for five epochs.
    const stuck = flash.write.run([[call(registry, "withdraw", [node])]]);
    await assertions.revertWithCustomError(stuck, registry, "NodeRegistry_StillUnbonding");
    assert.equal(await token.read.balanceOf([flash.address]), 0n);
    await time.increase(P.unbondingSeconds);
    await flash.write.run([[call(registry, "withdraw", [node])]]);
    // Over the end of an epoch: in at its last second, out at the first of the next.
    const edge = (await epochNow()) + 1n;
    await time.setNextBlockTimestamp(edge * EPOCH - 1n);
    await flash.write.run([[call(registry, "stake", [node, more])]]);
    await time.setNextBlockTimestamp(edge * EPOCH);
    await flash.write.run([[call(registry, "unstake", [node, more])]]);
    await goTo(edge + 2n);
    assert.equal(await registry.read.stakeThrough([node, edge - 1n]), 100n * X0T);
    assert.equal(await registry.read.stakeThrough([node, edge]), 100n * X0T);
    // What it did get, for capital that is locked longer than that: seats in the committees of one epoch.
    assert.equal(await registry.read.drawWeightAt([node, edge]), 9_000n * X0T);
    assert.equal(await registry.read.drawWeightAt([node, edge + 1n]), 100n * X0T);
    assert.equal(await ledger.read.totalWeight([edge]), 0n);
  });

  it("flash vote: stake of the same transaction neither proposes nor votes", async () => {
    const protocol = await loadFixture(networkFixture);
    const { registry, governor, token } = protocol;
    const treasury = await treasuryOf(protocol);
    const flash = await hostileAccount();
    await give(protocol, alice, flash.address, 9_000n * X0T);
    const registration = call(registry, "register", await registrationBy(protocol, flash.address, 40, 9_000n * X0T));
    const approval = call(token, "approve", [registry.address, maxUint256]);
    const own = draft(protocol, theft(protocol), { by: flash.address });
    const [targets, values, datas] = own.args;
    const proposes = call(governor, "propose", [targets, values, datas, own.description]);
    await assert.rejects(flash.write.run([[approval, registration, proposes]]), /GovernorInsufficientProposerVotes/);
    // On a proposal that stands: the snapshot is past.
    const proposal = await propose(protocol, theft(protocol));
    await toVoting(proposal);
    const votes = call(governor, "castVote", [proposal.id, 1]);
    await assert.rejects(flash.write.run([[approval, registration, votes]]), /X0TGovernor_NoUnits/);
    assert.equal(await token.read.balanceOf([flash.address]), 9_000n * X0T);
    await vote(proposal, "against", voters.slice(1));
    await afterVoting(proposal);
    await assertKept(protocol, proposal, treasury);
  });

  it("flash vote: stake rented for the day of the snapshot has no voice, and raises no quorum", async () => {
    const protocol = await loadFixture(aged);
    const { registry, governor } = protocol;
    const treasury = await treasuryOf(protocol);
    const rent = 9_000n * X0T;
    await registerNode(protocol, 8, rent);
    const proposal = await propose(protocol, theft(protocol));
    await toVoting(proposal);
    await assert.rejects(vote(proposal, "for", [wallets[9]!.account]), /X0TGovernor_NoUnits/);
    assert.deepEqual(await governor.read.quorumProgress([proposal.id]), [0n, 1_200n * X0T]);
    await registry.write.unstake([6, rent], { account: wallets[9]!.account });
    await vote(proposal, "against", [voters[1]!]);
    await vote(proposal, "for", [voters[0]!]);
    await afterVoting(proposal);
    await assertKept(protocol, proposal, treasury);
  });

  it("flash vote: rented twice, a moment at each end of VOTE_AGE, stake does count: and burns 4 % where one long rent burns 2 %", async () => {
    const protocol = await loadFixture(aged);
    const { token, registry, governor } = protocol;
    // Alice lends 4,000 X0T to whom she need not trust, a contract of hers. Each way burns.
    const rent = 4_000n * X0T;
    const before = await token.read.totalBurned();
    const borrower = await hostileAccount();
    const leave = async () => {
      await borrower.write.run([[call(registry, "unstake", [6, rent])]]);
      await time.increase(P.unbondingSeconds);
      await borrower.write.run([[call(registry, "withdraw", [6]), call(token, "transfer", [alice.account.address, rent])]]);
    };
    await give(protocol, alice, borrower.address, rent);
    await registerHostile(protocol, borrower, 40, rent);
    const weekLater = BigInt(await time.latest()) + 7n * 86_400n - BigInt(P.votingDelaySeconds);
    await leave();
    await give(protocol, alice, borrower.address, rent);
    await time.increaseTo(weekLater - 9n);
    await borrower.write.run([[call(registry, "stake", [6, rent])]]);
    await time.setNextBlockTimestamp(weekLater);
    const proposal = await propose(protocol, theft(protocol));
    await toVoting(proposal);
    await borrower.write.run([[call(governor, "castVote", [proposal.id, 1])]]);
    assert.deepEqual(await governor.read.proposalVotes([proposal.id]), [0n, rent, 0n]);
    // And those who hold as much still defeat it.
    await vote(proposal, "against", voters.slice(1, 5));
    await afterVoting(proposal);
    assert.equal(await stateOf(proposal), "defeated");
    await leave();
    assert.equal((await token.read.totalBurned()) - before, 2n * (rent / 99n + rent / 100n));
  });

  it("√-splitting over 100 wallets: ten times the ballots pass nothing with less stake, and veto nothing with a third", async () => {
    const state = await loadFixture(whaleAndCrowd);
    const { protocol, whale } = state;
    const treasury = await treasuryOf(protocol);
    const passing = await contest(state, "against", "for");
    const { governor, id } = passing;
    // 10,000 X0T in one wallet make 100 ballots (of 10^9 √wei), in a hundred wallets 1,000.
    assert.deepEqual(await governor.read.proposalBallots([id]), [100n * 10n ** 9n, 1_000n * 10n ** 9n, 0n]);
    await assertKept(protocol, passing, treasury);
    // With a third of the stake the crowd has no veto over what two thirds want.
    await protocol.registry.write.stake([0, 10_000n * X0T - 1n], { account: whale });
    const wanted = await contest(state, "for", "against");
    assert.deepEqual(await governor.read.proposalVotes([wanted.id]), [10_000n * X0T, 20_000n * X0T, 0n]);
    assert.equal(await stateOf(wanted), "succeeded");
  });

  it("the whale's mirror image: one wallet with more than half of the stake passes nothing against many", async () => {
    const state = await loadFixture(whaleAndCrowd);
    const { protocol, whale } = state;
    const treasury = await treasuryOf(protocol);
    await assertKept(protocol, await contest(state, "for", "against"), treasury);
    // A wei short of two thirds.
    await protocol.registry.write.stake([0, 10_000n * X0T - 2n], { account: whale });
    await assertKept(protocol, await contest(state, "for", "against"), treasury);
  });

  it("first staker takes the treasury: whoever comes first is 100 % of the stake, but not the quorum", async () => {
    const protocol = await loadFixture(deployProtocolFixture);
    const treasury = await treasuryOf(protocol);
    await registerNode(protocol, 0, P.quorumFloor - 1n);
    const proposal = await propose(protocol, theft(protocol));
    await toVoting(proposal);
    await vote(proposal, "for", [voters[0]!]);
    assert.deepEqual(await protocol.governor.read.quorumProgress([proposal.id]), [P.quorumFloor - 1n, P.quorumFloor]);
    await afterVoting(proposal);
    await assertKept(protocol, proposal, treasury);
    assert.equal(treasury, 600_000_000n * X0T - 17n * ALLOCATION);
  });

  it("late quorum: a For of the last second that makes the quorum leaves an extension to vote against it", async () => {
    const protocol = await loadFixture(networkFixture);
    const treasury = await treasuryOf(protocol);
    const proposal = await propose(protocol, theft(protocol));
    const { governor, id } = proposal;
    const deadline = await governor.read.proposalDeadline([id]);
    await time.increaseTo(deadline - 3n);
    for (const [index, { address }] of voters.slice(0, 3).entries()) {
      await time.setNextBlockTimestamp(deadline - 2n + BigInt(index));
      await governor.write.castVote([id, 1], { account: address });
    }
    assert.equal(await governor.read.proposalDeadline([id]), deadline - 1n + BigInt(P.lateQuorumSeconds));
    await time.increaseTo(deadline + 2n);
    await vote(proposal, "against", voters.slice(3));
    await afterVoting(proposal);
    await assertKept(protocol, proposal, treasury);
  });

  it("late quorum, passed by: a quorum of early abstentions, then For in the last second, can still be objected to", async () => {
    const protocol = await loadFixture(networkFixture);
    const treasury = await treasuryOf(protocol);
    const proposal = await propose(protocol, theft(protocol));
    const { governor, id } = proposal;
    await toVoting(proposal);
    await vote(proposal, "abstain", voters.slice(0, 2));
    const deadline = await governor.read.proposalDeadline([id]);
    await time.setNextBlockTimestamp(deadline);
    await vote(proposal, "for", [voters[2]!]);
    assert.equal(await governor.read.proposalDeadline([id]), deadline + BigInt(P.lateQuorumSeconds));
    // The attacker's reserve comes too late; the objection does not.
    await time.increaseTo(deadline + 1n);
    const reserve = governor.write.castVote([id, 1], { account: voters[3]!.address });
    await assertions.revertWithCustomErrorWithArgs(reserve, governor, "X0TGovernor_ObjectionsOnly", [id, deadline]);
    await vote(proposal, "against", [voters[4]!]);
    await afterVoting(proposal);
    await assertKept(protocol, proposal, treasury);
  });

  it("the same stake voted twice: moved to another operator after the snapshot it has no second voice", async () => {
    const protocol = await loadFixture(networkFixture);
    const { registry, token, governor } = protocol;
    const proposal = await propose(protocol, theft(protocol));
    await toVoting(proposal);
    await vote(proposal, "for", [voters[0]!]);
    await registry.write.unstake([0, STAKE], { account: voters[0]! });
    const early = registry.write.withdraw([0], { account: voters[0]! });
    await assertions.revertWithCustomError(early, registry, "NodeRegistry_StillUnbonding");
    // Other X0T of the same owner: too young for this proposal, and less by the burn for the next.
    await token.write.transfer([alice.account.address, STAKE], { account: voters[0]! });
    await token.write.approve([registry.address, STAKE], { account: alice.account });
    await registry.write.register(await registrationBy(protocol, alice.account.address, 41, STAKE), { account: alice.account });
    await assert.rejects(vote(proposal, "for", [alice.account]), /X0TGovernor_NoUnits/);
    await assert.rejects(vote(proposal, "for", [voters[0]!]), /GovernorAlreadyCastVote/);
    assert.deepEqual(await governor.read.proposalVotes([proposal.id]), [0n, STAKE, 0n]);
  });

  it("a majority of a day cannot make itself permanent: every setting has bounds that no vote moves", async () => {
    const protocol = await loadFixture(networkFixture);
    const { governor, timelock, rewards } = protocol;
    for (const [greed, error] of [
      [call(timelock, "updateDelay", [0n]), /X0TTimelock_OutOfBounds/],
      [call(governor, "setProposalThreshold", [maxUint256]), /X0TGovernor_OutOfBounds/],
      [call(governor, "setVotingPeriod", [0]), /X0TGovernor_OutOfBounds/],
      [call(governor, "setLateQuorumVoteExtension", [0]), /X0TGovernor_OutOfBounds/],
      [call(governor, "updateTimelock", [thief.address]), /X0TGovernor_Disabled/],
      [call(governor, "relay", [timelock.address, 0n, "0x"]), /X0TGovernor_Disabled/],
      [call(rewards, "setParameters", [P.poolPerEpoch + 1n, P.targetStake]), /EpochRewards_OutOfBounds/],
      [call(rewards, "migrateReserve", [thief.address, X0T]), /X0TToken_VaultStatus/],
      [call(protocol.token, "addVault", [thief.address]), /X0TToken_BadVault/],
    ] as const) {
      const proposal = await succeeded(protocol, [greed]);
      await queue(proposal);
      await time.increase(P.timelockSeconds);
      await assert.rejects(governor.write.execute(proposal.args), error);
    }
  });
});
