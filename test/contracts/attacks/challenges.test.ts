import assert from "node:assert/strict";
import { zeroHash } from "viem";
import { X0T } from "../../../core/parameters.ts";
import type { Receipt } from "../../../core/receiptTree.ts";
import { FINAL_AFTER, netOf } from "../support/leases.ts";
import { ALL, BOND, by, committable, committed, lied, operator, STAKE, weightOfSlots } from "../support/ledgerStates.ts";
import { commitArgs, commitTruth, receiptsFor, slotAnswers } from "../support/proofs.ts";
import {
  alice,
  ALLOCATION,
  assertions,
  at,
  bob,
  EPOCH,
  gasOf,
  goTo,
  loadFixture,
  P,
  SLOTS,
  time,
  wallets,
  type Protocol,
} from "../support/protocol.ts";
import { anyone } from "./support.ts";

const accomplice = alice.account;
const honest = by;

async function held({ token }: Protocol, of: { address: `0x${string}` }): Promise<bigint> {
  return token.read.balanceOf([of.address]);
}

/** Node 0 proved all slots; the attackers' bonds may be pulled. */
async function provedAll() {
  const state = await committable();
  const receipts = await commitTruth(state.protocol, 0, state.epoch, ALL);
  await state.token.write.approve([state.ledger.address, 2n ** 255n], { account: accomplice });
  return { ...state, receipts };
}

/** Node 0 says it was up in slots 0 to 3, of which only slot 0 is true; its accomplice has bonds too. */
async function halfLied() {
  const state = await committable();
  const receipts = await receiptsFor(state.protocol, 0, state.epoch, [0]);
  await state.ledger.write.commit([commitArgs(0, state.epoch, [0, 1, 2, 3], receipts)], { account: operator });
  await state.token.write.approve([state.ledger.address, 2n ** 255n], { account: accomplice });
  return { ...state, receipts };
}

