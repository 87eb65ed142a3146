import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getContractEvents, getTransactionCount } from "viem/actions";
import { readBundleExpectation } from "../../chain/readBundleExpectation.ts";
import { findBundleCid } from "../../chain/findBundleCid.ts";
import { readCommit, type ProofCommit } from "../../chain/readCommit.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { decodeBundle, slotsOf, verifyBundle } from "../../core/bundle.ts";
import type { Hex } from "../../core/ids.ts";
import { devnetParameters } from "../../core/parameters.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { createPublishProofs } from "../../workers/publishProofs.ts";
import { highS } from "../support/highS.ts";
import { appendSpool, witnessSlots, type TestNode } from "../support/testNodes.ts";
import { startWorkerNetwork, type WorkerNetwork } from "./network.ts";

describe("publishProofs", function () {
  this.timeout(30_000);
  let network: WorkerNetwork;
  const ledger = () => network.chain.contracts.ProofLedger;
  const cidOf = (commit: ProofCommit) => findBundleCid(network.chain.client, { ledger: ledger(), ...commit });
  const commitOf = (node: TestNode, epoch: number) =>
    readCommit(network.chain.client, { ledger: ledger(), node: node.index, epoch });
  const commitsOf = async (node: TestNode) =>
    getContractEvents(network.chain.client, {
      address: ledger(),
      abi: proofLedgerAbi,
      eventName: "Committed",
      args: { node: node.index },
      fromBlock: 0n,
    });
  /** Ends the present epoch; @returns it. */
  const endEpoch = async () => {
    const epoch = await network.chain.epoch();
    await network.chain.warpToEpoch(epoch + 1, 4);
    return epoch;
  };

  before(async () => {
    network = await startWorkerNetwork();
  });
  after(() => network.close());

  it("PRF-2 commits the slots with a quorum, with a bundle that verifies", async () => {
    const { chain, nodes } = network;
    const [node] = nodes as [TestNode];
    const epoch = await chain.epoch();
    await witnessSlots(chain, nodes, { node, epoch, slots: [0, 3, 11], relayedBytes: 123_456 });
    await endEpoch();
    await network.run(createPublishProofs(await network.open(node)));
    const commit = await commitOf(node, epoch);
    assert.deepEqual(slotsOf(commit!.bitmap), [0, 3, 11]);
    assert.equal(commit!.relayedBytes, 123_456n);
    const block = await createIpfsClient({ url: network.ipfs.url }).getBlock(await cidOf(commit!));
    const { NodeRegistry: registry } = chain.contracts;
    const expected = await readBundleExpectation(chain.client, {
      chainId: chain.book.chainId,
      registry,
      ledger: ledger(),
      node: node.index,
      epoch,
      minWitnesses: chain.parameters.minWitnesses,
    });
    const verdict = await verifyBundle(block, expected!);
    assert.deepEqual(verdict.problems, []);
    assert.deepEqual(verdict.provedSlots, [0, 3, 11]);
    // The ledger draws the same committees: an answer with these receipts would be accepted.
    assert.equal(verdict.receipts, 15);
  });

  it("PRF-1 drops receipts that are false, doubled, of no committee member or of no slot", async () => {
    const { chain, nodes } = network;
    const [, node, other] = nodes as [TestNode, TestNode, TestNode];
    const epoch = await chain.epoch();
    await witnessSlots(chain, nodes, { node, epoch, slots: [5] });
    // Signed for another node's slot, so false for this one.
    await witnessSlots(chain, nodes, { node: other, epoch, slots: [6, 7] });
    const foreign = (await readFile(join(other.home, `spool/${epoch}.jsonl`), "utf8")).split("\n").filter((line) => line.includes("receipt"));
    await appendSpool(node, epoch, foreign.map((line) => JSON.parse(line)));
    await appendSpool(node, epoch, [
      { type: "receipt", slot: 8, witness: node.index, signature: `0x${"11".repeat(64)}1b` },
      { type: "receipt", slot: 99, witness: 2, signature: `0x${"11".repeat(64)}1b` },
      { type: "receipt", slot: -1, witness: 2, signature: "0x" },
    ]);
    await endEpoch();
    const worker = await network.open(node);
    await network.run(createPublishProofs(worker));
    const commit = await commitOf(node, epoch);
    assert.deepEqual(slotsOf(commit!.bitmap), [5]);
    const bundle = decodeBundle(await createIpfsClient({ url: network.ipfs.url }).getBlock(await cidOf(commit!)));
    assert.deepEqual([...new Set(bundle.receipts.map(({ slot }) => slot))], [5]);
  });

  it("PRF-1 drops the high-s twin of a true signature: the ledger would refuse it in an answer", async () => {
    const { chain, nodes } = network;
    const node = nodes[1] as TestNode;
    const epoch = await chain.epoch();
    await witnessSlots(chain, nodes, { node, epoch, slots: [2, 9] });
    const spool = join(node.home, `spool/${epoch}.jsonl`);
    const lines = (await readFile(spool, "utf8")).split("\n");
    const malleated = lines.map((line) =>
      line.includes('"slot":9') ? line.replace(/0x[0-9a-f]{130}/, (signature) => highS(signature as Hex)) : line,
    );
    assert.notDeepEqual(malleated, lines);
    await writeFile(spool, malleated.join("\n"));
    await endEpoch();
    await network.run(createPublishProofs(await network.open(node)));
    assert.deepEqual(slotsOf((await commitOf(node, epoch))!.bitmap), [2]);
  });

  it("REG-7 commits an epoch without receipts as zero", async () => {
    const node = network.nodes[2] as TestNode;
    const epoch = await endEpoch();
    await network.run(createPublishProofs(await network.open(node)));
    assert.equal((await commitOf(node, epoch))!.bitmap, 0n);
  });

  it("commits an epoch once, however often it runs or restarts", async () => {
    const node = network.nodes[3] as TestNode;
    await endEpoch();
    const job = createPublishProofs(await network.open(node));
    await network.run(job);
    await network.run(job);
    await network.run(createPublishProofs(await network.open(node)));
    const events = await commitsOf(node);
    assert.equal(events.length, 1);
    assert.equal(await getTransactionCount(network.chain.client, { address: node.hot.address }), 1);
  });

  it("waits until the last receipts may have come", async () => {
    const node = network.nodes[4] as TestNode;
    const epoch = await network.chain.epoch();
    await network.chain.warpToEpoch(epoch + 1, 1);
    const job = createPublishProofs(await network.open(node));
    await network.run(job);
    assert.equal(await commitOf(node, epoch), undefined);
    await network.chain.warpToEpoch(epoch + 1, 2);
    await network.run(job);
    assert.notEqual(await commitOf(node, epoch), undefined);
  });

  it("publishes the same bundle again if it stopped between IPFS and the chain", async () => {
    const { chain, nodes } = network;
    const node = nodes[5] as TestNode;
    const epoch = await chain.epoch();
    await witnessSlots(chain, nodes, { node, epoch, slots: [1] });
    await endEpoch();
    const worker = await network.open(node);
    const broken = { ...worker, sender: { ...worker.sender, send: () => Promise.reject(new Error("killed")) } };
    await assert.rejects(network.run(createPublishProofs(broken)), /killed/);
    const bundles = await readdir(join(node.home, "bundles"));
    assert.equal(bundles.length, 1);
    await network.run(createPublishProofs(await network.open(node)));
    assert.deepEqual(await readdir(join(node.home, "bundles")), bundles);
    assert.ok(bundles[0]!.includes(await cidOf((await commitOf(node, epoch))!)));
  });

  it("keeps the bundle of a late receipt beside the first, until both epochs are final", async () => {
    const { chain, nodes } = network;
    const node = nodes[5] as TestNode;
    const epoch = await chain.epoch();
    await witnessSlots(chain, nodes, { node, epoch, slots: [1] });
    await endEpoch();
    const worker = await network.open(node);
    const broken = { ...worker, sender: { ...worker.sender, send: () => Promise.reject(new Error("killed")) } };
    await assert.rejects(network.run(createPublishProofs(broken)), /killed/);
    await witnessSlots(chain, nodes, { node, epoch, slots: [2] });
    await network.run(createPublishProofs(await network.open(node)));
    assert.deepEqual(slotsOf((await commitOf(node, epoch))!.bitmap), [1, 2]);
    const ofEpoch = async () => (await readdir(join(node.home, "bundles"))).filter((file) => file.startsWith(`${epoch}-`)).length;
    assert.equal(await ofEpoch(), 2);
    await chain.warpToEpoch(epoch + 4, 4);
    await network.run(createPublishProofs(await network.open(node)));
    assert.equal(await ofEpoch(), 0);
  });
});

describe("publishProofs after an outage", function () {
  this.timeout(30_000);
  let network: WorkerNetwork;

  before(async () => {
    const parameters = { ...devnetParameters(12), commitSeconds: 120, unbondingSeconds: 240 };
    network = await startWorkerNetwork({ nodes: 3, parameters });
  });
  after(() => network.close());

  it("PRF-2 catches up at most 8 epochs a batch while their window is open", async () => {
    const { chain, nodes } = network;
    const [node] = nodes as [TestNode];
    const first = await chain.epoch();
    await chain.warpToEpoch(first + 10, 4);
    const job = createPublishProofs(await network.open(node));
    await network.run(job);
    assert.equal(await getTransactionCount(chain.client, { address: node.hot.address }), 1);
    await network.run(job);
    assert.equal(await getTransactionCount(chain.client, { address: node.hot.address }), 2);
    const { ProofLedger: ledger } = chain.contracts;
    for (let epoch = first; epoch < first + 10; epoch++) {
      assert.notEqual(await readCommit(chain.client, { ledger, node: node.index, epoch }), undefined, `epoch ${epoch}`);
    }
  });
});
