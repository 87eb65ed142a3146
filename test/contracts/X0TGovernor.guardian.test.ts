import assert from "node:assert/strict";
import { concatHex, zeroAddress, type Address } from "viem";
import { markProposer, type ProposalCall } from "../../core/proposal.ts";
import { X0T } from "../../core/parameters.ts";
import { alice, assertions, bob, loadFixture, networkFixture, time, type Protocol } from "./support/protocol.ts";
import {
  afterVoting,
  as,
  call,
  draft,
  enact,
  execute,
  propose,
  proposer,
  queue,
  queued,
  registerAt,
  ripen,
  stateOf,
  succeeded,
  toVoting,
  vote,
  voters,
  type Proposal,
} from "./support/proposals.ts";

const stranger = alice.account.address;

async function governed() {
  const protocol = await networkFixture();
  return { protocol, ...protocol, guardianAccount: await as(protocol.guardian.address) };
}

const cancel = ({ governor, args }: Proposal, account: Address) => governor.write.cancel(args, { account });

const refused = (proposal: Proposal, by: Address) =>
  assertions.revertWithCustomErrorWithArgs(cancel(proposal, by), proposal.governor, "GovernorUnableToCancel", [proposal.id, by]);

const drain = ({ token }: Protocol) => call(token, "transfer", [stranger, 1_000_000n * X0T]);
const replace = ({ seat }: Protocol, by: Address = stranger) => call(seat, "setGuardian", [by]);

describe("X0TGovernor's proposer", () => {
  it("GOV-3 cancels its proposal while it is pending, and nobody else does", async () => {
    const { protocol, guardianAccount } = await loadFixture(governed);
    const proposal = await propose(protocol, [drain(protocol)]);
    for (const by of [stranger, voters[1]!.address, guardianAccount]) await refused(proposal, by);
    await cancel(proposal, proposer.address);
    assert.equal(await stateOf(proposal), "canceled");
    await refused(proposal, proposer.address);
    await assertions.revertWithCustomError(queue(proposal), proposal.governor, "GovernorUnexpectedProposalState");
  });

  it("GOV-3 cannot take back what is voted on, won or queued", async () => {
    const { protocol } = await loadFixture(governed);
    const proposal = await propose(protocol, [drain(protocol)]);
    await toVoting(proposal);
    await refused(proposal, proposer.address);
    await vote(proposal, "for");
    await afterVoting(proposal);
    await refused(proposal, proposer.address);
    await queue(proposal);
    await refused(proposal, proposer.address);
    await ripen(proposal);
    await execute(proposal);
    await refused(proposal, proposer.address);
  });

  it("GOV-3 GovernorRestrictedProposer: the description names the proposer, so nobody proposes it first to cancel it", async () => {
    const { protocol, governor } = await loadFixture(governed);
    const me = proposer.address;
    const proposing = (description: string) => propose(protocol, [drain(protocol)], { description });
    const marked = markProposer("Pay", me);
    for (const description of [
      "",
      "Pay",
      markProposer("Pay", voters[1]!.address),
      markProposer("Pay", zeroAddress),
      `${marked} `,
      `${marked}\n`,
      marked.slice(0, -1),
      `${marked}0`,
      marked.replace("#proposer", "proposer"),
      marked.replace("0x", "0X1").slice(0, marked.length),
      `#proposer=${me} and more`,
      `${marked.slice(0, -1)}g`,
    ]) {
      await assertions.revertWithCustomErrorWithArgs(proposing(description), governor, "GovernorRestrictedProposer", [me]);
    }
    // The same contents, seen in the mempool, by somebody else.
    const thief = propose(protocol, [drain(protocol)], { by: voters[1]!, description: marked });
    await assertions.revertWithCustomErrorWithArgs(thief, governor, "GovernorRestrictedProposer", [voters[1]!.address]);
    await proposing(marked);
    await proposing(markProposer("", me));
    await proposing(`Lower case #proposer=${me.toLowerCase()}`);
    await proposing(`${markProposer("Two marks", voters[1]!.address)} ${markProposer("", me)}`);
  });
});

