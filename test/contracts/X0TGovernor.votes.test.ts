import assert from "node:assert/strict";
import { concatHex, encodeFunctionData, hashTypedData, toHex, zeroAddress, type Address, type Hex } from "viem";
import { privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import { SUPPORT } from "../../core/proposal.ts";
import { X0T } from "../../core/parameters.ts";
import {
  alice,
  assertions,
  chainId,
  guardians,
  loadFixture,
  networkFixture,
  networkHelpers,
  poor,
  publicClient,
} from "./support/protocol.ts";
import { highS } from "./support/proofs.ts";
import { call, deployGovernor, eventsOf, propose, registerAt, toVoting, vote, voters, type Proposal } from "./support/proposals.ts";

const signer = privateKeyToAccount(toHex(0x51_6e_e7, { size: 32 }));
const [a] = voters;

/** A vote goes on; besides the six, a key that never sends and the guardian's Safe have 1,000 X0T at stake. */
async function voting() {
  const protocol = await networkFixture();
  await registerAt(protocol, signer.address, 6);
  await registerAt(protocol, protocol.guardian.address, 7);
  const proposal = await propose(protocol, [call(protocol.seat, "unpause", [])]);
  await toVoting(proposal);
  return { protocol, ...protocol, proposal };
}

interface Ballot {
  support: number;
  nonce?: bigint;
  voter?: Address;
  proposalId?: bigint;
  reason?: string;
  params?: Hex;
  verifyingContract?: Address;
  chainId?: number;
}

function typedBallot({ governor, id }: Proposal, ballot: Ballot) {
  const { reason, params } = ballot;
  const extended = reason !== undefined && params !== undefined;
  const fields = [
    { name: "proposalId", type: "uint256" },
    { name: "support", type: "uint8" },
    { name: "voter", type: "address" },
    { name: "nonce", type: "uint256" },
  ];
  const more = [
    { name: "reason", type: "string" },
    { name: "params", type: "bytes" },
  ];
  return {
    domain: {
      name: "X0TGovernor",
      version: "1",
      chainId: ballot.chainId ?? chainId,
      verifyingContract: ballot.verifyingContract ?? governor.address,
    },
    types: extended ? { ExtendedBallot: [...fields, ...more] } : { Ballot: fields },
    primaryType: extended ? "ExtendedBallot" : "Ballot",
    message: {
      proposalId: ballot.proposalId ?? id,
      support: ballot.support,
      voter: ballot.voter ?? signer.address,
      nonce: ballot.nonce ?? 0n,
      ...(extended && { reason, params }),
    },
  };
}

const sign = (by: PrivateKeyAccount, proposal: Proposal, ballot: Ballot) =>
  by.signTypedData(typedBallot(proposal, ballot) as Parameters<PrivateKeyAccount["signTypedData"]>[0]);

describe("X0TGovernor votes", () => {
  it("GOV-1 X0TGovernor_NoUnits: who had nothing at stake at the snapshot is told so, not counted as 0", async () => {
    const { governor, registry, proposal } = await loadFixture(voting);
    const nobody = vote(proposal, "for", [poor.account]);
    const snapshot = await governor.read.proposalSnapshot([proposal.id]);
    await assertions.revertWithCustomErrorWithArgs(nobody, governor, "X0TGovernor_NoUnits", [poor.account.address, snapshot]);
    assert.equal(await governor.read.hasVoted([proposal.id, poor.account.address]), false);
    // Stake that left since was there at the snapshot.
    await registry.write.unstake([0, 1_000n * X0T], { account: a! });
    await vote(proposal, "for", [a!]);
    assert.deepEqual(await governor.read.proposalVotes([proposal.id]), [0n, 1_000n * X0T, 0n]);
  });

  it("GOV-1 GovernorAlreadyCastVote: once each, and no second thoughts", async () => {
    const { governor, proposal } = await loadFixture(voting);
    await vote(proposal, "for", [a!]);
    for (const support of ["for", "against"] as const) {
      await assertions.revertWithCustomErrorWithArgs(vote(proposal, support, [a!]), governor, "GovernorAlreadyCastVote", [a!.address]);
    }
    assert.equal(await governor.read.hasVoted([proposal.id, a!.address]), true);
  });

  it("GOV-1 GovernorInvalidVoteType: against, for, abstain and nothing else", async () => {
    const { governor, proposal } = await loadFixture(voting);
    for (const support of [3, 255]) {
      const odd = governor.write.castVote([proposal.id, support], { account: a! });
      await assertions.revertWithCustomError(odd, governor, "GovernorInvalidVoteType");
    }
    assert.equal(await governor.read.COUNTING_MODE(), "support=bravo&quorum=for,abstain");
  });

  it("GOV-1 a reason is published, and parameters change nothing", async () => {
    const { governor, proposal } = await loadFixture(voting);
    const reasoned = await governor.write.castVoteWithReason([proposal.id, SUPPORT.for, "cheaper"], { account: a! });
    const [said] = await eventsOf(proposal, reasoned, "VoteCast");
    assert.deepEqual([said!["weight"], said!["reason"]], [1_000n * X0T, "cheaper"]);
    const params = concatHex([toHex(10n ** 30n, { size: 32 }), "0xff"]);
    const odd = await governor.write.castVoteWithReasonAndParams([proposal.id, SUPPORT.against, "", params], { account: voters[1]! });
    const [counted] = await eventsOf(proposal, odd, "VoteCastWithParams");
    assert.equal(counted!["weight"], 1_000n * X0T);
    assert.deepEqual(await governor.read.proposalVotes([proposal.id]), [1_000n * X0T, 1_000n * X0T, 0n]);
  });

  it("GOV-1 anyone brings a signed ballot, which is good once, for this voter, answer, proposal, Governor and chain", async () => {
    const { protocol, governor, proposal } = await loadFixture(voting);
    const bring = (signature: Hex, support = 1, voter: Address = signer.address) =>
      governor.write.castVoteBySig([proposal.id, support, voter, signature], { account: alice.account });
    const refused = (act: Promise<unknown>, voter: Address = signer.address) =>
      assertions.revertWithCustomErrorWithArgs(act, governor, "GovernorInvalidSignature", [voter]);
    const good = await sign(signer, proposal, { support: 1 });
    const twin = await deployGovernor(protocol);
    for (const ballot of [
      { support: 0 },
      { support: 1, nonce: 1n },
      { support: 1, voter: a!.address },
      { support: 1, proposalId: 1n },
      { support: 1, verifyingContract: twin.address },
      { support: 1, chainId: chainId + 1 },
    ]) {
      await refused(bring(await sign(signer, proposal, ballot)));
    }
    await refused(bring(good, 0));
    await refused(bring(good, 1, a!.address), a!.address);
    await refused(bring(highS(good)));
    await refused(bring(`${good.slice(0, -2)}1d` as Hex));
    await refused(bring("0x"));
    // Recovery of garbage yields nobody, and nobody has no vote.
    await refused(bring(`0x${"00".repeat(65)}`, 1, zeroAddress), zeroAddress);
    assert.equal(await governor.read.nonces([signer.address]), 0n);
    await bring(good);
    assert.equal(await governor.read.nonces([signer.address]), 1n);
    assert.deepEqual(await governor.read.proposalVotes([proposal.id]), [0n, 1_000n * X0T, 0n]);
    await refused(bring(good));
    const again = bring(await sign(signer, proposal, { support: 1, nonce: 1n }));
    await assertions.revertWithCustomError(again, governor, "GovernorAlreadyCastVote");
    assert.equal(await governor.read.nonces([signer.address]), 1n);
  });

  it("GOV-1 a signed ballot with a reason binds the reason and the parameters", async () => {
    const { governor, proposal } = await loadFixture(voting);
    const signature = await sign(signer, proposal, { support: 2, reason: "so", params: "0x1234" });
    const bring = (reason: string, params: Hex) =>
      governor.write.castVoteWithReasonAndParamsBySig([proposal.id, 2, signer.address, reason, params, signature], { account: alice.account });
    for (const [reason, params] of [["no", "0x1234"], ["so", "0x"]] as const) {
      await assertions.revertWithCustomError(bring(reason, params), governor, "GovernorInvalidSignature");
    }
    const plain = governor.write.castVoteBySig([proposal.id, 2, signer.address, signature]);
    await assertions.revertWithCustomError(plain, governor, "GovernorInvalidSignature");
    await bring("so", "0x1234");
    assert.deepEqual(await governor.read.proposalVotes([proposal.id]), [0n, 0n, 1_000n * X0T]);
  });

  it("GOV-1 a multi-signature operator votes by ERC-1271, if enough of its owners signed", async () => {
    const { governor, guardian, proposal } = await loadFixture(voting);
    const { domain, types, message } = typedBallot(proposal, { support: 1, voter: guardian.address });
    const digest = hashTypedData({ domain, types, message, primaryType: "Ballot" } as unknown as Parameters<typeof hashTypedData>[0]);
    const owners = [...guardians].sort((left, right) => (left.account.address.toLowerCase() < right.account.address.toLowerCase() ? -1 : 1));
    const signatures = await Promise.all(
      owners.map((owner) =>
        owner.signTypedData({
          domain: { chainId, verifyingContract: guardian.address },
          types: { SafeMessage: [{ name: "message", type: "bytes" }] },
          primaryType: "SafeMessage",
          message: { message: digest },
        }),
      ),
    );
    const bring = (count: number) =>
      governor.write.castVoteBySig([proposal.id, 1, guardian.address, concatHex(signatures.slice(0, count))], { account: alice.account });
    await assertions.revertWithCustomErrorWithArgs(bring(1), governor, "GovernorInvalidSignature", [guardian.address]);
    await bring(2);
    assert.equal(await governor.read.hasVoted([proposal.id, guardian.address]), true);
    await assertions.revertWithCustomError(bring(2), governor, "GovernorInvalidSignature");
  });

  it("GovernorDisabledDeposit: the Governor keeps neither coin nor tokens, which nothing could bring out", async () => {
    const { governor } = await loadFixture(voting);
    const send = alice.sendTransaction({ to: governor.address, value: 1n });
    await assertions.revertWithCustomError(send, governor, "GovernorDisabledDeposit");
    const to = governor.address;
    const abi = governor.abi;
    const zero = alice.account.address;
    for (const data of [
      encodeFunctionData({ abi, functionName: "onERC721Received", args: [zero, zero, 0n, "0x"] }),
      encodeFunctionData({ abi, functionName: "onERC1155Received", args: [zero, zero, 0n, 0n, "0x"] }),
      encodeFunctionData({ abi, functionName: "onERC1155BatchReceived", args: [zero, zero, [], [], "0x"] }),
    ]) {
      await assertions.revertWithCustomError(alice.sendTransaction({ to, data }), governor, "GovernorDisabledDeposit");
    }
    // Coin forced in changes nothing.
    await networkHelpers.setBalance(governor.address, 10n ** 18n);
    assert.equal(await publicClient.getBalance({ address: governor.address }), 10n ** 18n);
    assert.equal(await governor.read.proposalThreshold(), 100n * X0T);
  });

  it("GOV-1 GovernorInsufficientProposerVotes, GovernorInvalidProposalLength and X0TGovernor_TooManyActions bound what is proposed", async () => {
    const { protocol, governor, seat } = await loadFixture(voting);
    const unpause = call(seat, "unpause", []);
    const stranger = propose(protocol, [unpause], { by: alice.account });
    await assertions.revertWithCustomErrorWithArgs(stranger, governor, "GovernorInsufficientProposerVotes", [alice.account.address, 0n, 100n * X0T]);
    await protocol.registry.write.unstake([0, 900n * X0T + 1n], { account: a! });
    await networkHelpers.mine();
    const little = propose(protocol, [unpause]);
    await assertions.revertWithCustomErrorWithArgs(little, governor, "GovernorInsufficientProposerVotes", [a!.address, 100n * X0T - 1n, 100n * X0T]);
    await protocol.registry.write.stake([0, 1n], { account: a! });
    await networkHelpers.mine();
    await propose(protocol, [unpause]);
    await assertions.revertWithCustomErrorWithArgs(propose(protocol, []), governor, "GovernorInvalidProposalLength", [0n, 0n, 0n]);
    await propose(protocol, Array.from({ length: 16 }, () => unpause));
    const many = propose(protocol, Array.from({ length: 17 }, () => unpause));
    await assertions.revertWithCustomErrorWithArgs(many, governor, "X0TGovernor_TooManyActions", [17n, 16n]);
    const mark = `#proposer=${a!.address}`;
    const uneven = governor.write.propose([[seat.address], [], [], mark], { account: a! });
    await assertions.revertWithCustomErrorWithArgs(uneven, governor, "GovernorInvalidProposalLength", [1n, 0n, 0n]);
  });
});
