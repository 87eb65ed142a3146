import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import type { Hex } from "viem";

/** One witness's signature that the node was seen in a slot. */
export interface Receipt {
  slot: number;
  /** Registry index of the witness. */
  witness: number;
  /** 65 bytes r ‖ s ‖ v, low s. */
  signature: Hex;
}

export type ReceiptTree = StandardMerkleTree<[number, number, Hex]>;

/** The tree behind `receiptsRoot`; leaves `(uint8 slot, uint32 witness, bytes signature)`. Needs at least one receipt. */
export function receiptTree(receipts: readonly Receipt[]): ReceiptTree {
  return StandardMerkleTree.of(
    receipts.map((receipt): [number, number, Hex] => [receipt.slot, receipt.witness, receipt.signature]),
    ["uint8", "uint32", "bytes"],
  );
}

const ZERO_ROOT: Hex = `0x${"00".repeat(32)}`;

/** `receiptsRoot` of a commit; zero for a bundle without receipts. */
export function receiptsRoot(receipts: readonly Receipt[]): Hex {
  return receipts.length === 0 ? ZERO_ROOT : (receiptTree(receipts).root as Hex);
}

/** Sorted by slot, then witness: the order of the bundle and of an answer. */
export function sortReceipts(receipts: readonly Receipt[]): Receipt[] {
  return [...receipts].sort((a, b) => a.slot - b.slot || a.witness - b.witness);
}
