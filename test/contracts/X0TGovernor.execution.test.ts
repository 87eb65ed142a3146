import assert from "node:assert/strict";
import { encodeFunctionData, parseEther, zeroHash, type Hex } from "viem";
import { X0T } from "../../core/parameters.ts";
import {
  alice,
  ALLOCATION,
  assertions,
  bob,
  EPOCH,
  epochNow,
  loadFixture,
  networkFixture,
  P,
  poor,
  publicClient,
  time,
  viem,
} from "./support/protocol.ts";
import { call, enact, execute, queue, queued, ripe, ripen, stateOf, succeeded, type Proposal } from "./support/proposals.ts";

async function governed() {
  const protocol = await networkFixture();
  const hostile = await viem.deployContract("Reentrant");
  return { protocol, ...protocol, hostile };
}

/** The timelock's salt of a proposal. */
const saltOf = ({ governor, args }: Proposal): Hex =>
  `0x${(BigInt(args[3]) ^ (BigInt(governor.address) << 96n)).toString(16).padStart(64, "0")}`;

describe("X0TGovernor execution", () => {
  it("GOV-3 a treasury payment is a transfer like others: 1 % of it burns", async () => {
    const { protocol, token, timelock } = await loadFixture(governed);
    const treasury = await token.read.balanceOf([timelock.address]);
    const supply = await token.read.totalSupply();
    const amount = 12_345n * X0T + 67n;
    const burn = amount / 100n;
    await enact(protocol, [call(token, "transfer", [alice.account.address, amount])]);
    assert.equal(await token.read.balanceOf([alice.account.address]), ALLOCATION + amount - burn);
    assert.equal(await token.read.balanceOf([timelock.address]), treasury - amount);
    assert.equal(await token.read.totalSupply(), supply - burn);
  });

  it("GOV-4 a vote changes EpochRewards, after vote, queue and delay, from the next epoch on", async () => {
    const { protocol, rewards } = await loadFixture(governed);
    const proposal = await succeeded(protocol, [call(rewards, "setParameters", [5_000n * X0T, 20_000n * X0T])]);
    await queue(proposal);
    await ripen(proposal);
    // Not in an epoch's last seconds.
    await time.increaseTo(((await epochNow()) + 1n) * EPOCH);
    const epoch = await epochNow();
    await assertions.emitWithArgs(execute(proposal), rewards, "ParametersChanged", [5_000n * X0T, 20_000n * X0T, epoch + 1n]);
    assert.deepEqual([await rewards.read.poolPerEpochAt([epoch]), await rewards.read.poolPerEpochAt([epoch + 1n])], [P.poolPerEpoch, 5_000n * X0T]);
    assert.equal(await rewards.read.targetStakeAt([epoch + 1n]), 20_000n * X0T);
    const beyond = await ripe(protocol, [call(rewards, "setParameters", [P.poolPerEpoch + 1n, P.targetStake])]);
    await assertions.revertWithCustomError(execute(beyond), rewards, "EpochRewards_OutOfBounds");
    assert.equal(await stateOf(beyond), "queued");
  });

  it("GOV-3 all calls of a proposal or none", async () => {
    const { protocol, token } = await loadFixture(governed);
    const proposal = await ripe(protocol, [
      call(token, "transfer", [alice.account.address, 100n * X0T]),
      call(token, "transfer", [bob.account.address, 10n ** 28n]),
    ]);
    await assertions.revertWithCustomError(execute(proposal), token, "ERC20InsufficientBalance");
    assert.equal(await token.read.balanceOf([alice.account.address]), ALLOCATION);
  });

  it("GOV-3 coin goes out of the timelock, and what the executor sends along goes in", async () => {
    const { protocol, timelock } = await loadFixture(governed);
    const sink = "0x00000000000000000000000000000000000c01d0" as const;
    const proposal = await ripe(protocol, [{ target: sink, valueWei: parseEther("2"), data: "0x" }]);
    await assert.rejects(execute(proposal));
    await execute(proposal, parseEther("3"));
    assert.equal(await publicClient.getBalance({ address: sink }), parseEther("2"));
    assert.equal(await publicClient.getBalance({ address: timelock.address }), parseEther("1"));
    assert.equal(await publicClient.getBalance({ address: protocol.governor.address }), 0n);
  });

  it("GOV-3 a proposal is executed once, though a call of it comes back through the Governor", async () => {
    const { protocol, governor, token, hostile } = await loadFixture(governed);
    const pay = call(token, "transfer", [alice.account.address, 100n * X0T]);
    const proposal = await ripe(protocol, [pay, call(hostile, "strike", [])]);
    const again = encodeFunctionData({ abi: governor.abi, functionName: "execute", args: proposal.args });
    await hostile.write.arm([governor.address, again, false]);
    await execute(proposal);
    assert.equal(await hostile.read.succeeded(), false);
    assert.equal(await token.read.balanceOf([alice.account.address]), ALLOCATION + 99n * X0T);
  });

  it("GOV-3 nor through the timelock: the whole execution reverts", async () => {
    const { protocol, timelock, token, hostile } = await loadFixture(governed);
    const pay = call(token, "transfer", [alice.account.address, 100n * X0T]);
    const proposal = await ripe(protocol, [pay, call(hostile, "strike", [])]);
    const [targets, values, datas] = proposal.args;
    const again = encodeFunctionData({ abi: timelock.abi, functionName: "executeBatch", args: [targets, values, datas, zeroHash, saltOf(proposal)] });
    await hostile.write.arm([timelock.address, again, false]);
    await assertions.revertWithCustomError(execute(proposal), timelock, "TimelockUnexpectedOperationState");
    assert.equal(await token.read.balanceOf([alice.account.address]), ALLOCATION);
    // Disarmed, it goes.
    await hostile.write.arm([poor.account.address, "0x", false]);
    await execute(proposal);
    assert.equal(await token.read.balanceOf([alice.account.address]), ALLOCATION + 99n * X0T);
  });

  it("GOV-4 during an execution nobody but the timelock speaks to the Governor in the proposal's name", async () => {
    const { protocol, governor, hostile } = await loadFixture(governed);
    const set = call(governor, "setVotingDelay", [77]);
    const proposal = await ripe(protocol, [call(hostile, "strike", []), set]);
    await hostile.write.arm([governor.address, set.data, false]);
    await execute(proposal);
    assert.equal(await hostile.read.succeeded(), false);
    assert.equal(await governor.read.votingDelay(), 77n);
    // With what was whitelisted for one call, a second is not made.
    const once = await ripe(protocol, [call(governor, "setVotingDelay", [88])]);
    await execute(once);
    const direct = call(governor, "setVotingDelay", [99]);
    const [targets, values, datas] = [[governor.address], [0n], [direct.data]];
    const { timelock } = protocol;
    const unscheduled = timelock.write.executeBatch([targets, values, datas, zeroHash, zeroHash]);
    await assertions.revertWithCustomError(unscheduled, timelock, "TimelockUnexpectedOperationState");
  });

  it("GOV-4 a proposal executed inside another's execution lends it nothing, and both stay whole", async () => {
    const { protocol, governor, hostile } = await loadFixture(governed);
    const inner = await ripe(protocol, [call(governor, "setVotingPeriod", [500])]);
    const outer = await ripe(protocol, [call(hostile, "strike", []), call(governor, "setVotingDelay", [55])]);
    const nested = encodeFunctionData({ abi: governor.abi, functionName: "execute", args: inner.args });
    await hostile.write.arm([governor.address, nested, true]);
    // The inner execution uses up what the outer one's call would need: all is undone.
    await assert.rejects(execute(outer), /0x31|empty array|popped/i);
    assert.deepEqual([await stateOf(inner), await stateOf(outer)], ["queued", "queued"]);
    assert.equal(await governor.read.votingPeriod(), BigInt(P.votingPeriodSeconds));
    await execute(inner);
    await hostile.write.arm([poor.account.address, "0x", false]);
    await execute(outer);
    assert.deepEqual([await governor.read.votingPeriod(), await governor.read.votingDelay()], [500n, 55n]);
  });

  it("GOV-4 a Governor's own setting is not executed past the Governor: its call is not whitelisted there", async () => {
    const { protocol, governor, timelock } = await loadFixture(governed);
    const proposal = await ripe(protocol, [call(governor, "setVotingDelay", [66])]);
    const [targets, values, datas] = proposal.args;
    const past = timelock.write.executeBatch([targets, values, datas, zeroHash, saltOf(proposal)]);
    await assert.rejects(past, /0x31|empty array|popped/i);
    await execute(proposal);
    assert.equal(await governor.read.votingDelay(), 66n);
  });

  it("GOV-3 proposals with the same calls are apart, by their descriptions", async () => {
    const { protocol, token } = await loadFixture(governed);
    const pay = [call(token, "transfer", [alice.account.address, 100n * X0T])];
    const first = await queued(protocol, pay);
    const second = await queued(protocol, pay);
    assert.notEqual(first.id, second.id);
    await ripen(second);
    await execute(first);
    assert.deepEqual([await stateOf(first), await stateOf(second)], ["executed", "queued"]);
    await execute(second);
    assert.equal(await token.read.balanceOf([alice.account.address]), ALLOCATION + 198n * X0T);
  });
});
