import { zeroHash, type Address, type Hex } from "viem";
import { bitmapOf } from "../../../core/bundle.ts";
import { quorumOf } from "../../../core/committee.ts";
import { uptimeReceipt } from "../../../core/eip712.ts";
import { receiptTree, receiptsRoot, sortReceipts, type Receipt } from "../../../core/receiptTree.ts";
import { chainId, wallets, witnessKey, type Protocol } from "./protocol.ts";

export async function committeeOf({ ledger }: Protocol, epoch: bigint, node: number, slot: number): Promise<number[]> {
  return [...(await ledger.read.committee([epoch, node, slot]))];
}

export async function signReceipt(
  ledger: Address,
  receipt: { epoch: bigint; slot: number; node: number; witness: number; generation?: number },
): Promise<Receipt> {
  const { epoch, slot, node, witness, generation } = receipt;
  const signature = await witnessKey(witness, generation).signTypedData(
    uptimeReceipt({ chainId, ledger }, { epoch, slot, node }),
  );
  return { slot, witness, signature };
}

/** A quorum of true receipts for each slot, sorted. */
export async function receiptsFor(protocol: Protocol, node: number, epoch: bigint, slots: number[]): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (const slot of slots) {
    const members = await committeeOf(protocol, epoch, node, slot);
    for (const witness of members.slice(0, quorumOf(members.length))) {
      receipts.push(await signReceipt(protocol.ledger.address, { epoch, slot, node, witness }));
    }
  }
  return sortReceipts(receipts);
}

export interface CommitArgs {
  node: number;
  epoch: bigint;
  bitmap: bigint;
  receiptsRoot: Hex;
  relayedBytes: bigint;
  cid: Hex;
}

export function commitArgs(node: number, epoch: bigint, slots: number[], receipts: readonly Receipt[] = []): CommitArgs {
  return {
    node,
    epoch,
    bitmap: bitmapOf(slots),
    receiptsRoot: receiptsRoot(receipts),
    relayedBytes: 123n,
    cid: zeroHash,
  };
}

/** The operator commits `slots` with true receipts for all of them. */
export async function commitTruth(protocol: Protocol, node: number, epoch: bigint, slots: number[]): Promise<Receipt[]> {
  const receipts = await receiptsFor(protocol, node, epoch, slots);
  const account = wallets[node + 1]!.account;
  await protocol.ledger.write.commit([commitArgs(node, epoch, slots, receipts)], { account });
  return receipts;
}

/** What `answer` takes for `slots`, out of the receipts committed. */
export function slotAnswers(committed: readonly Receipt[], slots: number[]) {
  const tree = receiptTree(committed);
  return slots.map((slot) => ({
    slot,
    receipts: committed
      .map((receipt, index) => ({ ...receipt, proof: tree.getProof(index) as Hex[] }))
      .filter((receipt) => receipt.slot === slot)
      .map(({ witness, signature, proof }) => ({ witness, signature, proof })),
  }));
}

/** The same point with the other s: what a malleable recovery would accept. */
export function highS(signature: Hex): Hex {
  const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = n - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.endsWith("1b") ? "1c" : "1b";
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${v}` as Hex;
}