describe("X0TGovernor's guardian", () => {
  it("GOV-3 cancels what is queued, until it is executed", async () => {
    const { protocol, guardianAccount, timelock, governor } = await loadFixture(governed);
    const hostile = await queued(protocol, [drain(protocol)]);
    for (const by of [stranger, proposer.address, timelock.address, governor.address]) await refused(hostile, await as(by));
    await ripen(hostile);
    await cancel(hostile, guardianAccount);
    assert.equal(await stateOf(hostile), "canceled");
    await assertions.revertWithCustomError(execute(hostile), governor, "GovernorUnexpectedProposalState");
    await refused(hostile, guardianAccount);
    const executed = await queued(protocol, [drain(protocol)]);
    await ripen(executed);
    await execute(executed);
    await refused(executed, guardianAccount);
  });

  it("GOV-3 cannot touch a proposal before it is queued: not pending, active, won or lost", async () => {
    const { protocol, guardianAccount } = await loadFixture(governed);
    const proposal = await propose(protocol, [drain(protocol)]);
    await refused(proposal, guardianAccount);
    await toVoting(proposal);
    await refused(proposal, guardianAccount);
    await vote(proposal, "for");
    await afterVoting(proposal);
    assert.equal(await stateOf(proposal), "succeeded");
    await refused(proposal, guardianAccount);
    const lost = await propose(protocol, [drain(protocol)]);
    await time.increase(1000n);
    assert.equal(await stateOf(lost), "defeated");
    await refused(lost, guardianAccount);
  });

  it("GOV-3 cannot veto its own replacement", async () => {
    const { protocol, guardianAccount, seat, governor } = await loadFixture(governed);
    const proposal = await queued(protocol, [replace(protocol)]);
    assert.equal(await governor.read.replacesGuardianOnly([proposal.id]), true);
    await refused(proposal, guardianAccount);
    await ripen(proposal);
    await refused(proposal, guardianAccount);
    await execute(proposal);
    assert.equal(await seat.read.guardian(), await governor.read.proposalGuardian());
    assert.equal((await seat.read.guardian()).toLowerCase(), stranger.toLowerCase());
    // The former guardian is nobody, the new one is the guardian at once: also of what was queued before.
    const hostile = await queued(protocol, [drain(protocol)]);
    await refused(hostile, guardianAccount);
    await cancel(hostile, stranger);
  });

  it("GOV-3 what was proposed before its replacement the former guardian may cancel still: replacing it first buys no way past it", async () => {
    const { protocol, guardianAccount, governor } = await loadFixture(governed);
    const replacement = await propose(protocol, [replace(protocol)]);
    const hostile = await propose(protocol, [drain(protocol)]);
    await toVoting(hostile);
    for (const proposal of [replacement, hostile]) await vote(proposal, "for");
    await afterVoting(hostile);
    await queue(replacement);
    await ripen(replacement);
    await execute(replacement);
    assert.equal((await governor.read.proposalGuardian()).toLowerCase(), stranger.toLowerCase());
    assert.equal((await governor.read.guardianOf([hostile.id])).toLowerCase(), protocol.guardian.address.toLowerCase());
    await queue(hostile);
    await cancel(hostile, guardianAccount);
    assert.equal(await stateOf(hostile), "canceled");
  });

  it("GOV-3 an empty seat cancels nothing", async () => {
    const { protocol, guardianAccount, governor } = await loadFixture(governed);
    await enact(protocol, [replace(protocol, zeroAddress)]);
    assert.equal(await governor.read.proposalGuardian(), zeroAddress);
    const proposal = await queued(protocol, [drain(protocol)]);
    await refused(proposal, guardianAccount);
  });

  const spoilt = (change: (only: ProposalCall, protocol: Protocol) => readonly ProposalCall[]) => (protocol: Protocol) => change(replace(protocol), protocol);
  for (const [title, only, calls] of [
    ["two replacements", true, spoilt((only, protocol) => [only, replace(protocol, bob.account.address)])],
    ["a replacement before another call", false, spoilt((only, protocol) => [only, drain(protocol)])],
    ["a replacement behind another call", false, spoilt((only, protocol) => [drain(protocol), only])],
    ["a replacement with coin", false, spoilt((only) => [{ ...only, valueWei: 1n }])],
    ["a replacement with trailing bytes", false, spoilt((only) => [{ ...only, data: concatHex([only.data, "0x00"]) }])],
    ["a replacement cut short", false, spoilt((only) => [{ ...only, data: only.data.slice(0, -2) as `0x${string}` }])],
    ["a bare selector", false, spoilt((only) => [{ ...only, data: only.data.slice(0, 10) as `0x${string}` }])],
    ["no calldata", false, spoilt((only) => [{ ...only, data: "0x" }])],
    ["the same call to another contract", false, spoilt((only, protocol) => [{ ...only, target: protocol.token.address }])],
    ["another call to the seat", false, spoilt((_only, protocol) => [call(protocol.seat, "unpause", [])])],
    ["another function with one argument", false, spoilt((only) => [{ ...only, data: concatHex(["0xdeadbeef", `0x${only.data.slice(10)}`]) }])],
  ] as const) {
    it(`GOV-3 ${title}: ${only ? "out of the guardian's reach" : "more than a replacement, so the guardian may cancel it"}`, async () => {
      const { protocol, governor, guardianAccount } = await loadFixture(governed);
      const proposal = await queued(protocol, calls(protocol));
      assert.equal(await governor.read.replacesGuardianOnly([proposal.id]), only);
      if (only) await refused(proposal, guardianAccount);
      else await cancel(proposal, guardianAccount);
    });
  }

  it("GOV-3 as a proposer it has a proposer's rights, and those alone, over its own replacement", async () => {
    const { protocol, guardianAccount } = await loadFixture(governed);
    await registerAt(protocol, guardianAccount, 9);
    const by = { address: guardianAccount };
    await cancel(await propose(protocol, [replace(protocol)], { by }), guardianAccount);
    const own = await succeeded(protocol, [replace(protocol)], { by });
    await refused(own, guardianAccount);
    await queue(own);
    await refused(own, guardianAccount);
    await ripen(own);
    await execute(own);
  });

  it("GOV-3 a cancelled proposal is gone for good, and may be proposed anew under another description", async () => {
    const { protocol, guardianAccount, governor } = await loadFixture(governed);
    const proposal = await queued(protocol, [drain(protocol)]);
    await cancel(proposal, guardianAccount);
    const again = draft(protocol, proposal.calls, { description: proposal.description });
    const [targets, values, datas] = again.args;
    const same = governor.write.propose([targets, values, datas, again.description], { account: proposer });
    await assertions.revertWithCustomError(same, governor, "GovernorUnexpectedProposalState");
    assert.equal(await stateOf(await propose(protocol, [drain(protocol)])), "pending");
  });
});
