import type { Hex } from "viem";

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const HIGH = DIGITS.map((digits) => digits.charCodeAt(0));
const LOW = DIGITS.map((digits) => digits.charCodeAt(1));

/**
 * 0x and lower-case digits, for a few hundred bytes at most. One flat string: viem's is a chain of one piece a byte, 1 kB
 * for an id, which counts where thousands of ids are kept.
 */
export function hexOf(bytes: Uint8Array): Hex {
  const codes = [48, 120];
  for (const byte of bytes) codes.push(HIGH[byte] as number, LOW[byte] as number);
  return String.fromCharCode(...codes) as Hex;
}
