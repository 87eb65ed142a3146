import assert from "node:assert/strict";
import { maxUint256, pad, toHex, zeroHash, type Hex } from "viem";
import { voucher } from "../../../core/eip712.ts";
import { X0T } from "../../../core/parameters.ts";
import { netOf, FINAL_AFTER } from "../support/leases.ts";
import { commitArgs } from "../support/proofs.ts";
import { afterVoting, call, execute, propose, queue, ripe, ripen, stateOf, toVoting, vote, voters, type Proposal } from "../support/proposals.ts";
import {
  alice,
  assertions,
  byTimelock,
  chainId,
  epochNow,
  goTo,
  loadFixture,
  networkFixture,
  P,
  SLOTS,
  time,
  witnessKey,
  type Protocol,
} from "../support/protocol.ts";
import { anyone, ether, forceEther, give, hostileAccount, registerHostile } from "./support.ts";

const STAKE = 1_000n * X0T;
const RESERVE = 400_000_000n * X0T;
const ALL = Array.from({ length: SLOTS }, (_, slot) => slot);
const signer = witnessKey(50);

/** The network, and a hostile operator with as much stake as each other and 1,000 X0T more. */
async function infiltrated() {
  const protocol = await networkFixture();
  const hostile = await hostileAccount();
  await give(protocol, alice, hostile.address, 2n * STAKE);
  const node = await registerHostile(protocol, hostile, 40, STAKE);
  return { protocol, hostile, node, ...protocol };
}

/** The treasury holds 15 wei of ETH, and pays the hostile account 5 of them and 100 X0T. */
async function payment(protocol: Protocol, hostile: { address: Hex }): Promise<Proposal> {
  await forceEther(protocol.timelock.address, 15n);
  return ripe(protocol, [
    call(protocol.token, "transfer", [hostile.address, 100n * X0T]),
    { target: hostile.address, valueWei: 5n, data: "0x" },
  ]);
}

/** The same operation as the timelock knows it. */
function executeBatch(protocol: Protocol, { args, governor }: Proposal) {
  const [targets, values, datas, hash] = args;
  const salt = toHex(BigInt(pad(governor.address, { dir: "right", size: 32 })) ^ BigInt(hash), { size: 32 });
  return call(protocol.timelock, "executeBatch", [targets, values, datas, zeroHash, salt]);
}

