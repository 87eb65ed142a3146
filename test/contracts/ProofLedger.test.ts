import assert from "node:assert/strict";
import { encodeAbiParameters, keccak256, zeroAddress, zeroHash, type Hex } from "viem";
import { fallbackSeed } from "../../core/committee.ts";
import { receiptsRoot } from "../../core/receiptTree.ts";
import { by, committable, committed, lied, operator, STAKE, weightOfSlots } from "./support/ledgerStates.ts";
import { commitArgs } from "./support/proofs.ts";
import {
  assertions,
  at,
  deployProtocolFixture,
  EPOCH,
  epochNow,
  goTo,
  loadFixture,
  networkFixture,
  networkHelpers,
  nodeIdOf,
  P,
  proofOfPossession,
  publicClient,
  SLOTS,
  time,
  viem,
  wallets,
  witnessKey,
} from "./support/protocol.ts";

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
        [stored.bitmap, stored.receiptsRoot, stored.weight, stored.relayedBytes, stored.enforced],
        [args.bitmap, args.receiptsRoot, weight, 123n, false],
      );
      assert.equal(stored.committedAt, await time.latest());
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

    it("PRF-6 nobody can write an uptime: the only state-changing functions are these seven", async () => {
      const { ledger } = await loadFixture(deployProtocolFixture);
      const writes = ledger.abi.flatMap((entry) =>
        entry.type === "function" && !["view", "pure"].includes(entry.stateMutability) ? [entry.name] : [],
      );
      assert.deepEqual(writes.sort(), ["announceMaintenance", "answer", "challenge", "commit", "commitBatch", "enforce", "poke"]);
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
