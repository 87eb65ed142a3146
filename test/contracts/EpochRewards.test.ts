import assert from "node:assert/strict";
import { encodeFunctionData, parseEventLogs, zeroAddress } from "viem";
import { X0T } from "../../core/parameters.ts";
import {
  alice,
  ALLOCATION,
  assertions,
  at,
  byTimelock,
  challenger,
  deployer,
  deployProtocolFixture,
  EPOCH,
  epochNow,
  goTo,
  loadFixture,
  networkFixture,
  networkHelpers,
  P,
  publicClient,
  SLOTS,
  viem,
  wallets,
  type Protocol,
} from "./support/protocol.ts";
import { commitArgs } from "./support/proofs.ts";

const STAKE = 1_000n * X0T;
const ALL = Array.from({ length: SLOTS }, (_, slot) => slot);
const RESERVE = 400_000_000n * X0T;
const operatorOf = (node: number) => wallets[node + 1]!.account;

/** Nodes 0 to 2 committed all slots, node 3 half, node 4 nothing of it (void), node 5 not at all. */
async function committed() {
  const protocol = await networkFixture();
  const epoch = await epochNow();
  await goTo(epoch + 1n);
  for (const [node, slots] of [[0, ALL], [1, ALL], [2, ALL], [3, ALL.slice(0, 6)], [4, ALL]] as const) {
    const args = commitArgs(node, epoch, [...slots]);
    await protocol.ledger.write.commit([args], { account: operatorOf(node) });
  }
  await protocol.ledger.write.challenge([4, epoch, 1n], { account: challenger.account });
  return { protocol, epoch, ...protocol };
}

async function final() {
  const state = await committed();
  await goTo(state.epoch + 4n);
  return state;
}

/** Σw = 3.5 nodes of 1,000 X0T; the target of 10,000 X0T is not reached. */
const EARNED = (P.poolPerEpoch * 3_500n * X0T) / P.targetStake;
const share = (weight: bigint) => (EARNED * weight) / (3_500n * X0T);

async function setParameters({ rewards }: Protocol, pool: bigint, target: bigint) {
  return encodeFunctionData({ abi: rewards.abi, functionName: "setParameters", args: [pool, target] });
}

