import { readContract } from "viem/actions";
import { commitProofs, type CommitProof } from "../chain/commitProofs.ts";
import { readCommit } from "../chain/readCommit.ts";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import { decodeBundle, encodeBundle, slotsOf } from "../core/bundle.ts";
import { blockDigest, cidFromDigest } from "../core/cid.ts";
import { commitDeadline, epochEnd, epochStart, finalAt, slotSeconds } from "../core/epochTime.ts";
import { MAX_COMMIT_BATCH } from "../core/parameters.ts";
import { receiptsRoot } from "../core/receiptTree.ts";
import { isRevert } from "../core/revert.ts";
import { X0tError } from "../core/x0tError.ts";
import { createBundleStore, type BundleStore } from "./bundleStore.ts";
import type { Tick } from "./chainView.ts";
import { collectReceipts, type Proof } from "./collectReceipts.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

/** Slot lengths to wait after an epoch: witnesses send their last receipts within one. */
const SETTLE_SLOTS = 2;

/**
 * Commits each epoch that is over, once: bundle to disk, to IPFS, then its digest on chain. An epoch without a quorum is
 * committed as zero (REG-7). Epochs missed by an outage are caught up while their window is open (PRF-2).
 */
export function createPublishProofs(node: WorkerNode): Job {
  const store = createBundleStore(node.home);
  /** Epochs that need nothing more, by what the chain said in this slot: a reorganisation may undo a commit. */
  const done = new Set<number>();
  let checkedSlot = -1;
  return {
    name: "publishProofs",
    async run(tick, signal) {
      const slot = Math.floor(tick.timestamp / slotSeconds(node.parameters));
      if (slot !== checkedSlot) done.clear();
      checkedSlot = slot;
      const due = openEpochs(node, tick).filter((epoch) => !done.has(epoch));
      const epochs: number[] = [];
      for (const epoch of due) {
        if (await needsCommit(node, epoch)) epochs.push(epoch);
        else done.add(epoch);
      }
      if (epochs.length > 0) await publish(node, store, epochs.slice(0, MAX_COMMIT_BATCH), done, signal);
      if (due.length > 0) await store.prune(oldestOpen(node, tick));
    },
  };
}

/** Epochs whose receipts are in and whose commit window is open, oldest first. */
function openEpochs(node: WorkerNode, { epoch, timestamp }: Tick): number[] {
  const { parameters } = node;
  const settleSeconds = Math.min(SETTLE_SLOTS * slotSeconds(parameters), parameters.commitSeconds / 2);
  const open: number[] = [];
  for (let candidate = epoch - 1; candidate >= 0 && timestamp < commitDeadline(parameters, candidate); candidate--) {
    if (timestamp >= epochEnd(parameters, candidate) + settleSeconds) open.unshift(candidate);
  }
  return open;
}

/** The oldest epoch that is not final. */
function oldestOpen(node: WorkerNode, { epoch, timestamp }: Tick): number {
  let candidate = epoch;
  while (candidate > 0 && timestamp < finalAt(node.parameters, candidate - 1)) candidate--;
  return candidate;
}

async function needsCommit(node: WorkerNode, epoch: number): Promise<boolean> {
  const { NodeRegistry: registry, ProofLedger: ledger } = node.contracts;
  const activeAt = (timestamp: number) =>
    readContract(node.view.client, {
      address: registry,
      abi: nodeRegistryAbi,
      functionName: "isActiveAt",
      args: [node.index, BigInt(timestamp)],
    });
  const [commit, atStart, atEnd] = await Promise.all([
    readCommit(node.view.client, { ledger, node: node.index, epoch }),
    activeAt(epochStart(node.parameters, epoch)),
    activeAt(epochEnd(node.parameters, epoch)),
  ]);
  return commit === undefined && atStart && atEnd;
}

async function publish(node: WorkerNode, store: BundleStore, epochs: number[], done: Set<number>, signal: AbortSignal) {
  const commits: CommitProof[] = [];
  for (const epoch of epochs) {
    const { block, commit } = await prepare(node, store, epoch);
    await node.ipfs.putBlock(block, signal);
    commits.push(commit);
  }
  await commitAll(node, commits, done, signal);
}

/** The bundle on disk, if nothing came since it was made: after a crash the same block, and CID, is published. */
async function prepare(node: WorkerNode, store: BundleStore, epoch: number) {
  const proof = await collectReceipts(node, await node.view.facts(epoch));
  const root = receiptsRoot(proof.receipts);
  const matches = (block: Uint8Array) => {
    const known = decodeBundle(block);
    return receiptsRoot(known.receipts) === root && known.bitmap === proof.bitmap && known.relayedBytes === proof.relayedBytes;
  };
  let block = (await store.ofEpoch(epoch)).find(matches);
  if (block === undefined) {
    block = bundleOf(node, epoch, proof);
    await store.write(epoch, block);
  }
  const { bitmap } = proof;
  const relayedBytes = BigInt(proof.relayedBytes);
  return { block, commit: { node: node.index, epoch, bitmap, receiptsRoot: root, relayedBytes, cid: blockDigest(block) } };
}

function bundleOf(node: WorkerNode, epoch: number, proof: Proof): Uint8Array {
  const { chainId, publicKey } = node;
  return encodeBundle(
    { version: 1, chainId, ledger: node.contracts.ProofLedger, node: node.index, publicKey, epoch, ...proof },
    node.sign,
  );
}

/** All at once; if the chain refuses, one by one, so that one epoch does not hold up the others. */
async function commitAll(node: WorkerNode, commits: CommitProof[], done: Set<number>, signal: AbortSignal): Promise<void> {
  try {
    await commitProofs(node.sender, { ledger: node.contracts.ProofLedger, commits }, signal);
  } catch (error) {
    if (!(error instanceof X0tError) || error.code !== "X0T_REVERTED") throw error;
    if (commits.length > 1) {
      for (const commit of commits) await commitAll(node, [commit], done, signal);
      return;
    }
    const epoch = commits[0]?.epoch as number;
    if (isRevert(error, "ProofLedger_CommitClosed")) {
      node.metrics.missedEpochs.inc();
      node.log.warn({ epoch }, "too late to commit this epoch");
    } else if (!isRevert(error, "ProofLedger_AlreadyCommitted", "ProofLedger_NotActive")) {
      throw error;
    }
    done.add(epoch);
    return;
  }
  for (const { epoch, bitmap, cid, relayedBytes } of commits) {
    done.add(epoch);
    const slots = slotsOf(bitmap).length;
    node.metrics.commits.inc();
    node.metrics.committedSlots.inc(slots);
    node.log.info({ epoch, slots, relayedBytes: relayedBytes.toString(), cid: cidFromDigest(cid) }, "committed the epoch");
  }
}
