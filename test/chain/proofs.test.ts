import assert from "node:assert/strict";
import { readContract } from "viem/actions";
import { answerChallenge, slotAnswers } from "../../chain/answerChallenge.ts";
import { challengeCommit } from "../../chain/challengeCommit.ts";
import { claimRewards } from "../../chain/claimRewards.ts";
import { commitProofs } from "../../chain/commitProofs.ts";
import { enforceVoid } from "../../chain/enforceVoid.ts";
import { findBundleCid } from "../../chain/findBundleCid.ts";
import { isSeedWritten } from "../../chain/isSeedWritten.ts";
import { pokeSeed } from "../../chain/pokeSeed.ts";
import { readEpochFacts } from "../../chain/readBundleExpectation.ts";
import { readChallenges } from "../../chain/readChallenges.ts";
import { readClaimable } from "../../chain/readClaimable.ts";
import { readCommit } from "../../chain/readCommit.ts";
import { readDrawWeights } from "../../chain/readDrawWeights.ts";
import { readSeed } from "../../chain/readSeed.ts";
import { readWitnessKeys } from "../../chain/readWitnessKeys.ts";
import { signReceipt } from "../../chain/signReceipt.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { bitmapOf } from "../../core/bundle.ts";
import { quorumOf } from "../../core/committee.ts";
import { X0T } from "../../core/parameters.ts";
import { receiptsRoot, type Receipt } from "../../core/receiptTree.ts";
import { isRevert } from "../../core/revert.ts";
import { X0tError } from "../../core/x0tError.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";
import { createTestNodes, type TestNode } from "../support/testNodes.ts";

const CID = `0x${"c1".repeat(32)}` as const;

