import assert from "node:assert/strict";
import { encodeFunctionData } from "viem";
import { bitmapOf } from "../../core/bundle.ts";
import { X0T } from "../../core/parameters.ts";
import { ALL, BOND, balance, by, committable, committed, lied, operator, STAKE } from "./support/ledgerStates.ts";
import { commitArgs, receiptsFor, slotAnswers } from "./support/proofs.ts";
import {
  ALLOCATION,
  alice,
  assertions,
  at,
  bob,
  byTimelock,
  challenger,
  EPOCH,
  gasOf,
  goTo,
  loadFixture,
  P,
  poor,
  SLOTS,
  time,
} from "./support/protocol.ts";

describe("ProofLedger challenges", () => {
  describe("challenge", () => {
    it("PRF-4 bonds 10 X0T and takes the weight out of the total while a slot is unanswered", async () => {
      const { protocol, ledger, token, epoch } = await loadFixture(committed);
      const hash = await ledger.write.challenge([0, epoch, bitmapOf([1, 3])], { account: by });
      const deadline = BigInt(await time.latest()) + BigInt(P.responseSeconds);
      await assertions.emitWithArgs(hash, ledger, "Challenged", [0, epoch, 0n, challenger.account.address, 10n, deadline]);
      assert.equal(await balance(protocol, by.address), ALLOCATION - BOND);
      assert.equal(await token.read.totalBurned(), 0n);
      assert.equal(await ledger.read.totalWeight([epoch]), 0n);
      assert.equal(await ledger.read.weightOf([0, epoch]), 0n);
      assert.equal(await ledger.read.isUnderChallenge([0]), true);
      assert.equal(await ledger.read.isVoid([0, epoch]), false);
      assert.equal(await ledger.read.uptimeOf([0, epoch]), 4);
      assert.equal(await ledger.read.challengeCount([0, epoch]), 1n);
      const { challenger: who, closed, slots } = await ledger.read.challengeOf([0, epoch, 0n]);
      assert.deepEqual([who.toLowerCase(), closed, slots], [by.address.toLowerCase(), false, 10n]);
    });

    it("PRF-4 ProofLedger_NoCommit, ProofLedger_ChallengeClosed: a commit, until end(e) + COMMIT + CHALLENGE", async () => {
      const { ledger, epoch } = await loadFixture(committed);
      const none = ledger.write.challenge([1, epoch, 1n], { account: by });
      await assertions.revertWithCustomErrorWithArgs(none, ledger, "ProofLedger_NoCommit", [1, epoch]);
      const closes = (epoch + 1n) * EPOCH + BigInt(P.commitSeconds + P.challengeSeconds);
      await at(closes - 1n);
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await at(closes);
      const late = ledger.write.challenge([0, epoch, 2n], { account: by });
      await assertions.revertWithCustomErrorWithArgs(late, ledger, "ProofLedger_ChallengeClosed", [epoch, closes]);
    });

    it("PRF-4 ProofLedger_BadSlots: 1 to 4 set slots, each nameable once", async () => {
      const { ledger, epoch } = await loadFixture(lied);
      await ledger.write.challenge([0, epoch, 0b1111n], { account: by });
      for (const slots of [0n, 0b11111_0000n, 1n << 12n, 1n << 127n, 0b1n, 0b11_1000n]) {
        const bad = ledger.write.challenge([0, epoch, slots], { account: by });
        await assertions.revertWithCustomErrorWithArgs(bad, ledger, "ProofLedger_BadSlots", [slots]);
      }
    });

    it("PRF-4 a retired ledger still takes challenges: the bond then bears the burn, and the game goes on", async () => {
      const { protocol, ledger, token, receipts, epoch } = await loadFixture(committed);
      const data = encodeFunctionData({ abi: token.abi, functionName: "removeVault", args: [ledger.address] });
      await byTimelock(protocol, token.address, data);
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await ledger.write.challenge([0, epoch, 2n], { account: by });
      const gross = BOND + BOND / 99n + 1n;
      assert.equal(await balance(protocol, by.address), ALLOCATION - 2n * gross);
      const held = await balance(protocol, ledger.address);
      assert.ok(held >= 2n * BOND && held <= 2n * BOND + 4n);
      await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0])]);
      await time.increase(P.responseSeconds + 2);
      await ledger.write.enforce([0, epoch]);
      assert.ok((await balance(protocol, ledger.address)) <= 4n);
    });

    it("PRF-4 a challenge without the bond reverts", async () => {
      const { ledger, token, epoch } = await loadFixture(committed);
      await token.write.approve([ledger.address, BOND], { account: poor.account });
      const unpaid = ledger.write.challenge([0, epoch, 1n], { account: poor.account });
      await assertions.revertWithCustomError(unpaid, token, "ERC20InsufficientBalance");
    });
  });

  describe("void", () => {
    it("PRF-4 an overdue answer voids the commit without a transaction", async () => {
      const { ledger, epoch } = await loadFixture(lied);
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      const { deadline } = await ledger.read.challengeOf([0, epoch, 0n]);
      await time.increaseTo(deadline);
      assert.equal(await ledger.read.isVoid([0, epoch]), false);
      await time.increaseTo(deadline + 1n);
      assert.equal(await ledger.read.isVoid([0, epoch]), true);
      assert.equal(await ledger.read.uptimeOf([0, epoch]), 0);
      assert.equal(await ledger.read.weightOf([0, epoch]), 0n);
      assert.equal(await ledger.read.totalWeight([epoch]), 0n);
      assert.equal(await ledger.read.isUnderChallenge([0]), true);
    });

    it("PRF-4 enforce slashes once, pays the earliest unanswered challenger and returns every unanswered bond", async () => {
      const { protocol, ledger, registry, token, epoch } = await loadFixture(committable);
      // Slot 0 is true, all others are lies.
      const receipts = await receiptsFor(protocol, 0, epoch, [0]);
      await ledger.write.commit([commitArgs(0, epoch, ALL, receipts)], { account: operator });
      await token.write.approve([ledger.address, BOND], { account: alice.account });
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await ledger.write.challenge([0, epoch, 2n], { account: alice.account });
      await ledger.write.challenge([0, epoch, 4n], { account: by });
      await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0])], { account: bob.account });
      await time.increase(P.responseSeconds + 5);
      const burned = await token.read.totalBurned();
      const hash = await ledger.write.enforce([0, epoch], { account: poor.account });
      await assertions.emit(hash, ledger, "Enforced");
      const half = STAKE / 20n;
      assert.equal(await balance(protocol, alice.account.address), ALLOCATION + (half * 99n) / 100n);
      assert.equal(await balance(protocol, by.address), ALLOCATION - BOND);
      assert.equal(await balance(protocol, ledger.address), 0n);
      assert.equal(await token.read.totalBurned(), burned + half + half / 100n);
      assert.equal((await registry.read.getNode([0])).stake, (STAKE * 9n) / 10n);
      assert.equal((await ledger.read.commitOf([0, epoch])).enforced, true);
      assert.equal(await ledger.read.isUnderChallenge([0]), false);
      assert.equal(await ledger.read.isVoid([0, epoch]), true);
      const again = ledger.write.enforce([0, epoch]);
      await assertions.revertWithCustomErrorWithArgs(again, ledger, "ProofLedger_AlreadyEnforced", [0, epoch]);
    });

    it("REG-4 a liar with much at stake that challenges itself gets 10 bonds back, not half of the slash", async () => {
      const { protocol, ledger, registry, token, epoch } = await loadFixture(committable);
      await registry.write.stake([0, 8_000n * X0T], { account: operator });
      await ledger.write.commit([commitArgs(0, epoch, ALL)], { account: operator });
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await time.increase(P.responseSeconds + 2);
      const burned = await token.read.totalBurned();
      await ledger.write.enforce([0, epoch]);
      const reward = 10n * BOND;
      assert.equal(await balance(protocol, by.address), ALLOCATION + (reward * 99n) / 100n);
      assert.equal((await token.read.totalBurned()) - burned, 900n * X0T - reward + reward / 100n);
    });

    it("PRF-4 a challenge still open when another voids the commit cannot bring the weight back", async () => {
      const { protocol, ledger, epoch } = await loadFixture(committable);
      const receipts = await receiptsFor(protocol, 0, epoch, [1]);
      await ledger.write.commit([commitArgs(0, epoch, [0, 1], receipts)], { account: operator });
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await time.increase(P.responseSeconds - 5);
      await ledger.write.challenge([0, epoch, 2n], { account: by });
      await time.increase(10);
      assert.equal(await ledger.read.isVoid([0, epoch]), true);
      await ledger.write.answer([0, epoch, 1n, slotAnswers(receipts, [1])]);
      assert.equal(await ledger.read.isVoid([0, epoch]), true);
      assert.equal(await ledger.read.totalWeight([epoch]), 0n);
      await ledger.write.enforce([0, epoch]);
      assert.equal(await ledger.read.totalWeight([epoch]), 0n);
      assert.equal(await ledger.read.weightOf([0, epoch]), 0n);
      assert.equal(await balance(protocol, ledger.address), 0n);
    });

    it("PRF-4 enforcement settles challenges that were still open: their answer comes too late", async () => {
      const { protocol, ledger, epoch } = await loadFixture(committable);
      const receipts = await receiptsFor(protocol, 0, epoch, [1]);
      await ledger.write.commit([commitArgs(0, epoch, [0, 1], receipts)], { account: operator });
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await time.increase(P.responseSeconds - 5);
      await ledger.write.challenge([0, epoch, 2n], { account: by });
      await time.increase(10);
      await ledger.write.enforce([0, epoch]);
      const late = ledger.write.answer([0, epoch, 1n, slotAnswers(receipts, [1])]);
      await assertions.revertWithCustomErrorWithArgs(late, ledger, "ProofLedger_ChallengeSettled", [1n]);
      assert.equal(await balance(protocol, by.address), ALLOCATION + ((STAKE / 20n) * 99n) / 100n);
    });

    it("PRF-4 the most challenges that a commit can have are enforced in one transaction", async () => {
      const { protocol, ledger, epoch } = await loadFixture(lied);
      for (const slot of ALL) await ledger.write.challenge([0, epoch, 1n << BigInt(slot)], { account: by });
      await time.increase(P.responseSeconds + 2);
      const gas = await gasOf(await ledger.write.enforce([0, epoch]));
      assert.equal(await balance(protocol, ledger.address), 0n);
      // 128 slots are the most a bitmap holds.
      const perChallenge = (gas - 340_000n) / BigInt(SLOTS);
      assert.ok(340_000n + perChallenge * 128n < 3_000_000n, `${gas}`);
    });

    it("PRF-4 ProofLedger_Void: a void commit cannot be challenged", async () => {
      const { ledger, epoch } = await loadFixture(lied);
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await time.increase(P.responseSeconds + 2);
      const challenge = () => ledger.write.challenge([0, epoch, 2n], { account: by });
      await assertions.revertWithCustomErrorWithArgs(challenge(), ledger, "ProofLedger_Void", [0, epoch]);
      await ledger.write.enforce([0, epoch]);
      await assertions.revertWithCustomErrorWithArgs(challenge(), ledger, "ProofLedger_Void", [0, epoch]);
    });

    it("PRF-4 ProofLedger_NotVoid: nothing to enforce before the deadline has passed", async () => {
      const { ledger, epoch } = await loadFixture(lied);
      const enforce = () => ledger.write.enforce([0, epoch]);
      await assertions.revertWithCustomErrorWithArgs(enforce(), ledger, "ProofLedger_NotVoid", [0, epoch]);
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      const { deadline } = await ledger.read.challengeOf([0, epoch, 0n]);
      await at(deadline);
      await assertions.revertWithCustomErrorWithArgs(enforce(), ledger, "ProofLedger_NotVoid", [0, epoch]);
      await at(deadline + 1n);
      await enforce();
      const none = ledger.write.enforce([1, epoch]);
      await assertions.revertWithCustomErrorWithArgs(none, ledger, "ProofLedger_NoCommit", [1, epoch]);
    });

    it("REG-3 NodeRegistry_UnderChallenge: no withdrawal while a challenge is open or unenforced", async () => {
      const { ledger, registry, token, epoch } = await loadFixture(lied);
      await registry.write.unstake([0, STAKE], { account: operator });
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await time.increase(P.unbondingSeconds + 5);
      const withdraw = () => registry.write.withdraw([0], { account: operator });
      await assertions.revertWithCustomErrorWithArgs(withdraw(), registry, "NodeRegistry_UnderChallenge", [0]);
      await ledger.write.enforce([0, epoch]);
      await withdraw();
      assert.equal(await token.read.balanceOf([operator.address]), ALLOCATION - STAKE / 10n);
    });

    it("REG-4 two void epochs are slashed one after the other; commits of other epochs stay", async () => {
      const { ledger, registry, epoch } = await loadFixture(lied);
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await goTo(epoch + 2n);
      await ledger.write.commit([commitArgs(0, epoch + 1n, ALL)], { account: operator });
      await ledger.write.challenge([0, epoch + 1n, 1n], { account: by });
      await time.increase(P.responseSeconds + 5);
      await ledger.write.enforce([0, epoch]);
      assert.equal(await ledger.read.isUnderChallenge([0]), true);
      await ledger.write.enforce([0, epoch + 1n]);
      assert.equal((await registry.read.getNode([0])).stake, (STAKE * 81n) / 100n);
      assert.equal(await ledger.read.isUnderChallenge([0]), false);
    });
  });
});
