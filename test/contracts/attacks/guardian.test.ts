import assert from "node:assert/strict";
import { concat, encodeFunctionData, padHex, toHex, zeroAddress, zeroHash, type Hex } from "viem";
import { X0T } from "../../../core/parameters.ts";
import { afterVoting, call, draft, execute, propose, queue, queued, ripe, ripen, stateOf, succeeded, toVoting, vote, voters } from "../support/proposals.ts";
import {
  assertions,
  bob,
  chainId,
  challenger,
  guardians,
  loadFixture,
  networkFixture,
  P,
  poor,
  registerNode,
  time,
  type Protocol,
} from "../support/protocol.ts";
import { bySafe, execSafeTx, pauseBySafe, SAFE_ABI, SAFE_TX, safeNonce, seatCall, signSafeTx } from "../support/safe.ts";
import { hostileAccount } from "./support.ts";

const LOOT = 1_000_000n * X0T;
const WEEK = 7n * 86_400n;
const thief = bob.account;
const successor = challenger.account;

const theft = ({ token }: Protocol) => [call(token, "transfer", [thief.address, LOOT])];
const removal = ({ seat }: Protocol) => [call(seat, "setGuardian", [successor.address])];

async function cancelBySafe(protocol: Protocol, proposal: Awaited<ReturnType<typeof propose>>): Promise<Hex> {
  const { target, data } = call(protocol.governor, "cancel", proposal.args);
  return bySafe(protocol, target, data);
}

async function treasuryOf({ token, timelock }: Protocol): Promise<bigint> {
  return token.read.balanceOf([timelock.address]);
}

