import { PACKET_BYTES, UNIT_WEI } from "./parameters.ts";

/** A packet through a tunnel with `depth` relays still to follow costs depth + 1 units (NET-18). */
export function unitsPerPacket(depth: number): number {
  return depth + 1;
}

/** Bytes of one pair by depth; index = relays still to follow. */
export type BytesByDepth = readonly number[];

/** units = Σ over depths of (depth + 1) · ⌊bytes / 100,000⌋ (NET-19). */
export function unitsOf(bytesByDepth: BytesByDepth): bigint {
  let units = 0n;
  for (const [depth, bytes] of bytesByDepth.entries()) {
    units += BigInt(unitsPerPacket(depth)) * BigInt(Math.floor(bytes / PACKET_BYTES));
  }
  return units;
}

export function weiOfUnits(units: bigint): bigint {
  return units * UNIT_WEI;
}
