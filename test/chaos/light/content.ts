import { createCipheriv } from "node:crypto";

/** Bytes that a seed repeats and that nowhere repeat themselves: AES-CTR's key stream. @returns the next `bytes` of them */
export function createContent(seed: number): (bytes: number) => Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed >>> 0);
  const cipher = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  return (bytes) => cipher.update(Buffer.alloc(bytes));
}