describe("EpochRewards", () => {
  it("REW-1 the first claim fixes what the epoch earned: POOL · Σw / max(Σw, TARGET), deducted once", async () => {
    const { rewards, epoch } = await loadFixture(final);
    assert.deepEqual(await rewards.read.earnedOf([epoch]), [false, 0n]);
    const hash = await rewards.write.claim([0, [epoch]]);
    await assertions.emitWithArgs(hash, rewards, "EpochOpened", [epoch, EARNED, 3_500n * X0T]);
    assert.deepEqual(await rewards.read.earnedOf([epoch]), [true, EARNED]);
    assert.equal(await rewards.read.unallocated(), RESERVE - EARNED);
    await rewards.write.claim([1, [epoch]]);
    assert.equal(await rewards.read.unallocated(), RESERVE - EARNED);
  });

  it("REW-2 shares are linear in weight; void and absent nodes get 0; claimable says so before", async () => {
    const { rewards, token, epoch } = await loadFixture(final);
    const weights = [STAKE, STAKE, STAKE, STAKE / 2n, 0n, 0n];
    for (const [node, weight] of weights.entries()) {
      assert.equal(await rewards.read.claimable([node, epoch]), share(weight));
      const before = await token.read.balanceOf([operatorOf(node).address]);
      const hash = await rewards.write.claim([node, [epoch]], { account: alice.account });
      await assertions.emit(hash, rewards, "Claimed");
      const after = await token.read.balanceOf([operatorOf(node).address]);
      assert.equal(after - before, share(weight) - share(weight) / 100n);
      assert.equal(await rewards.read.claimable([node, epoch]), 0n);
    }
    const paid = weights.reduce((sum, weight) => sum + share(weight), 0n);
    assert.ok(paid <= EARNED);
    assert.equal(await token.read.balanceOf([rewards.address]), RESERVE - paid);
  });

  it("REW-1 EpochRewards_NotFinal: nothing is paid before finality, when a challenge may still decide", async () => {
    const { rewards, epoch } = await loadFixture(committed);
    const early = rewards.write.claim([0, [epoch]]);
    await assertions.revertWithCustomErrorWithArgs(early, rewards, "EpochRewards_NotFinal", [epoch]);
    assert.equal(await rewards.read.claimable([0, epoch]), 0n);
    await at((epoch + 4n) * EPOCH - 1n);
    await assertions.revertWithCustomError(rewards.write.claim([0, [epoch]]), rewards, "EpochRewards_NotFinal");
    await at((epoch + 4n) * EPOCH);
    await rewards.write.claim([0, [epoch]]);
  });

  it("REW-3 each final epoch is paid once, also within one call", async () => {
    const { rewards, token, epoch } = await loadFixture(final);
    const before = await token.read.balanceOf([operatorOf(0).address]);
    await rewards.write.claim([0, [epoch, epoch - 1n, epoch]]);
    const paid = share(STAKE) - share(STAKE) / 100n;
    assert.equal((await token.read.balanceOf([operatorOf(0).address])) - before, paid);
    assert.equal(await rewards.read.isClaimed([0, epoch]), true);
    const again = await rewards.write.claim([0, [epoch]]);
    assert.equal((await token.read.balanceOf([operatorOf(0).address])) - before, paid);
    assert.deepEqual(parseEventLogs({ abi: rewards.abi, logs: (await publicClient.getTransactionReceipt({ hash: again })).logs }), []);
  });

  it("REW-3 who claims one epoch first does not spoil a batch that holds it", async () => {
    const { protocol, rewards, token, epoch: first } = await loadFixture(final);
    const epoch = (await epochNow()) + 1n;
    await goTo(epoch + 1n);
    await protocol.ledger.write.commit([commitArgs(0, epoch, ALL)], { account: operatorOf(0) });
    await goTo(epoch + 4n);
    await rewards.write.claim([0, [epoch]], { account: alice.account });
    const before = await token.read.balanceOf([operatorOf(0).address]);
    await rewards.write.claim([0, [first, epoch]]);
    assert.equal((await token.read.balanceOf([operatorOf(0).address])) - before, share(STAKE) - share(STAKE) / 100n);
  });

  it("REW-3 EpochRewards_TooManyEpochs: 168 in one call, and an empty epoch earns nothing", async () => {
    const { rewards, registry, epoch } = await loadFixture(final);
    const epochs = Array.from({ length: 169 }, (_, i) => epoch - BigInt(i));
    const many = rewards.write.claim([0, epochs]);
    await assertions.revertWithCustomErrorWithArgs(many, rewards, "EpochRewards_TooManyEpochs", [169n, 168n]);
    await rewards.write.claim([0, epochs.slice(0, 168)]);
    assert.equal(await rewards.read.unallocated(), RESERVE - EARNED);
    assert.deepEqual(await rewards.read.earnedOf([epoch - 1n]), [true, 0n]);
    await rewards.write.claim([0, []]);
    const unknown = rewards.write.claim([6, [epoch]]);
    await assertions.revertWithCustomError(unknown, registry, "NodeRegistry_UnknownNode");
  });

  it("REW-1 above TARGET_STAKE the pool alone is shared", async () => {
    const { protocol, rewards, epoch: first } = await loadFixture(final);
    await byTimelock(protocol, rewards.address, await setParameters(protocol, P.poolPerEpoch, 1_000n * X0T));
    const epoch = (await epochNow()) + 1n;
    await goTo(epoch + 1n);
    for (const node of [0, 1]) {
      await protocol.ledger.write.commit([commitArgs(node, epoch, ALL)], { account: operatorOf(node) });
    }
    await goTo(epoch + 4n);
    await rewards.write.claim([0, [epoch]]);
    assert.deepEqual(await rewards.read.earnedOf([epoch]), [true, P.poolPerEpoch]);
    await rewards.write.claim([0, [first]]);
    assert.deepEqual(await rewards.read.earnedOf([first]), [true, EARNED]);
  });

  it("REW-1 parameters count as of the epoch's start: a change reaches no epoch that has begun", async () => {
    const { protocol, rewards, epoch } = await loadFixture(committed);
    const hash = await byTimelock(protocol, rewards.address, await setParameters(protocol, 1n, 1_000n * X0T));
    const now = await epochNow();
    await assertions.emitWithArgs(hash, rewards, "ParametersChanged", [1n, 1_000n * X0T, now + 1n]);
    assert.deepEqual(
      await Promise.all([epoch, now, now + 1n].map((e) => rewards.read.poolPerEpochAt([e]))),
      [P.poolPerEpoch, P.poolPerEpoch, 1n],
    );
    assert.equal(await rewards.read.targetStakeAt([now]), P.targetStake);
    assert.equal(await rewards.read.targetStakeAt([now + 1n]), 1_000n * X0T);
    await goTo(epoch + 4n);
    await rewards.write.claim([0, [epoch]]);
    assert.deepEqual(await rewards.read.earnedOf([epoch]), [true, EARNED]);
  });

  it("REW-4 EpochRewards_OnlyTimelock: nobody else sets parameters or moves the reserve", async () => {
    const { rewards } = await loadFixture(deployProtocolFixture);
    for (const { account } of [deployer, alice]) {
      for (const call of [
        rewards.write.setParameters([1n, 10_000n * X0T], { account }),
        rewards.write.migrateReserve([account.address, 1n], { account }),
      ]) {
        await assertions.revertWithCustomErrorWithArgs(call, rewards, "EpochRewards_OnlyTimelock", [account.address]);
      }
    }
  });

  it("GOV-4 EpochRewards_OutOfBounds: pool and target stay within immutable bounds", async () => {
    const { rewards, timelock } = await loadFixture(deployProtocolFixture);
    await networkHelpers.impersonateAccount(timelock.address);
    await networkHelpers.setBalance(timelock.address, 10n ** 18n);
    const [most, least] = [400_000_000n * X0T, 1_000n * X0T];
    const set = (pool: bigint, target: bigint) => rewards.write.setParameters([pool, target], { account: timelock.address });
    for (const [pool, target, ...args] of [
      [P.poolPerEpoch + 1n, least, P.poolPerEpoch + 1n, 0n, P.poolPerEpoch],
      [0n, least - 1n, least - 1n, least, most],
      [0n, most + 1n, most + 1n, least, most],
    ] as const) {
      await assertions.revertWithCustomErrorWithArgs(set(pool, target), rewards, "EpochRewards_OutOfBounds", args);
    }
    await set(P.poolPerEpoch, most);
    await set(0n, least);
  });

  it("REW-4 the timelock moves only unallocated reserve, and only to a successor vault", async () => {
    const { protocol, rewards, token, ledger, registry, epoch } = await loadFixture(final);
    const { timelock } = protocol;
    await rewards.write.claim([0, [epoch]]);
    await networkHelpers.impersonateAccount(timelock.address);
    await networkHelpers.setBalance(timelock.address, 10n ** 18n);
    const account = timelock.address;
    const successor = await viem.deployContract("EpochRewards", [
      {
        token: token.address,
        registry: registry.address,
        ledger: ledger.address,
        timelock: timelock.address,
        poolPerEpoch: 1n,
        maxPoolPerEpoch: 1n,
        targetStake: 1n,
        minTargetStake: 1n,
        maxTargetStake: 1n,
      },
    ]);
    const unknown = rewards.write.migrateReserve([successor.address, 1n], { account });
    await assertions.revertWithCustomErrorWithArgs(unknown, token, "X0TToken_VaultStatus", [successor.address, 0]);
    await token.write.addVault([successor.address], { account });
    // What the last 168 epochs may still earn stays, this one's included; of them one is opened.
    const movable = await rewards.read.movable();
    assert.equal(movable, (await rewards.read.unallocated()) - 167n * P.poolPerEpoch);
    const more = rewards.write.migrateReserve([successor.address, movable + 1n], { account });
    await assertions.revertWithCustomErrorWithArgs(more, rewards, "EpochRewards_ReserveTooSmall", [movable + 1n, movable]);
    await rewards.write.migrateReserve([successor.address, movable], { account });
    assert.equal(await token.read.balanceOf([successor.address]), movable);
    assert.equal(await rewards.read.movable(), 0n);
    assert.equal(await rewards.read.claimable([1, epoch]), share(STAKE), "of an epoch that is opened");
    // Were there nothing left at all:
    await networkHelpers.impersonateAccount(rewards.address);
    await networkHelpers.setBalance(rewards.address, 10n ** 18n);
    await token.write.migrate([successor.address, 167n * P.poolPerEpoch], { account: rewards.address });
    assert.equal(await rewards.read.unallocated(), 0n);
    // What was earned is still paid, and a later epoch earns what is left: nothing.
    await rewards.write.claim([1, [epoch]]);
    assert.equal(
      await token.read.balanceOf([operatorOf(1).address]),
      ALLOCATION - STAKE + share(STAKE) - share(STAKE) / 100n,
    );
    const next = await epochNow();
    await goTo(next + 1n);
    await ledger.write.commit([commitArgs(0, next, ALL)], { account: operatorOf(0) });
    await goTo(next + 4n);
    await rewards.write.claim([0, [next]]);
    assert.deepEqual(await rewards.read.earnedOf([next]), [true, 0n]);
  });

  it("REW-1 EpochRewards_BadParameters", async () => {
    const { token, registry, ledger, timelock } = await loadFixture(deployProtocolFixture);
    const good = {
      token: token.address,
      registry: registry.address,
      ledger: ledger.address,
      timelock: timelock.address,
      poolPerEpoch: 1n,
      maxPoolPerEpoch: 1n,
      targetStake: 2n,
      minTargetStake: 2n,
      maxTargetStake: 3n,
    };
    await viem.deployContract("EpochRewards", [good]);
    for (const bad of [
      { token: zeroAddress },
      { registry: zeroAddress },
      { ledger: zeroAddress },
      { timelock: zeroAddress },
      { minTargetStake: 0n },
      { minTargetStake: 4n },
      { maxTargetStake: 2n ** 96n },
      { maxPoolPerEpoch: 2n ** 96n },
    ]) {
      await assert.rejects(viem.deployContract("EpochRewards", [{ ...good, ...bad }]), /EpochRewards_BadParameters/);
    }
    for (const bad of [{ poolPerEpoch: 2n }, { targetStake: 1n }, { targetStake: 4n }]) {
      await assert.rejects(viem.deployContract("EpochRewards", [{ ...good, ...bad }]), /EpochRewards_OutOfBounds/);
    }
  });
});
