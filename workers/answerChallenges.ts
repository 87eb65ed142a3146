import { readContract } from "viem/actions";
import { answerChallenge, slotAnswers } from "../chain/answerChallenge.ts";
import { findBundleCid } from "../chain/findBundleCid.ts";
import { readChallenges, type ProofChallenge } from "../chain/readChallenges.ts";
import { readCommit, type ProofCommit } from "../chain/readCommit.ts";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import { decodeBundle } from "../core/bundle.ts";
import { quorumOf } from "../core/committee.ts";
import { finalAt } from "../core/epochTime.ts";
import { receiptsRoot } from "../core/receiptTree.ts";
import { isRevert } from "../core/revert.ts";
import { createBundleStore, type BundleStore } from "./bundleStore.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

/** Answers the challenges of the own node with receipts and proofs; else its stake is slashed (PRF-4). */
export function createAnswerChallenges(node: WorkerNode): Job {
  const store = createBundleStore(node.home);
  const { ProofLedger: ledger } = node.contracts;
  /** "epoch/id" that cannot be answered, said once. */
  const hopeless = new Set<string>();
  return {
    name: "answerChallenges",
    async run(tick, signal) {
      const asked = await readContract(node.view.client, {
        address: ledger,
        abi: proofLedgerAbi,
        functionName: "isUnderChallenge",
        args: [node.index],
      });
      if (!asked) return;
      const failures: unknown[] = [];
      for (let epoch = tick.epoch - 1; epoch >= 0 && tick.timestamp < finalAt(node.parameters, epoch); epoch--) {
        const commit = await readCommit(node.view.client, { ledger, node: node.index, epoch });
        if (commit === undefined || commit.openChallenges === 0) continue;
        for (const challenge of await readChallenges(node.view.client, { ledger, node: node.index, epoch })) {
          if (challenge.closed || challenge.deadline < tick.timestamp) continue;
          if (hopeless.has(`${epoch}/${challenge.challengeId}`)) continue;
          try {
            if (!(await answer(node, store, commit, challenge, signal))) hopeless.add(`${epoch}/${challenge.challengeId}`);
          } catch (error) {
            // One whose bundle cannot be had must not let the others' deadlines pass.
            signal.throwIfAborted();
            failures.push(error);
          }
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** @returns false if the receipts are not there. */
async function answer(
  node: WorkerNode,
  store: BundleStore,
  commit: ProofCommit,
  { challengeId, slots }: ProofChallenge,
  signal: AbortSignal,
): Promise<boolean> {
  const { epoch } = commit;
  const block = (await ownBundle(store, commit)) ?? (await publishedBundle(node, commit, signal));
  const facts = await node.view.facts(epoch);
  const { receipts } = decodeBundle(block);
  const answers = slotAnswers(receipts, slots, (slot) => quorumOf(facts.committee(node.index, slot).length));
  if (answers === undefined) return giveUp(node, epoch, slots);
  try {
    await answerChallenge(node.sender, { ledger: node.contracts.ProofLedger, node: node.index, epoch, challengeId, answers }, signal);
  } catch (error) {
    if (isRevert(error, "ProofLedger_ChallengeSettled", "ProofLedger_AnswerClosed")) return true;
    const refused = ["ProofLedger_NoQuorum", "ProofLedger_NotInCommittee", "ProofLedger_BadReceipt"];
    if (isRevert(error, ...refused)) return giveUp(node, epoch, slots);
    throw error;
  }
  node.metrics.answers.inc();
  node.log.info({ epoch, challengeId: challengeId.toString(), slots }, "answered a challenge");
  return true;
}

/** The bundle on disk with the receipts that were committed to: only they answer. */
async function ownBundle(store: BundleStore, { epoch, receiptsRoot: root }: ProofCommit): Promise<Uint8Array | undefined> {
  return (await store.ofEpoch(epoch)).find((block) => receiptsRoot(decodeBundle(block).receipts) === root);
}

async function publishedBundle(node: WorkerNode, commit: ProofCommit, signal: AbortSignal): Promise<Uint8Array> {
  const cid = await findBundleCid(node.view.client, { ledger: node.contracts.ProofLedger, ...commit });
  return node.ipfs.getBlock(cid, signal);
}

function giveUp(node: WorkerNode, epoch: number, slots: readonly number[]): false {
  node.metrics.unanswerable.inc();
  node.log.error({ epoch, slots }, "a challenge names slots without receipts: the commit becomes void and the stake is slashed");
  return false;
}
