import assert from "node:assert/strict";
import { zeroHash } from "viem";
import { SUPPORT } from "../../core/proposal.ts";
import { X0T } from "../../core/parameters.ts";
import { assertions, at, loadFixture, networkFixture, P, registerNode, time, wallets } from "./support/protocol.ts";
import {
  afterVoting,
  call,
  draft,
  eventsOf,
  execute,
  propose,
  queue,
  ripen,
  stateOf,
  succeeded,
  toVoting,
  vote,
  voters,
  type Proposal,
} from "./support/proposals.ts";

const EXTENSION = BigInt(P.lateQuorumSeconds);
const PERIOD = BigInt(P.votingPeriodSeconds);
type Voter = (typeof voters)[number];
const [a, b, c, d, e, f] = voters as [Voter, Voter, Voter, Voter, Voter, Voter];

/** Six operators with 1,000 X0T each: two reach the quorum. */
async function proposed() {
  const protocol = await networkFixture();
  const proposal = await propose(protocol, [call(protocol.seat, "unpause", [])]);
  const snapshot = await protocol.governor.read.proposalSnapshot([proposal.id]);
  return { protocol, ...protocol, proposal, snapshot, deadline: snapshot + PERIOD };
}

const deadlineOf = ({ governor, id }: Proposal) => governor.read.proposalDeadline([id]);
const objectionsFrom = ({ governor, id }: Proposal) => governor.read.objectionsFrom([id]);

describe("X0TGovernor time", () => {
  it("GOV-4 pending through the snapshot, active through the deadline, then decided", async () => {
    const { governor, proposal, snapshot, deadline } = await loadFixture(proposed);
    assert.equal(snapshot, BigInt(await time.latest()) + BigInt(P.votingDelaySeconds));
    const early = () => governor.write.castVote([proposal.id, SUPPORT.for], { account: a.address });
    await at(snapshot);
    await assertions.revertWithCustomErrorWithArgs(early(), governor, "GovernorUnexpectedProposalState", [
      proposal.id,
      0,
      `0x${"2".padStart(64, "0")}`,
    ]);
    await time.increaseTo(snapshot);
    assert.equal(await stateOf(proposal), "pending");
    await at(snapshot + 1n);
    await vote(proposal, "for", [a]);
    await vote(proposal, "for", [b]);
    await time.increaseTo(deadline - 1n);
    await at(deadline);
    await vote(proposal, "for", [c]);
    assert.equal(await stateOf(proposal), "active");
    await time.increaseTo(deadline + 1n);
    assert.equal(await stateOf(proposal), "succeeded");
    await assertions.revertWithCustomError(vote(proposal, "against", [d]), governor, "GovernorUnexpectedProposalState");
  });

  it("GOV-4 GovernorNonexistentProposal: every state begins with a proposal", async () => {
    const { protocol, governor } = await loadFixture(proposed);
    const unknown = draft(protocol, [call(protocol.seat, "unpause", [])]);
    for (const act of [governor.read.state([unknown.id]), vote(unknown, "for", [a]), queue(unknown), execute(unknown), governor.write.cancel(unknown.args)]) {
      await assertions.revertWithCustomErrorWithArgs(act, governor, "GovernorNonexistentProposal", [unknown.id]);
    }
  });

  it("GOV-3 queue and execute in their states alone, each once, and execution not before the timelock's delay", async () => {
    const { protocol, governor, timelock, proposal } = await loadFixture(proposed);
    const wrong = (act: Promise<unknown>) => assertions.revertWithCustomError(act, governor, "GovernorUnexpectedProposalState");
    const neither = async () => {
      await wrong(queue(proposal));
      await wrong(execute(proposal));
    };
    await neither();
    await toVoting(proposal);
    await neither();
    await vote(proposal, "for");
    await afterVoting(proposal);
    await wrong(execute(proposal));
    await queue(proposal);
    const eta = BigInt(await time.latest()) + BigInt(P.timelockSeconds);
    assert.equal(await governor.read.proposalEta([proposal.id]), eta);
    await wrong(queue(proposal));
    await at(eta - 1n);
    await assertions.revertWithCustomError(execute(proposal), timelock, "TimelockUnexpectedOperationState");
    await at(eta);
    await execute(proposal);
    assert.equal(await stateOf(proposal), "executed");
    await neither();
    const twice = draft(protocol, proposal.calls, { description: proposal.description });
    const [targets, values, datas] = twice.args;
    await wrong(governor.write.propose([targets, values, datas, twice.description], { account: a.address }));
  });

  it("GOV-2 a defeated proposal can be neither queued nor executed", async () => {
    const { proposal, governor } = await loadFixture(proposed);
    await toVoting(proposal);
    await vote(proposal, "against");
    await afterVoting(proposal);
    assert.equal(await stateOf(proposal), "defeated");
    await assertions.revertWithCustomError(queue(proposal), governor, "GovernorUnexpectedProposalState");
    await assertions.revertWithCustomError(execute(proposal), governor, "GovernorUnexpectedProposalState");
  });

  it("GOV-3 anyone executes, through the Governor or at the timelock itself, to the same end", async () => {
    const { protocol, governor, timelock } = await loadFixture(networkFixture).then((protocol) => ({ protocol, ...protocol }));
    const proposal = await succeeded(protocol, [call(protocol.seat, "unpause", [])]);
    await queue(proposal);
    await ripen(proposal);
    const [targets, values, datas, descriptionHash] = proposal.args;
    const salt = `0x${(BigInt(descriptionHash) ^ (BigInt(governor.address) << 96n)).toString(16).padStart(64, "0")}` as const;
    const outsider = { account: wallets[18]!.account };
    await timelock.write.executeBatch([targets, values, datas, zeroHash, salt], outsider);
    assert.equal(await stateOf(proposal), "executed");
    await assertions.revertWithCustomError(execute(proposal), governor, "GovernorUnexpectedProposalState");
    await assertions.revertWithCustomError(governor.write.cancel(proposal.args), governor, "GovernorUnableToCancel");
  });
});

