import { bytesToHex, hexToBytes, type Hex } from "viem";
import { X0tError } from "../../core/x0tError.ts";

/** Payloads of the witness protocol (NET-17, NET-21); big-endian. */

const SIGNATURE_BYTES = 65;
const RECEIPT_BYTES = 9 + 4 + SIGNATURE_BYTES;

export interface SlotName {
  epoch: number;
  slot: number;
}

/** Why a witness gives no receipt: no tunnel to the node, nothing came through it, something false did, no two neighbours to try it with. */
export const MISS_UNREACHABLE = 1;
export const MISS_NO_ANSWER = 2;
export const MISS_BAD_ANSWER = 3;
export const MISS_NO_PATH = 4;
export type MissReason = typeof MISS_UNREACHABLE | typeof MISS_NO_ANSWER | typeof MISS_BAD_ANSWER | typeof MISS_NO_PATH;

/** For metrics and logs; what a peer made up is "unknown". */
export function missName(reason: number): string {
  return ["unknown", "unreachable", "no_answer", "bad_answer", "no_path"][reason] ?? "unknown";
}

/** RECEIPT: epoch u64, slot u8, node u32, signature 65. */
export function encodeReceipt(receipt: SlotName & { node: number; signature: Hex }): Uint8Array {
  const node = Buffer.alloc(4);
  node.writeUInt32BE(receipt.node);
  return Buffer.concat([slotBytes(receipt), node, hexToBytes(receipt.signature, { size: SIGNATURE_BYTES })]);
}

export function decodeReceipt(payload: Uint8Array): SlotName & { node: number; signature: Hex } {
  expectLength(payload, RECEIPT_BYTES, "RECEIPT");
  const node = new DataView(payload.buffer, payload.byteOffset).getUint32(9);
  return { ...readSlot(payload, 0), node, signature: bytesToHex(payload.subarray(13)) };
}

/** FORWARDED: the witness that gave it, as its link to the carrier proved, and its RECEIPT (NET-20). */
export function encodeForwarded(witness: number, receipt: Uint8Array): Uint8Array {
  const index = Buffer.alloc(4);
  index.writeUInt32BE(witness);
  return Buffer.concat([index, receipt]);
}

export function decodeForwarded(payload: Uint8Array): { witness: number; receipt: Uint8Array } {
  expectLength(payload, 4 + RECEIPT_BYTES, "FORWARDED");
  return { witness: new DataView(payload.buffer, payload.byteOffset).getUint32(0), receipt: payload.subarray(4) };
}

/** MISS: reason u8, epoch u64, slot u8. */
export function encodeMiss(reason: MissReason, at: SlotName): Uint8Array {
  return Buffer.concat([Buffer.from([reason]), slotBytes(at)]);
}

export function decodeMiss(payload: Uint8Array): SlotName & { reason: number } {
  expectLength(payload, 10, "MISS");
  return { reason: payload[0] as number, ...readSlot(payload, 1) };
}

/** PULL: epoch u64. */
export function encodePull(epoch: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(epoch));
  return bytes;
}

export function decodePull(payload: Uint8Array): number {
  expectLength(payload, 8, "PULL");
  return readEpoch(payload, 0);
}

function slotBytes({ epoch, slot }: SlotName): Uint8Array {
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(BigInt(epoch));
  bytes.writeUInt8(slot, 8);
  return bytes;
}

function readSlot(payload: Uint8Array, at: number): SlotName {
  return { epoch: readEpoch(payload, at), slot: payload[at + 8] as number };
}

function readEpoch(payload: Uint8Array, at: number): number {
  const epoch = new DataView(payload.buffer, payload.byteOffset).getBigUint64(at);
  if (epoch > BigInt(Number.MAX_SAFE_INTEGER)) throw new X0tError("X0T_BAD_MESSAGE", `Epoch ${epoch} is out of range.`);
  return Number(epoch);
}

function expectLength(payload: Uint8Array, length: number, what: string): void {
  if (payload.length === length) return;
  throw new X0tError("X0T_BAD_MESSAGE", `${what} has ${payload.length} bytes instead of ${length}.`);
}
