import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as yieldOnce } from "node:timers/promises";
import type { EpochFacts } from "../chain/readBundleExpectation.ts";
import { bitmapOf } from "../core/bundle.ts";
import { quorumOf } from "../core/committee.ts";
import { sortReceipts, type Receipt } from "../core/receiptTree.ts";
import { recoverReceipt } from "../core/recoverReceipt.ts";
import { parseSpool, spoolFile, type SpoolRecord } from "../core/spool.ts";
import type { WorkerNode } from "./workerNode.ts";

export interface Proof {
  /** True receipts of committee members, one a witness and slot, in the bundle's order. */
  receipts: Receipt[];
  /** Slots with a quorum. */
  bitmap: bigint;
  /** The node's count of bytes relayed for others. */
  relayedBytes: number;
}

/**
 * What the spool of an epoch proves. A receipt that is false or of no committee member is dropped: one of them in the
 * bundle would have the whole commit doubted.
 */
export async function collectReceipts(node: WorkerNode, facts: EpochFacts): Promise<Proof> {
  const records = await readSpool(join(node.home, spoolFile(facts.epoch)));
  const held = new Map<string, Receipt>();
  let relayedBytes = 0;
  let dropped = 0;
  for (const record of records) {
    if (record.type === "relayed") {
      relayedBytes = record.bytes;
      continue;
    }
    const { slot, witness, signature } = record;
    const key = `${slot}/${witness}`;
    if (held.has(key)) continue;
    // A full epoch takes a second of ECDSA: the other nodes of this process have work too.
    if (held.size % 16 === 15) await yieldOnce();
    if (await isTrue(node, facts, record)) held.set(key, { slot, witness, signature });
    else dropped++;
  }
  if (dropped > 0) {
    node.metrics.droppedReceipts.inc(dropped);
    node.log.warn({ epoch: facts.epoch, dropped }, "receipts were false or of no committee member");
  }
  const receipts = sortReceipts([...held.values()]);
  return { receipts, bitmap: provedSlots(node, facts, receipts), relayedBytes };
}

function provedSlots(node: WorkerNode, facts: EpochFacts, receipts: readonly Receipt[]): bigint {
  const counts = new Map<number, number>();
  for (const { slot } of receipts) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  const proved = [...counts].filter(([slot, count]) => {
    const size = facts.committee(node.index, slot).length;
    return size >= node.parameters.minWitnesses && count >= quorumOf(size);
  });
  return bitmapOf(proved.map(([slot]) => slot));
}

async function isTrue(
  node: WorkerNode,
  facts: EpochFacts,
  { slot, witness, signature }: SpoolRecord & { type: "receipt" },
): Promise<boolean> {
  if (slot < 0 || slot >= node.parameters.slotsPerEpoch || !/^0x[0-9a-f]{128}(1b|1c)$/.test(signature)) return false;
  if (!facts.committee(node.index, slot).includes(witness)) return false;
  const at = { chainId: node.chainId, ledger: node.contracts.ProofLedger, epoch: facts.epoch, node: node.index };
  const signer = await recoverReceipt(at, slot, signature);
  return signer !== undefined && signer === facts.witnessKey(witness);
}

/** An epoch without a spool is one in which nothing was witnessed. */
async function readSpool(file: string): Promise<SpoolRecord[]> {
  try {
    return parseSpool(await readFile(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