describe("attacks: challenges", () => {
  it("parallel and repeated challenges of one commit: a slot is named once, answered or not, whoever asks again", async () => {
    const { protocol, ledger, epoch, receipts } = await loadFixture(provedAll);
    const challenge = (slots: bigint, account = honest) => ledger.write.challenge([0, epoch, slots], { account });
    await challenge(0b0111n);
    for (const slots of [0b0111n, 0b0001n, 0b1100n]) {
      await assertions.revertWithCustomErrorWithArgs(challenge(slots, accomplice), ledger, "ProofLedger_BadSlots", [slots]);
    }
    await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0, 1, 2])], { account: operator });
    await assertions.revertWithCustomErrorWithArgs(challenge(0b0001n), ledger, "ProofLedger_BadSlots", [1n]);
    // Nor does an answer serve twice.
    const twice = ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0, 1, 2])], { account: operator });
    await assertions.revertWithCustomErrorWithArgs(twice, ledger, "ProofLedger_ChallengeSettled", [0n]);
    assert.equal(await ledger.read.weightOf([0, epoch]), STAKE);
    assert.equal(await held(protocol, honest), ALLOCATION - BOND);
    assert.equal(await held(protocol, ledger), 0n);
  });

  it("dust griefing of challenges: one slot each, the most there can be, burns a bond each and takes nothing from the node", async () => {
    const { protocol, ledger, registry, rewards, token, epoch, receipts } = await loadFixture(provedAll);
    for (const slot of ALL) await ledger.write.challenge([0, epoch, 1n << BigInt(slot)], { account: accomplice });
    assert.equal(await ledger.read.totalWeight([epoch]), 0n);
    const more = ledger.write.challenge([0, epoch, 1n], { account: accomplice });
    await assertions.revertWithCustomError(more, ledger, "ProofLedger_BadSlots");
    let gas = 0n;
    for (const slot of ALL) {
      const answer = await ledger.write.answer([0, epoch, BigInt(slot), slotAnswers(receipts, [slot])], { account: operator });
      gas += await gasOf(answer);
    }
    assert.ok(gas / BigInt(SLOTS) < 700_000n, `${gas / BigInt(SLOTS)} gas an answer`);
    assert.equal(await ledger.read.totalWeight([epoch]), STAKE);
    await goTo(epoch + FINAL_AFTER);
    await rewards.write.claim([0, [epoch]], { account: anyone });
    const share = (P.poolPerEpoch * STAKE) / P.targetStake;
    const bonds = BigInt(SLOTS) * BOND;
    assert.equal(await held(protocol, operator), ALLOCATION - STAKE + netOf(share));
    assert.equal(await held(protocol, accomplice), ALLOCATION - bonds);
    assert.equal(await token.read.totalBurned(), bonds + share / 100n);
    assert.equal((await registry.read.getNode([0])).stake, STAKE);
  });

  it("dust griefing of challenges: it holds nobody's stake back, once answered", async () => {
    const { protocol, ledger, registry, epoch, receipts } = await loadFixture(provedAll);
    await registry.write.unstake([0, STAKE], { account: operator });
    await at((epoch + 1n) * EPOCH + BigInt(P.commitSeconds + P.challengeSeconds) - 1n);
    await ledger.write.challenge([0, epoch, 0b1111n], { account: accomplice });
    await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0, 1, 2, 3])], { account: operator });
    await time.increaseTo((await registry.read.getNode([0])).unbondsAt);
    await registry.write.withdraw([0], { account: operator });
    assert.equal(await held(protocol, operator), ALLOCATION);
    assert.equal(await held(protocol, accomplice), ALLOCATION - BOND);
  });

  it("signatures collected after the challenge: what receiptsRoot did not hold at the commit proves nothing", async () => {
    const { protocol, ledger, registry, epoch } = await loadFixture(lied);
    await ledger.write.challenge([0, epoch, 1n], { account: honest });
    // Now even honest witnesses sign: real signatures of the real committee, under a root that was not committed.
    const collected = await receiptsFor(protocol, 0, epoch, [0]);
    const answer = (list: readonly Receipt[]) => ledger.write.answer([0, epoch, 0n, slotAnswers(list, [0])], { account: operator });
    await assertions.revertWithCustomError(answer(collected), ledger, "ProofLedger_BadReceipt");
    const bare = slotAnswers(collected, [0]).map(({ slot, receipts }) => ({ slot, receipts: receipts.map((receipt) => ({ ...receipt, proof: [] })) }));
    await assertions.revertWithCustomError(ledger.write.answer([0, epoch, 0n, bare]), ledger, "ProofLedger_BadReceipt");
    // A second commit with another root there is not.
    const again = ledger.write.commit([commitArgs(0, epoch, ALL, collected)], { account: operator });
    await assertions.revertWithCustomErrorWithArgs(again, ledger, "ProofLedger_AlreadyCommitted", [0, epoch]);
    await goTo(epoch + FINAL_AFTER);
    await ledger.write.enforce([0, epoch], { account: anyone });
    assert.equal((await registry.read.getNode([0])).stake, STAKE - STAKE / 10n);
    assert.equal(await held(protocol, honest), ALLOCATION + netOf(STAKE / 20n));
  });

  it("signatures collected after the challenge: the empty root holds nothing, so it proves nothing", async () => {
    const { protocol, ledger, epoch } = await loadFixture(committable);
    const receipts = await receiptsFor(protocol, 0, epoch, [0]);
    await ledger.write.commit([{ ...commitArgs(0, epoch, [0]), receiptsRoot: zeroHash }], { account: operator });
    await ledger.write.challenge([0, epoch, 1n], { account: honest });
    const forged = slotAnswers(receipts, [0]).map(({ slot, receipts: list }) => ({
      slot,
      receipts: list.map((receipt) => ({ ...receipt, proof: [zeroHash, zeroHash] })),
    }));
    await assertions.revertWithCustomError(ledger.write.answer([0, epoch, 0n, forged]), ledger, "ProofLedger_BadReceipt");
  });

  it("hiding a bundle until somebody challenges: the answer earns the node nothing, whoever sends it", async () => {
    const { protocol, ledger, token, epoch, receipts } = await loadFixture(committed);
    await ledger.write.challenge([0, epoch, 0b1111n], { account: honest });
    const before = [await held(protocol, operator), await held(protocol, bob.account)];
    // Somebody copies the answer out of the pool, and sends it first.
    await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0, 1, 2, 3])], { account: bob.account });
    assert.deepEqual([await held(protocol, operator), await held(protocol, bob.account)], before);
    assert.equal(await token.read.totalBurned(), BOND);
    assert.equal(await ledger.read.weightOf([0, epoch]), weightOfSlots(4));
  });

  it("challenging oneself first: an accomplice ahead of the honest challenger wins 5 % of a small stake, 99 X0T of a large one", async () => {
    const { protocol, ledger, registry, token, epoch } = await loadFixture(committable);
    // Node 1 has 1,000 X0T at stake, node 0 10,000.
    const large = 10_000n * X0T - STAKE;
    await registry.write.stake([0, large], { account: operator });
    await goTo(epoch + 2n);
    for (const node of [0, 1]) {
      await ledger.write.commit([commitArgs(node, epoch + 1n, ALL)], { account: wallets[node + 1]!.account });
    }
    await token.write.approve([ledger.address, 2n * BOND], { account: accomplice });
    for (const node of [0, 1]) {
      await ledger.write.challenge([node, epoch + 1n, 1n], { account: accomplice });
      await ledger.write.challenge([node, epoch + 1n, 2n], { account: honest });
    }
    await goTo(epoch + 1n + FINAL_AFTER);
    const gains: bigint[] = [];
    for (const node of [0, 1]) {
      const before = await held(protocol, accomplice);
      await ledger.write.enforce([node, epoch + 1n], { account: anyone });
      gains.push((await held(protocol, accomplice)) - before - BOND);
    }
    assert.deepEqual(gains, [netOf(100n * X0T), netOf(50n * X0T)]);
    const stakes = await Promise.all([0, 1].map(async (node) => (await registry.read.getNode([node])).stake));
    assert.deepEqual(stakes, [9_000n * X0T, 900n * X0T]);
    // The honest challenger came second: whole, and without a reward.
    assert.equal(await held(protocol, honest), ALLOCATION);
    // So a lie that is found costs the large liar 9 % of its stake, the small one 5.05 %, and brings neither a weight.
    assert.equal(await ledger.read.totalWeight([epoch + 1n]), 0n);
    assert.equal(await token.read.totalBurned(), 1_100n * X0T - gains[0]! - gains[1]!);
  });

  it("a true slot challenged ahead of the lies: kept open it voids the liar, answered it burns the accomplice's bond", async () => {
    const { protocol, ledger, registry, epoch, receipts } = await loadFixture(halfLied);
    await ledger.write.challenge([0, epoch, 1n], { account: accomplice });
    await ledger.write.challenge([0, epoch, 2n], { account: honest });
    const { deadline } = await ledger.read.challengeOf([0, epoch, 0n]);
    await at(deadline);
    await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0])], { account: operator });
    await goTo(epoch + FINAL_AFTER);
    await ledger.write.enforce([0, epoch], { account: anyone });
    assert.equal(await held(protocol, accomplice), ALLOCATION - BOND);
    assert.equal(await held(protocol, honest), ALLOCATION + netOf(STAKE / 20n));
    assert.equal((await registry.read.getNode([0])).stake, STAKE - STAKE / 10n);
    assert.equal(await held(protocol, ledger), 0n);
  });

  it("slashed twice for one epoch: enforcing again, answering late and challenging a void commit change nothing", async () => {
    const { protocol, ledger, registry, epoch, receipts } = await loadFixture(halfLied);
    await ledger.write.challenge([0, epoch, 2n], { account: honest });
    await ledger.write.challenge([0, epoch, 1n], { account: honest });
    await time.increase(P.responseSeconds + 1);
    await ledger.write.enforce([0, epoch], { account: anyone });
    for (const [again, error] of [
      [() => ledger.write.enforce([0, epoch], { account: honest }), "ProofLedger_AlreadyEnforced"],
      [() => ledger.write.challenge([0, epoch, 4n], { account: honest }), "ProofLedger_Void"],
      [() => ledger.write.answer([0, epoch, 1n, slotAnswers(receipts, [0])], { account: operator }), "ProofLedger_ChallengeSettled"],
    ] as const) {
      await assertions.revertWithCustomError(again(), ledger, error);
    }
    assert.equal((await registry.read.getNode([0])).stake, STAKE - STAKE / 10n);
    assert.equal(await held(protocol, honest), ALLOCATION + netOf(STAKE / 20n));
    assert.equal(await held(protocol, ledger), 0n);
    assert.equal(await ledger.read.isUnderChallenge([0]), false);
  });

  it("weight parked under a challenge: it is in no total while it is asked for, and whole in it once answered", async () => {
    const { ledger, rewards, epoch, receipts } = await loadFixture(provedAll);
    await ledger.write.commit([commitArgs(1, epoch, ALL)], { account: wallets[2]!.account });
    await ledger.write.challenge([0, epoch, 0b1111n], { account: accomplice });
    assert.equal(await ledger.read.totalWeight([epoch]), STAKE);
    // The rival cannot fix the total meanwhile: nothing is claimed before all deadlines are past.
    await assertions.revertWithCustomError(rewards.write.claim([1, [epoch]]), rewards, "EpochRewards_NotFinal");
    await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0, 1, 2, 3])], { account: operator });
    await goTo(epoch + FINAL_AFTER);
    assert.equal(await ledger.read.totalWeight([epoch]), 2n * STAKE);
    const share = (P.poolPerEpoch * STAKE) / P.targetStake;
    assert.deepEqual(await Promise.all([0, 1].map((node) => rewards.read.claimable([node, epoch]))), [share, share]);
  });
});
