import assert from "node:assert/strict";
import { encodeAbiParameters, encodeFunctionData, keccak256, zeroAddress, zeroHash, type Address, type Hex } from "viem";
import { bitmapOf } from "../../core/bundle.ts";
import { fallbackSeed } from "../../core/committee.ts";
import { receiptsRoot, sortReceipts } from "../../core/receiptTree.ts";
import { X0T } from "../../core/parameters.ts";
import {
  ALLOCATION,
  alice,
  assertions,
  at,
  bob,
  byTimelock,
  challenger,
  deployProtocolFixture,
  EPOCH,
  epochNow,
  gasOf,
  goTo,
  loadFixture,
  networkFixture,
  networkHelpers,
  nodeIdOf,
  P,
  poor,
  proofOfPossession,
  publicClient,
  SLOTS,
  time,
  viem,
  wallets,
  witnessKey,
  type Protocol,
} from "./support/protocol.ts";
import { commitArgs, commitTruth, committeeOf, receiptsFor, signReceipt, slotAnswers } from "./support/proofs.ts";

const STAKE = 1_000n * X0T;
const ALL = Array.from({ length: SLOTS }, (_, slot) => slot);
const operator = wallets[1]!.account;
const by = challenger.account;
const BOND = P.challengeBond;

/** The network, one epoch later: `epoch` is over and node 0 may commit it. */
async function committable() {
  const protocol = await networkFixture();
  const epoch = await epochNow();
  await goTo(epoch + 1n);
  return { protocol, epoch, ...protocol };
}

/** Node 0 committed slots 0 to 3 truly. */
async function committed() {
  const state = await committable();
  const receipts = await commitTruth(state.protocol, 0, state.epoch, [0, 1, 2, 3]);
  return { ...state, receipts };
}

/** Node 0 claims all slots without a receipt. */
async function lied() {
  const state = await committable();
  await state.ledger.write.commit([commitArgs(0, state.epoch, ALL)], { account: operator });
  return state;
}

const weightOfSlots = (count: number) => (STAKE * BigInt(count)) / BigInt(SLOTS);

async function balance({ token }: Protocol, of: Address) {
  return token.read.balanceOf([of]);
}

