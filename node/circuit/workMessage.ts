import { hash } from "node:crypto";
import type { NodeId } from "../../core/ids.ts";
import { PREFACE_VALUE_BYTES } from "./preface.ts";

// The solver's thread loads this and no library: it would start for longer than it works.
const LABEL = Buffer.from("x0t-work/1");

/** "x0t-work/1" ‖ nodeId 32 ‖ minute u32 ‖ value 16: what is hashed. */
export function workMessage(nodeId: NodeId, minute: number, value: Uint8Array): Buffer {
  const message = Buffer.alloc(LABEL.length + 32 + 4 + PREFACE_VALUE_BYTES);
  message.set(LABEL, 0);
  message.set(Buffer.from(nodeId.slice(2), "hex"), LABEL.length);
  message.writeUInt32BE(minute, LABEL.length + 32);
  message.set(value, LABEL.length + 36);
  return message;
}

/** Leading zero bits of SHA-256(message), at most 32. */
export function workBits(message: Uint8Array): number {
  return Math.clz32(hash("sha256", message, "buffer").readUInt32BE(0));
}
