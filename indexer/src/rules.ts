import { readEnvironment } from "../environment.ts";

/** The network's immutable parameters: windows of time that no event repeats; and where its contracts are. */
export const { parameters, addressBook } = readEnvironment();

/** Bits set in a bitmap of slots. */
export function popcount(bitmap: bigint): number {
  let count = 0;
  for (let rest = bitmap; rest > 0n; rest >>= 1n) count += Number(rest & 1n);
  return count;
}

/** Where and when an event happened, as every table of events repeats it. */
export function provenance(event: {
  block: { number: bigint; timestamp: bigint };
  transaction: { hash: `0x${string}` };
}) {
  return {
    timestamp: event.block.timestamp,
    block: Number(event.block.number),
    transactionHash: event.transaction.hash,
  };
}