describe("ProofLedger", () => {
  describe("seeds", () => {
    it("PRF-1 the seed of e is written during e − 1 by the first poke, from prevrandao, the parent block and the last seed", async () => {
      const { ledger } = await loadFixture(deployProtocolFixture);
      const epoch = (await epochNow()) + 2n;
      await goTo(epoch - 1n);
      const randomness = 0x1234n;
      await networkHelpers.setPrevRandao(randomness);
      const hash = await ledger.write.poke();
      const { blockNumber } = await publicClient.getTransactionReceipt({ hash });
      const { mixHash, parentHash } = await publicClient.getBlock({ blockNumber });
      assert.equal(BigInt(mixHash), randomness);
      const expected = seedFrom(mixHash, parentHash, zeroHash, epoch);
      await assertions.emitWithArgs(hash, ledger, "SeedWritten", [epoch, expected]);
      assert.equal(await ledger.read.seedOf([epoch]), expected);
      await ledger.write.poke();
      assert.equal(await ledger.read.seedOf([epoch]), expected);
    });

    it("PRF-1 an epoch that nobody poked for has keccak(last seed, e), and a late poke cannot change it", async () => {
      const { ledger } = await loadFixture(networkFixture);
      const epoch = await epochNow();
      const last = await ledger.read.seedOf([epoch + 1n]);
      const skipped = [epoch + 2n, epoch + 3n, epoch + 4n];
      const expected = skipped.map((e) => fallbackSeed(last, e));
      await goTo(epoch + 4n);
      await ledger.write.poke();
      assert.deepEqual(await Promise.all(skipped.map((e) => ledger.read.seedOf([e]))), expected);
      await goTo(epoch + 7n);
      await ledger.write.poke();
      assert.deepEqual(await Promise.all(skipped.map((e) => ledger.read.seedOf([e]))), expected);
      const second = await ledger.read.seedOf([epoch + 5n]);
      assert.equal(await ledger.read.seedOf([epoch + 7n]), fallbackSeed(second, epoch + 7n));
      assert.equal(await ledger.read.seedOf([epoch - 9n]), fallbackSeed(zeroHash, epoch - 9n));
    });

    it("PRF-1 commits, challenges, answers and enforcement write the seed too", async () => {
      const { ledger, epoch } = await loadFixture(committed);
      assert.notEqual(await ledger.read.seedOf([epoch + 2n]), fallbackSeed(await ledger.read.seedOf([epoch + 1n]), epoch + 2n));
    });
  });

  describe("commit", () => {
    it("PRF-2 weighs min(stake at start, stake at end) × slots / all slots, floored once", async () => {
      const { ledger, registry, epoch: fixtureEpoch } = await loadFixture(committable);
      await registry.write.unstake([0, 1n], { account: operator });
      const epoch = fixtureEpoch + 1n;
      await goTo(epoch + 1n);
      const args = { ...commitArgs(0, epoch, [0, 5, 11]), cid: nodeIdOf(1), receiptsRoot: nodeIdOf(2) };
      const hash = await ledger.write.commit([args], { account: operator });
      const weight = ((STAKE - 1n) * 3n) / 12n;
      await assertions.emitWithArgs(hash, ledger, "Committed", [
        0,
        epoch,
        args.bitmap,
        args.receiptsRoot,
        args.relayedBytes,
        args.cid,
        weight,
      ]);
      assert.equal(await ledger.read.weightOf([0, epoch]), weight);
      assert.equal(await ledger.read.totalWeight([epoch]), weight);
      assert.equal(await ledger.read.uptimeOf([0, epoch]), 3);
      assert.equal(await ledger.read.lastCommittedEpoch([0]), epoch);
      const stored = await ledger.read.commitOf([0, epoch]);
      assert.deepEqual(
        [stored.bitmap, stored.receiptsRoot, stored.cid, stored.weight, stored.relayedBytes, stored.enforced],
        [args.bitmap, args.receiptsRoot, args.cid, weight, 123n, false],
      );
      assert.equal(stored.committedAt, BigInt(await time.latest()));
    });

    it("PRF-2 the current witness key commits too; ProofLedger_NotAuthorized for anyone else, former keys included", async () => {
      const { ledger, registry, epoch } = await loadFixture(committable);
      const args = commitArgs(0, epoch, []);
      const former = witnessKey(0).address;
      const next = witnessKey(0, 1);
      const proof = await proofOfPossession(registry.address, next, operator.address, nodeIdOf(0));
      await registry.write.rotateWitness([0, next.address, proof], { account: operator });
      for (const account of [former, wallets[2]!.account.address]) {
        await networkHelpers.impersonateAccount(account);
        await networkHelpers.setBalance(account, 10n ** 18n);
        const commit = ledger.write.commit([args], { account });
        await assertions.revertWithCustomErrorWithArgs(commit, ledger, "ProofLedger_NotAuthorized", [0, account]);
      }
      await networkHelpers.impersonateAccount(next.address);
      await networkHelpers.setBalance(next.address, 10n ** 18n);
      await ledger.write.commit([args], { account: next.address });
    });

    it("PRF-2 ProofLedger_EpochNotOver, ProofLedger_CommitClosed: from end(e) until end(e) + COMMIT", async () => {
      const protocol = await loadFixture(networkFixture);
      const { ledger } = protocol;
      const epoch = await epochNow();
      const end = (epoch + 1n) * EPOCH;
      const commit = (node: number) =>
        ledger.write.commit([commitArgs(node, epoch, [])], { account: wallets[node + 1]!.account });
      await at(end - 1n);
      await assertions.revertWithCustomErrorWithArgs(commit(0), ledger, "ProofLedger_EpochNotOver", [epoch, end]);
      await at(end);
      await commit(0);
      const closes = end + BigInt(P.commitSeconds);
      await at(closes - 1n);
      await commit(1);
      await at(closes);
      await assertions.revertWithCustomErrorWithArgs(commit(2), ledger, "ProofLedger_CommitClosed", [epoch, closes]);
    });

    it("PRF-2 ProofLedger_AlreadyCommitted: one commit per node and epoch, a zero bitmap included", async () => {
      const { ledger, epoch } = await loadFixture(committable);
      await ledger.write.commit([commitArgs(0, epoch, [])], { account: operator });
      const again = ledger.write.commit([commitArgs(0, epoch, [1])], { account: operator });
      await assertions.revertWithCustomErrorWithArgs(again, ledger, "ProofLedger_AlreadyCommitted", [0, epoch]);
    });

    it("PRF-2 ProofLedger_BadBitmap: bits ≥ slots", async () => {
      const { ledger, epoch } = await loadFixture(committable);
      for (const bitmap of [1n << BigInt(SLOTS), 1n << 127n]) {
        const bad = ledger.write.commit([{ ...commitArgs(0, epoch, []), bitmap }], { account: operator });
        await assertions.revertWithCustomErrorWithArgs(bad, ledger, "ProofLedger_BadBitmap", [bitmap, SLOTS]);
      }
    });

    it("PRF-2 ProofLedger_NotActive: not active at start(e) or not at end(e)", async () => {
      const { ledger, registry, epoch } = await loadFixture(committable);
      const late = ledger.write.commit([commitArgs(0, epoch - 1n, [])], { account: operator });
      await assertions.revertWithCustomError(late, ledger, "ProofLedger_CommitClosed");
      await registry.write.unstake([0, STAKE], { account: operator });
      await goTo(epoch + 2n);
      const gone = ledger.write.commit([commitArgs(0, epoch + 1n, [])], { account: operator });
      await assertions.revertWithCustomErrorWithArgs(gone, ledger, "ProofLedger_NotActive", [0, epoch + 1n]);
      await registry.write.stake([0, STAKE], { account: operator });
      await goTo(epoch + 3n);
      const notYet = ledger.write.commit([commitArgs(0, epoch + 2n, [])], { account: operator });
      await assertions.revertWithCustomErrorWithArgs(notYet, ledger, "ProofLedger_NotActive", [0, epoch + 2n]);
      const unknown = ledger.write.commit([commitArgs(6, epoch + 2n, [])], { account: operator });
      await assertions.revertWithCustomError(unknown, registry, "NodeRegistry_UnknownNode");
    });

    it("PRF-2 commitBatch is atomic; ProofLedger_BatchTooLong above 8", async () => {
      const { ledger, registry, epoch } = await loadFixture(committable);
      const second = witnessKey(0, 2);
      const nodeId = nodeIdOf(30);
      const proof = await proofOfPossession(registry.address, second, operator.address, nodeId);
      await registry.write.register([nodeId, second.address, zeroHash, STAKE, proof], { account: operator });
      await goTo(epoch + 3n);
      const [one, two] = [commitArgs(0, epoch + 2n, [1]), commitArgs(6, epoch + 2n, [2])];
      const bad = ledger.write.commitBatch([[one, two, one]], { account: operator });
      await assertions.revertWithCustomError(bad, ledger, "ProofLedger_AlreadyCommitted");
      assert.equal(await ledger.read.totalWeight([epoch + 2n]), 0n);
      await ledger.write.commitBatch([[one, two]], { account: operator });
      assert.equal(await ledger.read.totalWeight([epoch + 2n]), 2n * weightOfSlots(1));
      const long = ledger.write.commitBatch([Array.from({ length: 9 }, () => one)], { account: operator });
      await assertions.revertWithCustomErrorWithArgs(long, ledger, "ProofLedger_BatchTooLong", [9n, 8n]);
    });
  });

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

  describe("answer", () => {
    it("PRF-4 a quorum for every named slot closes the challenge, gives the weight back and the bond to the answerer", async () => {
      const { protocol, ledger, receipts, epoch } = await loadFixture(committed);
      await ledger.write.challenge([0, epoch, bitmapOf([0, 2])], { account: by });
      const hash = await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0, 2])], { account: bob.account });
      await assertions.emit(hash, ledger, "Answered");
      assert.equal(await balance(protocol, bob.account.address), ALLOCATION + (BOND * 99n) / 100n);
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

  describe("finality", () => {
    it("PRF-5 final iff now ≥ end(e) + COMMIT + CHALLENGE + RESPONSE, and every challenge is decided by then", async () => {
      const { ledger, epoch } = await loadFixture(lied);
      const final = (epoch + 1n) * EPOCH + BigInt(P.commitSeconds + P.challengeSeconds + P.responseSeconds);
      await at(final - BigInt(P.responseSeconds) - 1n);
      await ledger.write.challenge([0, epoch, 1n], { account: by });
      await time.increaseTo(final - 1n);
      assert.equal(await ledger.read.isFinal([epoch]), false);
      assert.equal(await ledger.read.isVoid([0, epoch]), false);
      await time.increaseTo(final);
      assert.equal(await ledger.read.isFinal([epoch]), true);
      assert.equal(await ledger.read.isVoid([0, epoch]), true);
    });

    it("PRF-6 nobody can write an uptime: the only state-changing functions are these six", async () => {
      const { ledger } = await loadFixture(deployProtocolFixture);
      const writes = ledger.abi.flatMap((entry) =>
        entry.type === "function" && !["view", "pure"].includes(entry.stateMutability) ? [entry.name] : [],
      );
      assert.deepEqual(writes.sort(), ["answer", "challenge", "commit", "commitBatch", "enforce", "poke"]);
    });

    it("PRF-5 ProofLedger_BadParameters", async () => {
      const { token, registry } = await loadFixture(deployProtocolFixture);
      const good = {
        token: token.address,
        registry: registry.address,
        epochSeconds: 60n,
        slotsPerEpoch: 12,
        minWitnesses: 2,
        commitSeconds: 60n,
        challengeSeconds: 60n,
        responseSeconds: 60n,
        challengeBond: 1n,
      };
      await viem.deployContract("ProofLedger", [good]);
      for (const bad of [
        { token: zeroAddress },
        { registry: zeroAddress },
        { epochSeconds: 0n },
        { slotsPerEpoch: 0 },
        { slotsPerEpoch: 129 },
        { slotsPerEpoch: 7 },
        { minWitnesses: 0 },
        { minWitnesses: 6 },
        { commitSeconds: 0n },
        { challengeSeconds: 0n },
        { responseSeconds: 0n },
        { challengeBond: 0n },
      ]) {
        await assert.rejects(viem.deployContract("ProofLedger", [{ ...good, ...bad }]), /ProofLedger_BadParameters/);
      }
    });
  });

  it("PRF-2 an empty root is what the core computes for no receipts", () => {
    assert.equal(receiptsRoot([]), zeroHash);
  });
});

function seedFrom(randomness: Hex, parentHash: Hex, last: Hex, epoch: bigint): Hex {
  const bytes32 = { type: "bytes32" } as const;
  const entropy = keccak256(encodeAbiParameters([bytes32, bytes32], [randomness, parentHash]));
  return keccak256(encodeAbiParameters([bytes32, bytes32, { type: "uint64" }], [entropy, last, epoch]));
}

/** The same point with the other s: what a malleable recovery would accept. */
function highS(signature: Hex): Hex {
  const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = n - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.endsWith("1b") ? "1c" : "1b";
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}` as Hex;
}
