import assert from "node:assert/strict";
import { readContract } from "viem/actions";
import { answerChallenge, slotAnswers } from "../../chain/answerChallenge.ts";
import { readBalance } from "../../chain/readBalance.ts";
import { readChallenges } from "../../chain/readChallenges.ts";
import { readCommit } from "../../chain/readCommit.ts";
import { challengeCommit } from "../../chain/challengeCommit.ts";
import { readNodes } from "../../chain/readNodes.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { bitmapOf } from "../../core/bundle.ts";
import { quorumOf } from "../../core/committee.ts";
import { X0T } from "../../core/parameters.ts";
import { createAnswerChallenges } from "../../workers/answerChallenges.ts";
import { collectReceipts } from "../../workers/collectReceipts.ts";
import { createEnforceVoid } from "../../workers/enforceVoid.ts";
import { createPublishProofs } from "../../workers/publishProofs.ts";
import { createWatchProofs } from "../../workers/watchProofs.ts";
import type { Job, WorkerNode } from "../../workers/workerNode.ts";
import { forgeCommit } from "../support/forgeCommit.ts";
import { witnessSlots, type TestNode } from "../support/testNodes.ts";
import { startWorkerNetwork, type WorkerNetwork } from "./network.ts";

const BOND = 10n * X0T;