describe("attacks: timelock and guardian", () => {
  it("timelock bypass: neither a shortcut past the delay, nor another payload, nor a role of one's own", async () => {
    const protocol = await loadFixture(networkFixture);
    const { timelock, governor, token, rewards, seat } = protocol;
    const treasury = await treasuryOf(protocol);
    const [{ target, data }] = theft(protocol) as [ReturnType<typeof call>];
    const salt = padHex("0x01", { size: 32 });
    const delay = BigInt(P.timelockSeconds);
    const account = thief;
    const proposerRole = await timelock.read.PROPOSER_ROLE();
    for (const attempt of [
      () => timelock.write.schedule([target, 0n, data, zeroHash, salt, delay], { account }),
      () => timelock.write.grantRole([zeroHash, thief.address], { account }),
      () => timelock.write.grantRole([proposerRole, thief.address], { account }),
      () => timelock.write.cancel([salt], { account }),
    ]) {
      await assertions.revertWithCustomError(attempt(), timelock, "AccessControlUnauthorizedAccount");
    }
    await assertions.revertWithCustomError(timelock.write.updateDelay([1n], { account }), timelock, "TimelockUnauthorizedCaller");
    const unscheduled = timelock.write.execute([target, 0n, data, zeroHash, salt], { account });
    await assertions.revertWithCustomError(unscheduled, timelock, "TimelockUnexpectedOperationState");
    for (const [straight, error] of [
      [() => token.write.addVault([thief.address], { account }), /X0TToken_OnlyTimelock/],
      [() => token.write.removeVault([rewards.address], { account }), /X0TToken_OnlyTimelock/],
      [() => rewards.write.setParameters([0n, P.targetStake], { account }), /EpochRewards_OnlyTimelock/],
      [() => seat.write.setGuardian([thief.address], { account }), /GuardianSeat_OnlyTimelock/],
      [() => governor.write.setProposalThreshold([X0T], { account }), /GovernorOnlyExecutor/],
    ] as const) {
      await assert.rejects(straight(), error);
    }
    // A vote that was won and not queued has not waited; nor has one that was queued a second ago.
    const won = await succeeded(protocol, theft(protocol));
    await assertions.revertWithCustomError(execute(won), governor, "GovernorUnexpectedProposalState");
    await queue(won);
    await assertions.revertWithCustomError(execute(won), timelock, "TimelockUnexpectedOperationState");
    await ripen(won);
    // What waited is this payload and no other.
    const [targets, values, , hash] = won.args;
    const more = call(token, "transfer", [thief.address, 2n * LOOT]).data;
    const swapped = governor.write.execute([targets, values, [more], hash], { account });
    await assertions.revertWithCustomError(swapped, governor, "GovernorNonexistentProposal");
    assert.equal(await treasuryOf(protocol), treasury);
  });

  it("timelock bypass: a change of the Governor's settings executes through the Governor alone", async () => {
    const protocol = await loadFixture(networkFixture);
    const { governor, timelock } = protocol;
    const change = await ripe(protocol, [call(governor, "setVotingDelay", [99])]);
    const [targets, values, datas, hash] = change.args;
    const salt = toHex(BigInt(padHex(governor.address, { dir: "right", size: 32 })) ^ BigInt(hash), { size: 32 });
    await assert.rejects(timelock.write.executeBatch([targets, values, datas, zeroHash, salt], { account: thief }));
    assert.equal(await governor.read.votingDelay(), BigInt(P.votingDelaySeconds));
    await execute(change);
    assert.equal(await governor.read.votingDelay(), 99n);
  });

  it("proposal front-run-and-cancel: nobody can make another's proposal first, so nobody can burn it", async () => {
    const protocol = await loadFixture(networkFixture);
    const { governor } = protocol;
    const [honest, attacker] = voters;
    const seen = draft(protocol, theft(protocol), { by: honest!.address });
    const [targets, values, datas] = seen.args;
    const copy = (description: string, account = attacker!) => governor.write.propose([targets, values, datas, description], { account });
    await assertions.revertWithCustomError(copy(seen.description), governor, "GovernorRestrictedProposer");
    // A description that names nobody would be anybody's: it is nobody's.
    const unmarked = seen.description.replace(/\s*#proposer=.*$/, "");
    for (const account of [attacker!, honest!]) {
      await assertions.revertWithCustomError(copy(unmarked, account), governor, "GovernorRestrictedProposer");
    }
    // With the attacker's own name it is another proposal, and cancelling that one costs the honest nothing.
    const own = await propose(protocol, theft(protocol), { by: attacker! });
    await governor.write.cancel(own.args, { account: attacker! });
    await copy(seen.description, honest!);
    await assertions.revertWithCustomError(governor.write.cancel(seen.args, { account: attacker! }), governor, "GovernorUnableToCancel");
    await toVoting(seen);
    // Nor can its proposer take it back from those who vote.
    await assertions.revertWithCustomError(governor.write.cancel(seen.args, { account: honest! }), governor, "GovernorUnableToCancel");
    assert.equal(await stateOf(seen), "active");
  });

  it("guardian vetoing its own removal: it cancels a theft, not its replacement, and not before the vote has spoken", async () => {
    const protocol = await loadFixture(networkFixture);
    const { governor, seat } = protocol;
    const treasury = await treasuryOf(protocol);
    const stolen = await propose(protocol, theft(protocol));
    const replaced = await propose(protocol, removal(protocol));
    const unable = async (proposal: typeof stolen) =>
      assertions.revertWithCustomError(cancelBySafe(protocol, proposal), governor, "GovernorUnableToCancel");
    for (const proposal of [stolen, replaced]) await unable(proposal);
    await toVoting(replaced);
    for (const proposal of [stolen, replaced]) {
      await unable(proposal);
      await vote(proposal, "for");
    }
    await afterVoting(replaced);
    for (const proposal of [stolen, replaced]) {
      await unable(proposal);
      await queue(proposal);
    }
    await cancelBySafe(protocol, stolen);
    await unable(replaced);
    await ripen(replaced);
    await unable(replaced);
    await execute(replaced);
    assert.equal((await seat.read.guardian()).toLowerCase(), successor.address);
    assert.deepEqual([await stateOf(stolen), await treasuryOf(protocol)], ["canceled", treasury]);
    // It is nobody now.
    const next = await queued(protocol, theft(protocol));
    await unable(next);
    const pause = pauseBySafe(protocol, BigInt(await time.latest()) + 60n);
    await assertions.revertWithCustomError(pause, seat, "GuardianSeat_OnlyGuardian");
  });

  it("guardian vetoing its own removal, the other way about: a theft does not pass as a removal", async () => {
    const protocol = await loadFixture(networkFixture);
    const { seat } = protocol;
    const treasury = await treasuryOf(protocol);
    const long = { ...removal(protocol)[0]!, data: concat([removal(protocol)[0]!.data, "0x00"]) };
    for (const calls of [
      [...removal(protocol), ...theft(protocol)],
      [...theft(protocol), ...removal(protocol)],
      [{ ...removal(protocol)[0]!, valueWei: 1n }],
      [long],
    ]) {
      const disguised = await queued(protocol, calls);
      await cancelBySafe(protocol, disguised);
      assert.equal(await stateOf(disguised), "canceled");
    }
    assert.equal(await treasuryOf(protocol), treasury);
    assert.equal(await seat.read.guardian(), protocol.guardian.address);
  });

  it("guardian taking the network hostage: it holds the doors for 7 days in 30, and nobody inside", async () => {
    const protocol = await loadFixture(networkFixture);
    const { seat, registry } = protocol;
    const start = BigInt(await time.latest()) + 1n;
    const longer = pauseBySafe(protocol, start + WEEK + 60n);
    await assertions.revertWithCustomError(longer, seat, "GuardianSeat_BadPause");
    await time.setNextBlockTimestamp(start + 9n);
    await pauseBySafe(protocol, start + 9n + WEEK);
    await assertions.revertWithCustomError(registerNode(protocol, 8), seat, "GuardianSeat_Paused");
    await registry.write.unstake([0, X0T], { account: voters[0]! });
    // Paused again and again within the week, it ends with the week; the next may begin 30 days after this one did.
    await time.increaseTo(start + 9n + WEEK - 2n);
    const extended = pauseBySafe(protocol, start + 9n + WEEK + 1n);
    await assertions.revertWithCustomError(extended, seat, "GuardianSeat_BadPause");
    await time.increaseTo(start + 9n + WEEK);
    await registerNode(protocol, 8);
    for (const day of [8n, 29n]) {
      await time.increaseTo(start + 9n + day * 86_400n);
      const again = pauseBySafe(protocol, BigInt(await time.latest()) + 60n);
      await assertions.revertWithCustomError(again, seat, "GuardianSeat_BadPause");
    }
    // The vote throws it out meanwhile, pause or not.
    await execute(await ripe(protocol, removal(protocol)));
    assert.equal((await seat.read.guardian()).toLowerCase(), successor.address);
  });

  it("reentrancy by a hostile multi-signature: signatures of one Safe transaction serve once, also from within its own refund", async () => {
    const protocol = await loadFixture(networkFixture);
    const { seat, guardian } = protocol;
    const relayer = await hostileAccount();
    await poor.sendTransaction({ to: guardian.address, value: 10n ** 18n });
    // The owners pay the relayer's gas in ETH: a call back once their transaction is done.
    const until = BigInt(await time.latest()) + 600n;
    const nonce = await safeNonce(protocol);
    const pause = seatCall(protocol, "pause", [until]);
    const [to, data, refundReceiver] = [seat.address, pause, relayer.address];
    const gas = { safeTxGas: 200_000n, baseGas: 0n, gasPrice: 1n };
    const message = { to, value: 0n, data, operation: 0, ...gas, gasToken: zeroAddress, refundReceiver, nonce };
    const domain = { chainId, verifyingContract: guardian.address };
    const signers = [...guardians.slice(0, 2)].sort((a, b) => (BigInt(a.account.address) < BigInt(b.account.address) ? -1 : 1));
    const signatures = concat(
      await Promise.all(signers.map((owner) => owner.signTypedData({ domain, types: { SafeTx: SAFE_TX }, primaryType: "SafeTx", message }))),
    );
    const args = [to, 0n, data, 0, gas.safeTxGas, gas.baseGas, gas.gasPrice, zeroAddress, refundReceiver, signatures] as const;
    const sent = encodeFunctionData({ abi: SAFE_ABI, functionName: "execTransaction", args });
    await relayer.write.arm([[{ target: guardian.address, data: sent }, call(seat, "pause", [until + 1n]), call(seat, "unpause", [])]]);
    await poor.sendTransaction({ to: guardian.address, data: sent, gas: 2_000_000n });
    assert.deepEqual([await relayer.read.sprung(), await relayer.read.succeeded()], [1n, 0n]);
    assert.equal(await seat.read.pausedUntil(), until);
    assert.equal(await safeNonce(protocol), nonce + 1n);
    await assert.rejects(poor.sendTransaction({ to: guardian.address, data: sent, gas: 2_000_000n }), /GS026/);
  });

  it("signature replay across Safe transactions: one owner twice, a stranger, or the last pause's signatures are no quorum", async () => {
    const protocol = await loadFixture(networkFixture);
    const { seat } = protocol;
    const until = BigInt(await time.latest()) + 600n;
    const pause = { to: seat.address, data: seatCall(protocol, "pause", [until]), nonce: await safeNonce(protocol) };
    const [one, two] = [...guardians.slice(0, 2)].sort((a, b) => (BigInt(a.account.address) < BigInt(b.account.address) ? -1 : 1));
    const [first, second, stranger] = await Promise.all([one!, two!, poor].map((owner) => signSafeTx(protocol, owner, pause)));
    for (const few of [[first!], [first!, first!], [first!, stranger!], [second!, first!]]) await assert.rejects(execSafeTx(protocol, pause, few));
    await execSafeTx(protocol, pause, [first!, second!]);
    await bySafe(protocol, seat.address, seatCall(protocol, "unpause", []));
    await assert.rejects(execSafeTx(protocol, pause, [first!, second!]), /GS026/);
    assert.equal(await seat.read.pausedUntil(), 0n);
  });
});