describe("chain actions on proofs", function () {
  this.timeout(30_000);
  let chain: ProtocolChain;
  let nodes: TestNode[];
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  const ledger = () => chain.contracts.ProofLedger;
  const facts = (epoch: number) => readEpochFacts(chain.client, { registry: chain.contracts.NodeRegistry, ledger: ledger(), epoch });

  before(async () => {
    directory = await temporaryDirectory();
    chain = await startProtocolChain();
    nodes = await createTestNodes(chain, { directory: directory.path, count: 7, ipfsUrl: "http://127.0.0.1:1" });
  });
  after(async () => {
    await chain.close();
    await directory[Symbol.asyncDispose]();
  });

  it("PRF draws the ledger's own committees from the seed and the weights, for every node and slot", async () => {
    const epoch = await chain.epoch();
    const { committee } = await facts(epoch);
    for (const { index } of nodes) {
      for (let slot = 0; slot < chain.parameters.slotsPerEpoch; slot++) {
        const drawn = await readContract(chain.client, {
          address: ledger(),
          abi: proofLedgerAbi,
          functionName: "committee",
          args: [BigInt(epoch), index, slot],
        });
        assert.deepEqual(committee(index, slot), [...drawn]);
      }
    }
  });

  it("reads weights, witness keys and seeds; knows a written seed from a derived one", async () => {
    const epoch = await chain.epoch();
    const { NodeRegistry: registry } = chain.contracts;
    assert.deepEqual(await readDrawWeights(chain.client, { registry, epoch }), nodes.map(() => 1_000n * X0T));
    assert.deepEqual(await readWitnessKeys(chain.client, { registry, epoch }), nodes.map(({ hot }) => hot.address));
    const derived = await readSeed(chain.client, { ledger: ledger(), epoch: epoch + 1 });
    assert.equal(await isSeedWritten(chain.client, { ledger: ledger(), epoch: epoch + 1 }), false);
    await pokeSeed(chain.sender(20), { ledger: ledger() });
    assert.notEqual(await readSeed(chain.client, { ledger: ledger(), epoch: epoch + 1 }), derived);
    assert.equal(await isSeedWritten(chain.client, { ledger: ledger(), epoch: epoch + 1 }), true);
    await chain.warpToEpoch(epoch + 5);
    assert.equal(await isSeedWritten(chain.client, { ledger: ledger(), epoch: epoch + 1 }), true);
    for (const unwritten of [epoch + 2, epoch + 3, epoch + 6]) {
      assert.equal(await isSeedWritten(chain.client, { ledger: ledger(), epoch: unwritten }), false);
    }
  });

  it("PRF-2 to PRF-4, REW-3: commits, challenges, answers, and claims when final", async () => {
    const [node] = nodes as [TestNode];
    await chain.warpToEpoch((await chain.epoch()) + 1);
    const epoch = await chain.epoch();
    const { committee } = await facts(epoch);
    const receipts: Receipt[] = [];
    for (const slot of [0, 1, 2]) {
      for (const witness of committee(node.index, slot)) {
        const signature = await signReceipt(nodes[witness]!.hot, { chainId: chain.book.chainId, ledger: ledger(), epoch, slot, node: node.index });
        receipts.push({ slot, witness, signature });
      }
    }
    const commit = { node: node.index, epoch, bitmap: bitmapOf([0, 1, 2]), receiptsRoot: receiptsRoot(receipts), relayedBytes: 7n, cid: CID };
    const sender = chain.sender(node.hotAccount);
    await assert.rejects(commitProofs(sender, { ledger: ledger(), commits: [commit] }), (error) => isRevert(error, "ProofLedger_EpochNotOver"));
    await chain.warpToEpoch(epoch + 1);
    await commitProofs(sender, { ledger: ledger(), commits: [commit] });
    const at = { ledger: ledger(), node: node.index, epoch };
    const { cid, ...kept } = commit;
    const { committedAt } = (await readCommit(chain.client, at))!;
    assert.deepEqual(await readCommit(chain.client, at), {
      ...kept,
      named: 0n,
      weight: (1_000n * X0T * 3n) / 12n,
      committedAt: (await chain.head()).timestamp,
      openChallenges: 0,
      bonus: false,
      enforced: false,
    });
    assert.equal(await findBundleCid(chain.client, { ...at, committedAt }), cid);

    const { challengeId, deadline } = await challengeCommit(chain.sender(20), {
      token: chain.contracts.X0TToken,
      ...at,
      slots: [0, 2],
      bondWei: chain.parameters.challengeBond,
    });
    assert.deepEqual(await readChallenges(chain.client, at), [
      { challengeId, challenger: chain.accounts[20]!.address, deadline: Number(deadline), closed: false, slots: [0, 2] },
    ]);
    const quorum = (slot: number) => quorumOf(committee(node.index, slot).length);
    assert.equal(slotAnswers(receipts, [0, 5], quorum), undefined, "slot 5 has no receipts");
    assert.equal(slotAnswers([], [0], quorum), undefined);
    const answers = slotAnswers(receipts, [2, 0], quorum)!;
    assert.deepEqual(answers.map(({ slot, receipts: held }) => [slot, held.length]), [[0, 3], [2, 3]]);
    await answerChallenge(sender, { ...at, challengeId, answers });
    assert.equal((await readChallenges(chain.client, at))[0]!.closed, true);

    const { EpochRewards: rewards } = chain.contracts;
    assert.deepEqual(await readClaimable(chain.client, { rewards, node: node.index, epochs: [epoch] }), []);
    await chain.warpToEpoch(epoch + 4);
    const [owed] = await readClaimable(chain.client, { rewards, node: node.index, epochs: [epoch - 1, epoch] });
    assert.equal(owed!.epoch, epoch);
    const { paidWei } = await claimRewards(chain.sender(20), { rewards, node: node.index, epochs: [epoch] });
    assert.equal(paidWei, owed!.amountWei);
    assert.deepEqual(await readClaimable(chain.client, { rewards, node: node.index, epochs: [epoch] }), []);
  });

  it("PRF-4 enforces an unanswered challenge", async () => {
    const node = nodes[1] as TestNode;
    const epoch = await chain.epoch();
    await chain.warpToEpoch(epoch + 1);
    const commit = { node: node.index, epoch, bitmap: 1n, receiptsRoot: receiptsRoot([]), relayedBytes: 0n, cid: CID };
    await commitProofs(chain.sender(node.operatorAccount), { ledger: ledger(), commits: [commit] });
    const at = { ledger: ledger(), node: node.index, epoch };
    const { deadline } = await challengeCommit(chain.sender(21), { token: chain.contracts.X0TToken, ...at, slots: [0], bondWei: 10n * X0T });
    await assert.rejects(enforceVoid(chain.sender(21), at), (error) => isRevert(error, "ProofLedger_NotVoid"));
    await chain.warpTo(Number(deadline) + 1);
    await enforceVoid(chain.sender(21), at);
    assert.equal((await readCommit(chain.client, at))!.enforced, true);
  });

  it("bounds what one transaction commits and claims", async () => {
    const tooMany = (error: unknown) => error instanceof X0tError && error.code === "X0T_BATCH_LENGTH";
    await assert.rejects(commitProofs(chain.sender(20), { ledger: ledger(), commits: [] }), tooMany);
    const { EpochRewards: rewards } = chain.contracts;
    await assert.rejects(claimRewards(chain.sender(20), { rewards, node: 0, epochs: Array.from({ length: 169 }, (_, epoch) => epoch) }), tooMany);
  });
});