describe("the challenge game", function () {
  this.timeout(60_000);
  let network: WorkerNetwork;
  let workers: WorkerNode[];
  const ledger = () => network.chain.contracts.ProofLedger;
  const commitOf = (node: TestNode, epoch: number) =>
    readCommit(network.chain.client, { ledger: ledger(), node: node.index, epoch });
  const challengesOf = (node: TestNode, epoch: number) =>
    readChallenges(network.chain.client, { ledger: ledger(), node: node.index, epoch });
  const x0tOf = async (node: TestNode) =>
    (await readBalance(network.chain.client, { token: network.chain.contracts.X0TToken, account: node.hot.address })).x0tWei;
  const runAll = async (jobs: readonly Job[]) => {
    for (const job of jobs) await network.run(job);
  };
  /** Runs the jobs at each second of chain time until `deadline`. */
  const runUntil = async (jobs: readonly Job[], deadline: number) => {
    for (let now = (await network.chain.head()).timestamp + 1; now <= deadline; now++) {
      if (now > (await network.chain.head()).timestamp) await network.chain.warpTo(now);
      await runAll(jobs);
    }
  };

  before(async () => {
    network = await startWorkerNetwork();
    workers = await Promise.all(network.nodes.map((node) => network.open(node)));
  });
  after(() => network.close());

  it("PRF-4 leaves true commits alone", async () => {
    const { chain, nodes } = network;
    const epoch = await chain.epoch();
    for (const node of nodes) await witnessSlots(chain, nodes, { node, epoch, slots: [0, 1, 2] });
    await chain.warpToEpoch(epoch + 1, 3);
    await runAll(workers.map(createPublishProofs));
    await runUntil(workers.map(createWatchProofs), (epoch + 3) * 12 - 1);
    for (const node of nodes) assert.deepEqual(await challengesOf(node, epoch), []);
    assert.equal((await workers[0]!.metrics.bundles.get()).values[0]?.value, 5, "looked at each other node's bundle");
  });

  it("PRF-4 challenges a false commit once, though six watchers see it; nobody answers; it is slashed", async () => {
    const { chain, nodes } = network;
    const liar = nodes[0] as TestNode;
    const epoch = await chain.epoch();
    await chain.warpToEpoch(epoch + 1, 3);
    await forgeCommit(liar.home, { epoch, bitmap: bitmapOf([1, 4, 7, 8, 9, 10]) });
    const before = await Promise.all(nodes.map(x0tOf));
    const jobs = workers.flatMap((worker) => [createAnswerChallenges(worker), createWatchProofs(worker), createEnforceVoid(worker)]);
    await runUntil(jobs, (epoch + 3) * 12);
    const challenges = await challengesOf(liar, epoch);
    assert.equal(challenges.length, 1, "one bond is enough");
    assert.equal(challenges[0]!.slots.length, 4);
    await runUntil(jobs, challenges[0]!.deadline + 4);
    assert.equal((await commitOf(liar, epoch))!.enforced, true);
    const [slashed] = await readNodes(chain.client, { registry: chain.contracts.NodeRegistry });
    assert.equal(slashed!.stake, 900n * X0T, "REG-4 a tenth");
    const challenger = nodes.findIndex((node) => node.hot.address === challenges[0]!.challenger);
    // The bond whole, and half of the slash less the burn of 1 %.
    assert.equal((await x0tOf(nodes[challenger]!)) - before[challenger]!, (50n * X0T * 99n) / 100n);
    const enforced = await Promise.all(workers.map(async (worker) => (await worker.metrics.enforced.get()).values[0]?.value ?? 0));
    assert.equal(enforced.reduce((sum, count) => sum + count, 0), 1);
    assert.equal(enforced[challenger], 1, "the challenger enforces first");
    assert.equal((await workers[0]!.metrics.unanswerable.get()).values[0]?.value, 1);
  });

  it("PRF-4 the next watcher bonds if the first one cannot", async () => {
    const { chain, nodes } = network;
    const liar = nodes[1] as TestNode;
    const epoch = await chain.epoch();
    await chain.warpToEpoch(epoch + 1, 3);
    await forgeCommit(liar.home, { epoch, bitmap: bitmapOf([0]) });
    const failing = workers.map((worker, index): WorkerNode =>
      index === 5 ? worker : { ...worker, sender: { ...worker.sender, send: () => Promise.reject(new Error("no money")) } },
    );
    const jobs = failing.map(createWatchProofs);
    for (let now = (await chain.head()).timestamp + 1; now < (epoch + 3) * 12; now++) {
      await chain.warpTo(Math.max(now, (await chain.head()).timestamp + 1));
      for (const job of jobs) await network.run(job).catch(() => undefined);
    }
    assert.deepEqual((await challengesOf(liar, epoch)).map(({ challenger }) => challenger), [nodes[5]!.hot.address]);
  });

  it("PRF-4 a watcher that looks twice within one block bonds once", async () => {
    const { chain, nodes } = network;
    const liar = nodes[0] as TestNode;
    const epoch = await chain.epoch();
    await chain.warpToEpoch(epoch + 1, 3);
    await forgeCommit(liar.home, { epoch, bitmap: bitmapOf(Array.from({ length: 12 }, (_, slot) => slot)) });
    const job = createWatchProofs(workers[1]!);
    await network.run(job);
    await chain.warpToEpoch(epoch + 2, 11);
    for (let look = 0; look < 8; look++) await network.run(job);
    assert.equal((await challengesOf(liar, epoch)).length, 1);
  });

  it("PRF-4 answers a challenge of a true commit from the receipts; the bond burns", async () => {
    const { chain, nodes } = network;
    const honest = nodes[2] as TestNode;
    const epoch = await chain.epoch();
    await witnessSlots(chain, nodes, { node: honest, epoch, slots: [0, 2, 4, 6, 8] });
    await chain.warpToEpoch(epoch + 1, 3);
    await network.run(createPublishProofs(workers[2]!));
    const { X0TToken: token } = chain.contracts;
    const challenge = { token, ledger: ledger(), node: honest.index, epoch, bondWei: BOND };
    await challengeCommit(chain.sender(20), { ...challenge, slots: [0, 2, 4, 6] });
    await challengeCommit(chain.sender(21), { ...challenge, slots: [8] });
    const before = await x0tOf(honest);
    const held = (await readBalance(chain.client, { token, account: ledger() })).x0tWei;
    // Fresh state, and the local bundle gone: IPFS has it too.
    const { rm } = await import("node:fs/promises");
    await rm(`${honest.home}/bundles`, { recursive: true });
    const job = createAnswerChallenges(await network.open(honest));
    await network.run(job);
    await network.run(job);
    assert.ok((await challengesOf(honest, epoch)).every(({ closed }) => closed));
    assert.equal((await commitOf(honest, epoch))!.openChallenges, 0);
    assert.equal(await x0tOf(honest), before);
    assert.equal((await readBalance(chain.client, { token, account: ledger() })).x0tWei, held - 2n * BOND);
    assert.ok((await commitOf(honest, epoch))!.weight > 0n);
  });

  it("PRF-4 challenges a bundle that nobody serves only near the window's end", async () => {
    const { chain, nodes } = network;
    const silent = nodes[3] as TestNode;
    const epoch = await chain.epoch();
    await chain.warpToEpoch(epoch + 1, 3);
    await forgeCommit(silent.home, { epoch, bitmap: bitmapOf([0, 1, 2]), publish: false });
    const jobs = workers.map(createWatchProofs);
    const lastThird = (epoch + 3) * 12 - 4;
    await runUntil(jobs, lastThird - 1);
    assert.deepEqual(await challengesOf(silent, epoch), []);
    await runUntil(jobs, lastThird + 3);
    assert.equal((await challengesOf(silent, epoch)).length, 1);
    assert.deepEqual((await challengesOf(silent, epoch))[0]!.slots, [0, 1, 2]);
  });

  it("PRF-4 a bundle without the committed receipts counts as none: one answered slot does not vouch for the others", async () => {
    const { chain, nodes } = network;
    const liar = nodes[5] as TestNode;
    const epoch = await chain.epoch();
    await witnessSlots(chain, nodes, { node: liar, epoch, slots: [0] });
    await chain.warpToEpoch(epoch + 1, 3);
    const facts = await workers[5]!.view.facts(epoch);
    const { receipts } = await collectReceipts(workers[5]!, facts);
    await forgeCommit(liar.home, { epoch, bitmap: bitmapOf([0, 1, 2, 3, 4, 5, 6, 7, 8]), committed: receipts });
    // The liar challenges its one true slot itself and answers, so that watchers take the matter for settled.
    const at = { ledger: ledger(), node: liar.index, epoch };
    await challengeCommit(chain.sender(20), { ...at, token: chain.contracts.X0TToken, slots: [0], bondWei: BOND });
    const answers = slotAnswers(receipts, [0], (slot) => quorumOf(facts.committee(liar.index, slot).length));
    await answerChallenge(chain.sender(20), { ...at, challengeId: 0n, answers: answers ?? [] });
    await runUntil(workers.slice(0, 5).map(createWatchProofs), (epoch + 3) * 12 - 1);
    const [own, ...others] = await challengesOf(liar, epoch);
    assert.equal(own!.closed, true);
    assert.ok(others.length > 0, "somebody challenged the rest");
    await chain.warpTo(others[0]!.deadline + 1);
    assert.equal(await readContract(chain.client, { address: ledger(), abi: proofLedgerAbi, functionName: "isVoid", args: [liar.index, BigInt(epoch)] }), true);
  });

  it("PRF-4 challenges nobody while its own IPFS is down", async () => {
    const { chain, nodes } = network;
    const silent = nodes[4] as TestNode;
    const epoch = await chain.epoch();
    await chain.warpToEpoch(epoch + 1, 3);
    await forgeCommit(silent.home, { epoch, bitmap: bitmapOf([0]), publish: false });
    await chain.warpTo((epoch + 3) * 12 - 1);
    const blind = await network.open(nodes[5]!, { ipfsUrl: "http://127.0.0.1:1" });
    await assert.rejects(network.run(createWatchProofs(blind)), { code: "X0T_IPFS_DOWN" });
    assert.deepEqual(await challengesOf(silent, epoch), []);
  });

  it("enforces a void commit that was left for many epochs", async () => {
    const { chain, nodes } = network;
    const liar = nodes[4] as TestNode;
    const epoch = await chain.epoch();
    await chain.warpToEpoch(epoch + 1, 3);
    await forgeCommit(liar.home, { epoch, bitmap: bitmapOf([3]) });
    const { X0TToken: token } = chain.contracts;
    await challengeCommit(chain.sender(22), { token, ledger: ledger(), node: liar.index, epoch, slots: [3], bondWei: BOND });
    await chain.warpToEpoch(epoch + 60);
    await network.run(createEnforceVoid(workers[0]!));
    assert.equal((await commitOf(liar, epoch))!.enforced, true);
  });
});
