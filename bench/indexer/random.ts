import { createHash } from "node:crypto";
import type { Address, Hex } from "viem";

export interface Random {
  /** 0 ≤ value < `bound` ≤ 2^32. */
  below(bound: number): number;
  pick<T>(list: readonly T[]): T;
  /** 0 to `count` - 1 in any order. */
  shuffled(count: number): number[];
  hash(): Hex;
  address(): Address;
}

/** The same numbers for the same seed. */
export function createRandom(seed: string): Random {
  let [counter, block, offset] = [0, Buffer.alloc(0), 0];
  const take = (length: number): Buffer => {
    if (offset + length > block.length) {
      block = createHash("shake256", { outputLength: 4096 }).update(`${seed}/${counter++}`).digest();
      offset = 0;
    }
    offset += length;
    return block.subarray(offset - length, offset);
  };
  const below = (bound: number) => Math.floor((take(4).readUInt32BE() / 2 ** 32) * bound);
  return {
    below,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    shuffled: (count) =>
      Array.from({ length: count }, (_, value) => ({ value, key: below(2 ** 32) }))
        .sort((a, b) => a.key - b.key)
        .map(({ value }) => value),
    hash: () => `0x${take(32).toString("hex")}`,
    address: () => `0x${take(20).toString("hex")}`,
  };
}
