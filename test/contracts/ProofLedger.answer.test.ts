import assert from "node:assert/strict";
import { type Hex } from "viem";
import { bitmapOf } from "../../core/bundle.ts";
import { sortReceipts } from "../../core/receiptTree.ts";
import { BOND, balance, by, committable, committed, operator, STAKE, weightOfSlots } from "./support/ledgerStates.ts";
import {
  commitArgs,
  commitTruth,
  committeeOf,
  highS,
  receiptsFor,
  signReceipt,
  slotAnswers,
} from "./support/proofs.ts";
import {
  ALLOCATION,
  assertions,
  at,
  bob,
  goTo,
  loadFixture,
  networkHelpers,
  nodeIdOf,
  proofOfPossession,
  wallets,
  witnessKey,
} from "./support/protocol.ts";

describe("ProofLedger answers", () => {
  describe("answer", () => {
    it("PRF-4 a quorum for every named slot closes the challenge, gives the weight back and burns the bond", async () => {
      const { protocol, ledger, token, receipts, epoch } = await loadFixture(committed);
      await ledger.write.challenge([0, epoch, bitmapOf([0, 2])], { account: by });
      const hash = await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0, 2])], { account: bob.account });
      await assertions.emit(hash, ledger, "Answered");
      // Nobody earns by it: neither who hides a bundle until it is challenged, nor who copies an answer.
      assert.equal(await balance(protocol, bob.account.address), ALLOCATION);
      assert.equal(await balance(protocol, ledger.address), 0n);
      assert.equal(await token.read.totalBurned(), BOND);
      assert.equal(await ledger.read.totalWeight([epoch]), weightOfSlots(4));
      assert.equal(await ledger.read.weightOf([0, epoch]), weightOfSlots(4));
      assert.equal(await ledger.read.isUnderChallenge([0]), false);
      const again = ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0, 2])]);
      await assertions.revertWithCustomErrorWithArgs(again, ledger, "ProofLedger_ChallengeSettled", [0n]);
      const renamed = ledger.write.challenge([0, epoch, 1n], { account: by });
      await assertions.revertWithCustomErrorWithArgs(renamed, ledger, "ProofLedger_BadSlots", [1n]);
    });

    it("PRF-4 of parallel challenges each must be answered before the weight returns", async () => {
      const { ledger, receipts, epoch } = await loadFixture(committed);
      for (const slots of [1n, 2n, 4n]) await ledger.write.challenge([0, epoch, slots], { account: by });
      for (const [id, slot, weight] of [[1n, 1, 0n], [0n, 0, 0n], [2n, 2, weightOfSlots(4)]] as const) {
        await ledger.write.answer([0, epoch, id, slotAnswers(receipts, [slot])]);
        assert.equal(await ledger.read.totalWeight([epoch]), weight);
      }
      assert.equal(await ledger.read.isUnderChallenge([0]), false);
      await goTo(epoch + 9n);
      assert.equal(await ledger.read.isVoid([0, epoch]), false);
      assert.equal(await ledger.read.totalWeight([epoch]), weightOfSlots(4));
    });

    it("PRF-4 ProofLedger_AnswerClosed: the deadline is the last second", async () => {
      const { ledger, receipts, epoch } = await loadFixture(committed);
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await ledger.write.challenge([0, epoch, 2n], { account: by });
      const first = await ledger.read.challengeOf([0, epoch, 0n]);
      await at(first.deadline);
      await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0])]);
      const { deadline } = await ledger.read.challengeOf([0, epoch, 1n]);
      await at(deadline + 1n);
      const late = ledger.write.answer([0, epoch, 1n, slotAnswers(receipts, [1])]);
      await assertions.revertWithCustomErrorWithArgs(late, ledger, "ProofLedger_AnswerClosed", [1n, deadline]);
    });

    it("PRF-4 ProofLedger_AnswerIncomplete: all named slots, each once, and no other", async () => {
      const { ledger, receipts, epoch } = await loadFixture(committed);
      await ledger.write.challenge([0, epoch, bitmapOf([0, 1])], { account: by });
      for (const slots of [[], [0], [0, 0], [0, 1, 1], [0, 1, 2], [0, 1, 200]]) {
        const answer = ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, slots)]);
        await assertions.revertWithCustomError(answer, ledger, "ProofLedger_AnswerIncomplete");
      }
      await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [1, 0])]);
    });

    it("PRF-4 ProofLedger_UnknownChallenge", async () => {
      const { ledger, receipts, epoch } = await loadFixture(committed);
      const answer = ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0])]);
      await assertions.revertWithCustomErrorWithArgs(answer, ledger, "ProofLedger_UnknownChallenge", [0n]);
      const read = ledger.read.challengeOf([0, epoch, 0n]);
      await assertions.revertWithCustomErrorWithArgs(read, ledger, "ProofLedger_UnknownChallenge", [0n]);
    });

    it("PRF-4 ProofLedger_NoQuorum: ⌊m/2⌋ + 1 signatures", async () => {
      const { ledger, receipts, epoch } = await loadFixture(committed);
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      const [answer] = slotAnswers(receipts, [0]);
      const fewer = ledger.write.answer([0, epoch, 0n, [{ slot: 0, receipts: answer!.receipts.slice(1) }]]);
      await assertions.revertWithCustomErrorWithArgs(fewer, ledger, "ProofLedger_NoQuorum", [0, 2n, 3n]);
    });

    it("PRF-4 ProofLedger_NoQuorum: a slot with fewer than MIN_WITNESSES cannot be proved", async () => {
      const { protocol, ledger, registry, epoch } = await loadFixture(committable);
      for (const node of [1, 2, 3, 4]) {
        await registry.write.unstake([node, STAKE], { account: wallets[node + 1]!.account });
      }
      const thin = epoch + 3n;
      await goTo(thin + 1n);
      assert.deepEqual(await committeeOf(protocol, thin, 0, 0), [5]);
      const receipts = await commitTruth(protocol, 0, thin, [0]);
      await ledger.write.challenge([0, thin, 1n], { account: by });
      const answer = ledger.write.answer([0, thin, 0n, slotAnswers(receipts, [0])]);
      await assertions.revertWithCustomErrorWithArgs(answer, ledger, "ProofLedger_NoQuorum", [0, 1n, 1n]);
    });

    it("PRF-4 ProofLedger_NotInCommittee: only drawn witnesses count", async () => {
      const { protocol, ledger, epoch } = await loadFixture(committable);
      // Six nodes: everyone but the node itself is in its committee of five.
      const self = await signReceipt(ledger.address, { epoch, slot: 0, node: 0, witness: 0 });
      const receipts = sortReceipts([self, ...(await receiptsFor(protocol, 0, epoch, [0]))]);
      const args = commitArgs(0, epoch, [0], receipts);
      await ledger.write.commit([args], { account: operator });
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      const answer = ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0])]);
      await assertions.revertWithCustomErrorWithArgs(answer, ledger, "ProofLedger_NotInCommittee", [0, 0]);
    });

    it("PRF-1 ProofLedger_BadReceipt: signed for another slot, epoch or node, by another key, high s, or not under the root", async () => {
      const { protocol, ledger, epoch } = await loadFixture(committable);
      const node = 0;
      const good = await receiptsFor(protocol, node, epoch, [0]);
      const witness = good[0]!.witness;
      const wrong = [
        await signReceipt(ledger.address, { epoch, slot: 1, node, witness }),
        await signReceipt(ledger.address, { epoch: epoch + 1n, slot: 0, node, witness }),
        await signReceipt(ledger.address, { epoch, slot: 0, node: 1, witness }),
        await signReceipt(ledger.address, { epoch, slot: 0, node, witness: 9 }),
        { ...good[0]!, signature: highS(good[0]!.signature) },
        { ...good[0]!, signature: good[0]!.signature.slice(0, -2) as Hex },
      ].map((receipt) => ({ ...receipt, slot: 0, witness }));
      const lists = wrong.map((receipt) => sortReceipts([receipt, ...good.slice(1)]));
      const snapshot = await networkHelpers.takeSnapshot();
      for (const receipts of lists) {
        await ledger.write.commit([commitArgs(node, epoch, [0], receipts)], { account: operator });
        await ledger.write.challenge([node, epoch, 1n], { account: by });
        const answer = ledger.write.answer([node, epoch, 0n, slotAnswers(receipts, [0])]);
        await assertions.revertWithCustomErrorWithArgs(answer, ledger, "ProofLedger_BadReceipt", [0, witness]);
        await snapshot.restore();
      }
      await ledger.write.commit([commitArgs(node, epoch, [0], lists[0])], { account: operator });
      await ledger.write.challenge([node, epoch, 1n], { account: by });
      const collectedLater = ledger.write.answer([node, epoch, 0n, slotAnswers(good, [0])]);
      await assertions.revertWithCustomErrorWithArgs(collectedLater, ledger, "ProofLedger_BadReceipt", [0, witness]);
    });

    it("PRF-4 ProofLedger_BadReceipt: no witness counts twice", async () => {
      const { ledger, receipts, epoch } = await loadFixture(committed);
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      const [answer] = slotAnswers(receipts, [0]);
      const first = answer!.receipts[0]!;
      const doubled = ledger.write.answer([0, epoch, 0n, [{ slot: 0, receipts: [first, first, first] }]]);
      await assertions.revertWithCustomErrorWithArgs(doubled, ledger, "ProofLedger_BadReceipt", [0, first.witness]);
      const reversed = ledger.write.answer([0, epoch, 0n, [{ slot: 0, receipts: [...answer!.receipts].reverse() }]]);
      await assertions.revertWithCustomError(reversed, ledger, "ProofLedger_BadReceipt");
    });

    it("PRF-1 a witness that rotated its key afterwards still proves with the key of that epoch", async () => {
      const { protocol, ledger, registry, receipts, epoch } = await loadFixture(committed);
      for (let node = 1; node < 6; node++) {
        const by = wallets[node + 1]!.account;
        const key = witnessKey(node, 1);
        const proof = await proofOfPossession(registry.address, key, by.address, nodeIdOf(node));
        await registry.write.rotateWitness([node, key.address, proof], { account: by });
      }
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0])]);
      assert.equal(await balance(protocol, ledger.address), 0n);
    });
  });
});
