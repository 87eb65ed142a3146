import assert from "node:assert/strict";
import { encodeAbiParameters, keccak256, type Hex } from "viem";
import { X0T } from "../../../core/parameters.ts";
import { FINAL_AFTER, netOf } from "../support/leases.ts";
import { ALL, BOND, by, lied, operator, STAKE } from "../support/ledgerStates.ts";
import { rotate } from "../support/nodes.ts";
import { commitArgs, commitTruth, committeeOf, signReceipt, slotAnswers } from "../support/proofs.ts";
import {
  ALLOCATION,
  assertions,
  at,
  bob,
  EPOCH,
  epochNow,
  goTo,
  loadFixture,
  networkFixture,
  P,
  provider,
  publicClient,
  registerNode,
  SLOTS,
  time,
  viem,
  wallets,
  type Protocol,
} from "../support/protocol.ts";
import { anyone } from "./support.ts";

const [COMMIT, CHALLENGE, RESPONSE] = [P.commitSeconds, P.challengeSeconds, P.responseSeconds].map(BigInt) as [bigint, bigint, bigint];
/** The other five of six nodes: whole committees. */
const WITNESSES = [1, 2, 3, 4, 5];

/** In the last seconds of `epoch` all witnesses of node 0 change keys, twice. */
async function rotated() {
  const protocol = await networkFixture();
  const epoch = (await epochNow()) + 1n;
  await goTo(epoch + 1n, -20);
  for (const witness of WITNESSES) for (const generation of [1, 2]) await rotate(protocol, witness, generation);
  assert.equal(await epochNow(), epoch);
  return { protocol, epoch, ...protocol };
}

/** Node 0 commits slot 0 of `epoch` with receipts by the witness keys of that generation, and answers a challenge with them. */
async function prove({ ledger }: Protocol, epoch: bigint, generation: number): Promise<Hex> {
  const receipts = await Promise.all(
    WITNESSES.slice(0, 3).map((witness) => signReceipt(ledger.address, { epoch, slot: 0, node: 0, witness, generation })),
  );
  await ledger.write.commit([commitArgs(0, epoch, [0], receipts)], { account: operator });
  await ledger.write.challenge([0, epoch, 1n], { account: by });
  return ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0])]);
}