describe("X0TGovernor late quorum", () => {
  it("GOV-2 a quorum reached before the last extension extends nothing", async () => {
    const { proposal, deadline } = await loadFixture(proposed);
    await toVoting(proposal);
    await vote(proposal, "for", [a]);
    await time.increaseTo(deadline - EXTENSION - 1n);
    await at(deadline - EXTENSION);
    const hash = await vote(proposal, "for", [b]);
    assert.deepEqual(await eventsOf(proposal, hash, "ProposalExtended"), []);
    assert.equal(await deadlineOf(proposal), deadline);
    await time.increaseTo(deadline - 2n);
    await vote(proposal, "for", [c]);
    assert.equal(await deadlineOf(proposal), deadline);
  });

  it("GOV-2 a quorum reached in the last second gives everybody a whole extension to answer, once", async () => {
    const { proposal, deadline } = await loadFixture(proposed);
    await toVoting(proposal);
    await vote(proposal, "for", [a]);
    await time.increaseTo(deadline - 1n);
    await at(deadline);
    const hash = await vote(proposal, "for", [b]);
    assert.deepEqual(await eventsOf(proposal, hash, "ProposalExtended"), [
      { proposalId: proposal.id, extendedDeadline: deadline + EXTENSION },
    ]);
    assert.equal(await deadlineOf(proposal), deadline + EXTENSION);
    assert.equal(await objectionsFrom(proposal), deadline + EXTENSION);
    // Every answer counts: it is the vote that goes on.
    await vote(proposal, "against", [c, d, e]);
    const late = await vote(proposal, "abstain", [f]);
    assert.deepEqual(await eventsOf(proposal, late, "ProposalExtended"), []);
    await afterVoting(proposal);
    assert.equal(await stateOf(proposal), "defeated");
  });

  it("GOV-2 X0TGovernor_ObjectionsOnly: a quorum of abstentions lulls nobody: a late turn can be objected to", async () => {
    const { governor, proposal, deadline } = await loadFixture(proposed);
    await toVoting(proposal);
    await vote(proposal, "abstain", [a, b]);
    await time.increaseTo(deadline - 1n);
    await at(deadline);
    const hash = await vote(proposal, "for", [c]);
    const end = deadline + EXTENSION;
    assert.deepEqual(await eventsOf(proposal, hash, "ProposalExtended"), [{ proposalId: proposal.id, extendedDeadline: end }]);
    assert.deepEqual([await objectionsFrom(proposal), await deadlineOf(proposal)], [deadline, end]);
    for (const support of ["for", "abstain"] as const) {
      await assertions.revertWithCustomErrorWithArgs(vote(proposal, support, [d]), governor, "X0TGovernor_ObjectionsOnly", [proposal.id, deadline]);
    }
    await vote(proposal, "against", [e, f]);
    assert.equal(await deadlineOf(proposal), end);
    await time.increaseTo(end);
    assert.equal(await stateOf(proposal), "active");
    await time.increaseTo(end + 1n);
    assert.equal(await stateOf(proposal), "defeated");
  });

  it("GOV-2 without objections a late turn stands", async () => {
    const { proposal, deadline } = await loadFixture(proposed);
    await toVoting(proposal);
    await vote(proposal, "abstain", [a, b]);
    await time.increaseTo(deadline - 2n);
    await vote(proposal, "for", [c]);
    await afterVoting(proposal);
    assert.equal(await stateOf(proposal), "succeeded");
  });

  it("GOV-2 a lead that stood an extension before the end, or is only confirmed late, prolongs nothing", async () => {
    const { proposal, deadline } = await loadFixture(proposed);
    await toVoting(proposal);
    await vote(proposal, "abstain", [a, b]);
    await time.increaseTo(deadline - EXTENSION - 1n);
    await at(deadline - EXTENSION);
    await vote(proposal, "for", [c]);
    await time.increaseTo(deadline - 3n);
    await vote(proposal, "for", [d]);
    await vote(proposal, "against", [e]);
    assert.equal(await deadlineOf(proposal), deadline);
    await time.increaseTo(deadline + 1n);
    assert.equal(await stateOf(proposal), "succeeded");
  });

  it("GOV-2 each late turn opens its own extension; the last of them ends an extension after voting", async () => {
    const { governor, proposal, deadline } = await loadFixture(proposed);
    await toVoting(proposal);
    await vote(proposal, "abstain", [a, b]);
    await time.increaseTo(deadline - 11n);
    await at(deadline - 10n);
    await vote(proposal, "for", [c]);
    assert.equal(await deadlineOf(proposal), deadline + EXTENSION - 10n);
    await vote(proposal, "against", [d]);
    await time.increaseTo(deadline - 1n);
    await at(deadline);
    await vote(proposal, "for", [e]);
    assert.equal(await deadlineOf(proposal), deadline + EXTENSION);
    await vote(proposal, "against", [f]);
    await assertions.revertWithCustomError(vote(proposal, "for", [wallets[7]!.account]), governor, "X0TGovernor_ObjectionsOnly");
    assert.equal(await deadlineOf(proposal), deadline + EXTENSION);
  });

  it("GOV-2 a late quorum by abstentions reopens the vote; a turn at its end is objected to in turn", async () => {
    const { proposal, deadline } = await loadFixture(proposed);
    await toVoting(proposal);
    await vote(proposal, "abstain", [a]);
    await time.increaseTo(deadline - 1n);
    await at(deadline);
    await vote(proposal, "abstain", [b]);
    const reopened = deadline + EXTENSION;
    assert.deepEqual([await objectionsFrom(proposal), await deadlineOf(proposal)], [reopened, reopened]);
    await time.increaseTo(reopened - 1n);
    await at(reopened);
    await vote(proposal, "for", [c]);
    assert.deepEqual([await objectionsFrom(proposal), await deadlineOf(proposal)], [reopened, reopened + EXTENSION]);
    await vote(proposal, "against", [d]);
    await afterVoting(proposal);
    assert.equal(await stateOf(proposal), "defeated");
  });

  it("GOV-2 a turn by ballots, of a vote decided by both tallies, is watched as well", async () => {
    const { protocol, registry, governor } = await loadFixture(networkFixture).then((protocol) => ({ protocol, ...protocol }));
    // a: 3,000 in one wallet against b and c with 1,000 each: more stake, fewer ballots.
    await registry.write.stake([0, 2_000n * X0T], { account: a.address });
    await registerNode(protocol, 6, 100n * X0T);
    const proposal = await propose(protocol, [call(protocol.seat, "unpause", [])]);
    const deadline = await deadlineOf(proposal);
    await toVoting(proposal);
    await vote(proposal, "for", [a]);
    await vote(proposal, "against", [b, c]);
    await time.increaseTo(deadline - 2n);
    assert.equal(await governor.read.isLeading([proposal.id]), false);
    await vote(proposal, "for", [wallets[7]!.account]);
    assert.equal(await governor.read.isLeading([proposal.id]), true);
    assert.equal(await deadlineOf(proposal), deadline + EXTENSION - 1n);
  });
});