describe("attacks: reentrancy", () => {
  it("reentrancy by a hostile payee: X0T has no hooks; redeem, settle, claim, refund and withdraw call nobody back", async () => {
    const { hostile, node, token, registry, ledger, rewards, channels, marketplace } = await loadFixture(infiltrated);
    const epoch = (await epochNow()) + 1n;
    await goTo(epoch, 1);
    await hostile.write.run([
      [
        call(token, "approve", [channels.address, maxUint256]),
        call(token, "approve", [marketplace.address, maxUint256]),
        call(channels, "open", [hostile.address, signer.address, 100n * X0T]),
        call(marketplace, "list", [node, 10n * X0T, 9_000, 8]),
        call(marketplace, "rent", [1n, 3]),
      ],
    ]);
    await goTo(epoch + 2n, 1);
    await hostile.write.run([[call(ledger, "commit", [commitArgs(node, epoch + 1n, ALL)]), call(registry, "unstake", [node, STAKE])]]);
    await goTo(epoch + 3n + FINAL_AFTER);
    const channel = await channels.read.channelId([hostile.address, hostile.address, 0n]);
    const message = voucher({ chainId, channels: channels.address }, { channel, cumulative: 60n * X0T });
    const redeem = call(channels, "redeem", [channel, 60n * X0T, await signer.signTypedData(message)]);
    const acts = [
      redeem,
      call(marketplace, "settle", [1n, 1n]),
      call(marketplace, "settle", [1n, 168n]),
      call(rewards, "claim", [node, [epoch + 1n]]),
      call(channels, "startClose", [channel]),
      call(registry, "withdraw", [node]),
    ];
    const before = await token.read.balanceOf([hostile.address]);
    await time.increase(P.unbondingSeconds);
    for (const act of acts) {
      await hostile.write.arm([acts]);
      await hostile.write.run([[act]]);
    }
    assert.equal(await hostile.read.sprung(), 0n);
    const share = (P.poolPerEpoch * STAKE) / P.targetStake;
    const once = netOf(60n * X0T) + 40n * X0T + netOf(10n * X0T) + 20n * X0T + netOf(share) + STAKE;
    assert.equal((await token.read.balanceOf([hostile.address])) - before, once);
    for (const vault of [channels, marketplace]) assert.equal(await token.read.balanceOf([vault.address]), 0n);
    assert.equal(await token.read.balanceOf([registry.address]), 6n * STAKE);
    assert.equal(await token.read.balanceOf([rewards.address]), RESERVE - share);
    await assert.rejects(hostile.write.run([[redeem]]), /RelayChannels_Closed/);
  });

  it("reentrancy by timelock execution, the same proposal again: the Governor has marked it executed before it calls", async () => {
    const { protocol, hostile, governor, token } = await loadFixture(infiltrated);
    const paid = await payment(protocol, hostile);
    await hostile.write.arm([[call(governor, "execute", paid.args), call(governor, "state", [paid.id])]]);
    await execute(paid);
    assert.equal(await hostile.read.sprung(), 1n);
    assert.equal(await hostile.read.succeeded(), 1n, "only the reading");
    assert.equal(BigInt(await hostile.read.answers([1n])), 7n, "executed");
    assert.equal(await ether(hostile.address), 5n);
    assert.equal(await token.read.balanceOf([hostile.address]), STAKE + netOf(100n * X0T));
    await assertions.revertWithCustomError(execute(paid), governor, "GovernorUnexpectedProposalState");
  });

  it("reentrancy by timelock execution, the same operation past the Governor: what it takes twice is taken back whole", async () => {
    const { protocol, hostile, timelock, token } = await loadFixture(infiltrated);
    const paid = await payment(protocol, hostile);
    await hostile.write.arm([[executeBatch(protocol, paid)]]);
    await assertions.revertWithCustomError(execute(paid), timelock, "TimelockUnexpectedOperationState");
    assert.equal(await ether(hostile.address), 0n);
    assert.equal(await ether(timelock.address), 15n);
    assert.equal(await token.read.balanceOf([hostile.address]), STAKE);
    // Anyone may execute what waited, also at the timelock: once.
    const { target, data } = executeBatch(protocol, paid);
    await hostile.write.arm([[]]);
    await alice.sendTransaction({ to: target, data });
    assert.equal(await stateOf(paid), "executed");
    assert.equal(await ether(hostile.address), 5n);
    await assert.rejects(execute(paid), /GovernorUnexpectedProposalState/);
    await assert.rejects(alice.sendTransaction({ to: target, data }), /TimelockUnexpectedOperationState/);
  });

  it("reentrancy, cross-function: called by the timelock one has none of the timelock's rights", async () => {
    const { protocol, hostile, node, token, timelock, registry, rewards, governor, seat, ledger } = await loadFixture(infiltrated);
    const paid = await payment(protocol, hostile);
    const me = hostile.address;
    await hostile.write.arm([
      [
        call(token, "addVault", [me]),
        call(token, "removeVault", [rewards.address]),
        call(token, "pay", [me, X0T]),
        call(token, "transferFrom", [timelock.address, me, X0T]),
        call(rewards, "migrateReserve", [me, X0T]),
        call(rewards, "setParameters", [0n, P.targetStake]),
        call(seat, "setGuardian", [me]),
        call(seat, "unpause", []),
        call(timelock, "updateDelay", [1n]),
        call(timelock, "schedule", [me, 0n, "0x", zeroHash, zeroHash, 1n]),
        call(timelock, "grantRole", [zeroHash, me]),
        call(governor, "setProposalThreshold", [X0T]),
        call(governor, "relay", [token.address, 0n, "0x"]),
        call(governor, "cancel", paid.args),
        call(registry, "slash", [0, me, STAKE]),
        call(registry, "unbench", [node]),
        call(ledger, "enforce", [0, 1n]),
      ].map(({ target, data }) => ({ target, data })),
    ]);
    await execute(paid);
    assert.deepEqual([await hostile.read.sprung(), await hostile.read.succeeded()], [1n, 0n]);
    assert.equal(await ether(me), 5n);
    assert.equal(await token.read.balanceOf([me]), STAKE + netOf(100n * X0T));
  });

  it("reentrancy, read-only: between two actions of a proposal every book already says what is so", async () => {
    const { protocol, hostile, token, rewards, channels, governor, marketplace } = await loadFixture(infiltrated);
    const burned = await token.read.totalBurned();
    const moved = await ripe(protocol, [
      call(rewards, "migrateReserve", [channels.address, STAKE]),
      call(token, "transfer", [alice.account.address, STAKE]),
      { target: hostile.address, valueWei: 0n, data: "0x" },
      call(rewards, "setParameters", [0n, P.targetStake]),
    ]);
    await hostile.write.arm([
      [
        call(rewards, "unallocated", []),
        call(token, "balanceOf", [rewards.address]),
        call(token, "balanceOf", [channels.address]),
        call(token, "totalSupply", []),
        call(rewards, "poolPerEpochAt", [(await epochNow()) + 9n]),
        call(marketplace, "escrowed", []),
        call(governor, "state", [moved.id]),
      ],
    ]);
    await execute(moved);
    const answers = await Promise.all([0n, 1n, 2n, 3n, 4n, 5n, 6n].map((index) => hostile.read.answers([index])));
    const supply = 10n ** 27n - burned - STAKE / 100n;
    assert.deepEqual(answers.map(BigInt), [RESERVE - STAKE, RESERVE - STAKE, STAKE, supply, P.poolPerEpoch, 0n, 7n]);
  });

  it("reentrancy by ERC-1271: whoever is asked for its signature can change nothing, and votes once", async () => {
    const { protocol, hostile, governor, seat } = await loadFixture(infiltrated);
    const proposal = await propose(protocol, [call(seat, "unpause", [])]);
    await toVoting(proposal);
    const bySignature = () => governor.write.castVoteBySig([proposal.id, 1, hostile.address, "0x"], { account: anyone });
    await hostile.write.arm([[call(governor, "castVote", [proposal.id, 1])]]);
    await assertions.revertWithCustomErrorWithArgs(bySignature(), governor, "GovernorInvalidSignature", [hostile.address]);
    assert.equal(await governor.read.hasVoted([proposal.id, hostile.address]), false);
    await hostile.write.arm([[call(governor, "proposalVotes", [proposal.id])]]);
    await bySignature();
    assert.deepEqual(await governor.read.proposalVotes([proposal.id]), [0n, STAKE, 0n]);
    const again = [bySignature, () => hostile.write.run([[call(governor, "castVote", [proposal.id, 1])]])];
    for (const attempt of again) await assert.rejects(attempt(), /GovernorAlreadyCastVote/);
    assert.deepEqual(await governor.read.proposalVotes([proposal.id]), [0n, STAKE, 0n]);
  });

  it("reentrancy by permit and by voucher: contracts that say yes to every signature are not asked", async () => {
    const { hostile, token, channels } = await loadFixture(infiltrated);
    // Unarmed, its isValidSignature always says yes.
    const permit = token.write.permit([hostile.address, anyone.address, STAKE, maxUint256, 27, toHex(1n, { size: 32 }), toHex(1n, { size: 32 })]);
    await assertions.revertWithCustomError(permit, token, "ERC2612InvalidSigner");
    assert.equal(await token.read.allowance([hostile.address, anyone.address]), 0n);
    await token.write.approve([channels.address, STAKE], { account: alice.account });
    await channels.write.open([hostile.address, hostile.address, STAKE], { account: alice.account });
    const channel = await channels.read.channelId([alice.account.address, hostile.address, 0n]);
    for (const signature of ["0x", `0x${"11".repeat(64)}1b`] as const) {
      await assertions.revertWithCustomError(channels.write.redeem([channel, STAKE, signature]), channels, "RelayChannels_BadVoucher");
    }
    assert.equal(await token.read.balanceOf([channels.address]), STAKE);
    assert.equal(await token.read.balanceOf([hostile.address]), STAKE);
  });

  it("reentrancy by a hostile multi-signature: a guardian gains nothing by doing everything in one transaction", async () => {
    const { protocol, hostile, seat, governor, token } = await loadFixture(infiltrated);
    const { target, data } = call(seat, "setGuardian", [hostile.address]);
    await byTimelock(protocol, target, data);
    const removal = await propose(protocol, [call(seat, "setGuardian", [anyone.address])]);
    await toVoting(removal);
    await vote(removal, "for", voters);
    await afterVoting(removal);
    await queue(removal);
    const now = BigInt(await time.latest()) + 1n;
    const week = 7n * 86_400n;
    await time.setNextBlockTimestamp(now);
    const tooLong = hostile.write.run([
      [call(seat, "pause", [now + week]), call(seat, "unpause", []), call(seat, "pause", [now + week + 1n])],
    ]);
    await assert.rejects(tooLong, /GuardianSeat_BadPause/);
    await hostile.write.run([[call(seat, "pause", [now + week]), call(seat, "unpause", []), call(seat, "pause", [now + week])]]);
    await assert.rejects(hostile.write.run([[call(seat, "unpause", []), call(governor, "cancel", removal.args)]]), /GovernorUnableToCancel/);
    await ripen(removal);
    // Paused or not, the removal goes through.
    await execute(removal);
    assert.equal((await seat.read.guardian()).toLowerCase(), anyone.address);
    await assert.rejects(hostile.write.run([[call(seat, "pause", [now + week])]]), /GuardianSeat_OnlyGuardian/);
    assert.equal(await token.read.balanceOf([hostile.address]), STAKE);
  });
});