describe("attacks: timing", () => {
  it("commit at the deadline's edges: neither ahead of the work nor after the window, and no later than a challenge can follow", async () => {
    const { ledger } = await loadFixture(networkFixture);
    const epoch = await epochNow();
    const end = (epoch + 1n) * EPOCH;
    const claim = (node: number) =>
      ledger.write.commit([commitArgs(node, epoch, ALL)], { account: wallets[node + 1]!.account });
    await at(end - 1n);
    await assertions.revertWithCustomErrorWithArgs(claim(0), ledger, "ProofLedger_EpochNotOver", [epoch, end]);
    await at(end);
    await claim(0);
    await at(end + COMMIT - 1n);
    await claim(1);
    await at(end + COMMIT);
    await assertions.revertWithCustomErrorWithArgs(claim(2), ledger, "ProofLedger_CommitClosed", [epoch, end + COMMIT]);
    // The liar that came last is challenged all the same, a whole CHALLENGE window long.
    await at(end + COMMIT + CHALLENGE - 1n);
    await ledger.write.challenge([1, epoch, 1n], { account: by });
    await goTo(epoch + FINAL_AFTER);
    assert.deepEqual([await ledger.read.uptimeOf([1, epoch]), await ledger.read.uptimeOf([2, epoch])], [0, 0]);
    assert.equal(await ledger.read.totalWeight([epoch]), STAKE);
  });

  it("challenge at the window's edges: the last second leaves all of RESPONSE, and what is answered then counts in full", async () => {
    const protocol = await loadFixture(networkFixture);
    const { ledger, token, rewards } = protocol;
    const epoch = await epochNow();
    const end = (epoch + 1n) * EPOCH;
    await goTo(epoch + 1n);
    const receipts = await commitTruth(protocol, 0, epoch, [0, 1, 2, 3, 4, 5]);
    await at(end + COMMIT + CHALLENGE - 1n);
    await ledger.write.challenge([0, epoch, 0b1111n], { account: by });
    await at(end + COMMIT + CHALLENGE);
    const late = ledger.write.challenge([0, epoch, 0b10000n], { account: by });
    await assertions.revertWithCustomError(late, ledger, "ProofLedger_ChallengeClosed");
    // The last second of the answer is the last before the epoch is final.
    await at(end + COMMIT + CHALLENGE + RESPONSE - 1n);
    await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0, 1, 2, 3])], { account: operator });
    await at(end + COMMIT + CHALLENGE + RESPONSE);
    await rewards.write.claim([0, [epoch]], { account: anyone });
    const share = (P.poolPerEpoch * (STAKE / 2n)) / P.targetStake;
    assert.equal(await token.read.balanceOf([operator.address]), ALLOCATION - STAKE + netOf(share));
    assert.equal(await token.read.balanceOf([by.address]), ALLOCATION - BOND);
    assert.equal(await token.read.balanceOf([ledger.address]), 0n);
  });

  it("challenge at the window's edges: a liar's answer a second after the deadline is none", async () => {
    const { ledger, epoch } = await loadFixture(lied);
    await ledger.write.challenge([0, epoch, 1n], { account: by });
    const { deadline } = await ledger.read.challengeOf([0, epoch, 0n]);
    await at(deadline + 1n);
    const late = ledger.write.answer([0, epoch, 0n, []], { account: operator });
    await assertions.revertWithCustomErrorWithArgs(late, ledger, "ProofLedger_AnswerClosed", [0n, deadline]);
    await ledger.write.enforce([0, epoch], { account: anyone });
    assert.equal(await ledger.read.weightOf([0, epoch]), 0n);
  });

  it("claiming before final: a liar cannot be paid while it may still be challenged, nor after it was", async () => {
    const { protocol, ledger, rewards, token, epoch } = await loadFixture(lied);
    const finalAt = (epoch + 1n) * EPOCH + COMMIT + CHALLENGE + RESPONSE;
    const claim = () => rewards.write.claim([0, [epoch]], { account: operator });
    await assertions.revertWithCustomErrorWithArgs(claim(), rewards, "EpochRewards_NotFinal", [epoch]);
    await ledger.write.challenge([0, epoch, 1n], { account: by });
    await at(finalAt - 1n);
    await assertions.revertWithCustomErrorWithArgs(claim(), rewards, "EpochRewards_NotFinal", [epoch]);
    // Final, void, and not even enforced yet.
    await at(finalAt);
    await claim();
    assert.equal(await token.read.balanceOf([operator.address]), ALLOCATION - STAKE);
    assert.deepEqual(await rewards.read.earnedOf([epoch]), [true, 0n]);
    assert.equal(await protocol.rewards.read.unallocated(), 400_000_000n * X0T);
    // An epoch to come is no epoch yet.
    await assertions.revertWithCustomError(rewards.write.claim([0, [2n ** 63n]]), rewards, "EpochRewards_NotFinal");
  });

  it("unbonding before a slash: who lies and leaves in the same second is slashed on all it withdrew to", async () => {
    const { ledger, registry, token, epoch } = await loadFixture(lied);
    await registry.write.unstake([0, STAKE], { account: operator });
    const unbondsAt = (await registry.read.getNode([0])).unbondsAt;
    // The challenge comes as late as it can.
    await at((epoch + 1n) * EPOCH + COMMIT + CHALLENGE - 1n);
    await ledger.write.challenge([0, epoch, 1n], { account: by });
    await goTo(epoch + FINAL_AFTER);
    assert.ok(unbondsAt > BigInt(await time.latest()), "final comes first");
    const withdraw = () => registry.write.withdraw([0], { account: operator });
    await assertions.revertWithCustomError(withdraw(), registry, "NodeRegistry_StillUnbonding");
    await time.increaseTo(unbondsAt);
    // Void, and nobody enforced: it still cannot leave.
    await assertions.revertWithCustomErrorWithArgs(withdraw(), registry, "NodeRegistry_UnderChallenge", [0]);
    await ledger.write.enforce([0, epoch], { account: anyone });
    await withdraw();
    assert.equal(await token.read.balanceOf([operator.address]), ALLOCATION - STAKE / 10n);
    assert.equal(await token.read.balanceOf([by.address]), ALLOCATION + netOf(STAKE / 20n));
    assert.equal(await token.read.totalBurned(), STAKE / 20n + STAKE / 20n / 100n);
  });

  it("unbonding before a slash: small change unstaked before does not carry the rest out, its clock starts anew", async () => {
    const { ledger, registry } = await loadFixture(networkFixture);
    await registry.write.unstake([0, 1n], { account: operator });
    const first = (await registry.read.getNode([0])).unbondsAt;
    // A second before that wei is free, it lies for the epoch that just ended, and unstakes everything.
    await at(first - 2n);
    const lie = (first - 2n) / EPOCH - 1n;
    await ledger.write.commit([commitArgs(0, lie, ALL)], { account: operator });
    await at(first - 1n);
    await registry.write.unstake([0, STAKE - 1n], { account: operator });
    await at(first);
    await assertions.revertWithCustomError(registry.write.withdraw([0], { account: operator }), registry, "NodeRegistry_StillUnbonding");
    await ledger.write.challenge([0, lie, 1n], { account: by });
    await goTo(lie + FINAL_AFTER);
    await ledger.write.enforce([0, lie], { account: anyone });
    assert.equal((await registry.read.getNode([0])).unbonding, STAKE - STAKE / 10n);
  });

  it("witness key rotation around an epoch edge: it takes nothing back, receipts of the old key prove its own epochs", async () => {
    const { protocol, ledger, token, epoch } = await loadFixture(rotated);
    assert.deepEqual((await committeeOf(protocol, epoch, 0, 0)).sort(), WITNESSES);
    for (const [of, generation] of [[epoch, 0], [epoch + 1n, 2]] as const) {
      await goTo(of + 1n, 1);
      await prove(protocol, of, generation);
      assert.equal(await ledger.read.weightOf([0, of]), STAKE / BigInt(SLOTS));
    }
    assert.equal(await token.read.balanceOf([by.address]), ALLOCATION - 2n * BOND);
  });

  for (const [what, offset, generation] of [
    ["a key that was replaced signs nothing of the epoch after", 1n, 0],
    ["a new key signs nothing of the epoch in which it came", 0n, 2],
    ["a key that came and went within an epoch signs nothing of that epoch", 0n, 1],
    ["a key that came and went within an epoch signs nothing of the next", 1n, 1],
  ] as const) {
    it(`witness key rotation around an epoch edge: ${what}`, async () => {
      const { protocol, ledger, registry, epoch } = await loadFixture(rotated);
      await goTo(epoch + offset + 1n, 1);
      const answer = prove(protocol, epoch + offset, generation);
      await assertions.revertWithCustomErrorWithArgs(answer, ledger, "ProofLedger_BadReceipt", [0, 1]);
      await goTo(epoch + offset + FINAL_AFTER);
      await ledger.write.enforce([0, epoch + offset], { account: anyone });
      assert.equal((await registry.read.getNode([0])).stake, STAKE - STAKE / 10n);
    });
  }

  it("seed manipulation by the first transaction: it may leave a block's seed, not choose another one", async () => {
    const protocol = await loadFixture(networkFixture);
    const { ledger } = protocol;
    const grinder = await viem.deployContract("SeedGrinder");
    const next = (await epochNow()) + 2n;
    await goTo(next - 1n);
    const last = await ledger.read.seedOf([next - 1n]);
    // One block: the grinder first, which likes one seed in 2^200; then an honest worker.
    await provider.request({ method: "evm_setAutomine", params: [false] });
    const terms = { gas: 500_000n, maxFeePerGas: 10n ** 11n };
    const disliked = await grinder.write.poke([ledger.address, 200n], { account: bob.account, ...terms, maxPriorityFeePerGas: 10n ** 10n });
    const honest = await ledger.write.poke({ account: anyone, ...terms, maxPriorityFeePerGas: 1n });
    await provider.request({ method: "evm_mine", params: [] });
    await provider.request({ method: "evm_setAutomine", params: [true] });
    const [tried, written] = await Promise.all([disliked, honest].map((hash) => publicClient.getTransactionReceipt({ hash })));
    assert.deepEqual([tried!.status, tried!.transactionIndex, written!.status, written!.transactionIndex], ["reverted", 0, "success", 1]);
    assert.equal(tried!.blockNumber, written!.blockNumber);
    // The seed is what that block gives, whoever asks; the grinder saw the same.
    const block = await publicClient.getBlock({ blockNumber: written!.blockNumber });
    const pair = [{ type: "bytes32" }, { type: "bytes32" }] as const;
    const entropy = keccak256(encodeAbiParameters(pair, [block.mixHash!, block.parentHash]));
    const seed = keccak256(encodeAbiParameters([...pair, { type: "uint64" }], [entropy, last, next]));
    assert.equal(await ledger.read.seedOf([next]), seed);
    // And it stays: a second try in a later block changes nothing.
    await time.increase(60);
    await grinder.write.poke([ledger.address, 0n], { account: bob.account });
    assert.equal(await ledger.read.seedOf([next]), seed);
  });

  it("seed manipulation by the first transaction: who knows the seed moves no committee, with any stake", async () => {
    const protocol = await loadFixture(networkFixture);
    const { ledger, registry } = protocol;
    const epoch = (await epochNow()) + 2n;
    await goTo(epoch - 1n);
    await ledger.write.poke({ account: bob.account });
    const before = await Promise.all([0, 5, 11].map((slot) => ledger.read.committee([epoch, 0, slot])));
    await registry.write.stake([1, 9_000n * X0T], { account: wallets[2]!.account });
    await registry.write.unstake([2, STAKE], { account: wallets[3]!.account });
    for (const node of [6, 7]) await registerNode(protocol, node, 9_000n * X0T);
    await goTo(epoch + 1n);
    const after = await Promise.all([0, 5, 11].map((slot) => ledger.read.committee([epoch, 0, slot])));
    assert.deepEqual(after, before);
    // Every ledger call writes the seed, so an epoch in which anybody works has one that nobody foresaw.
    const idle = epoch + 3n;
    await goTo(idle - 1n);
    const foreseen = await ledger.read.seedOf([idle]);
    await ledger.write.commit([commitArgs(0, idle - 2n, [])], { account: operator });
    assert.notEqual(await ledger.read.seedOf([idle]), foreseen);
  });
});

