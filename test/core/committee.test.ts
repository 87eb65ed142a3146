import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { padHex, toHex, type Hex } from "viem";
import { committeeOf, quorumOf } from "../../core/committee.ts";

interface Vector {
  seed: Hex;
  node: number;
  slot: number;
  weights: string[];
  committee: number[];
}
const vectors = JSON.parse(
  await readFile(new URL("../vectors/committee.json", import.meta.url), "utf8"),
) as Vector[];

describe("committeeOf", () => {
  it("REG-7 draws the shared vectors, which the contracts draw too", () => {
    assert.ok(vectors.length >= 12);
    for (const { seed, node, slot, weights, committee } of vectors) {
      assert.deepEqual(committeeOf({ seed, node, slot, weights: weights.map(BigInt) }), committee);
    }
  });

  it("REG-7 never draws the node itself, nobody twice, nobody without weight", () => {
    const weights = [5n, 0n, 7n, 1n, 0n, 3n, 9n, 2n];
    for (let i = 0; i < 200; i++) {
      const drawn = committeeOf({ seed: padHex(toHex(i), { size: 32 }), node: 2, slot: i % 12, weights });
      assert.equal(drawn.length, 5);
      assert.equal(new Set(drawn).size, 5);
      assert.ok(drawn.every((index) => index !== 2 && weights[index]! > 0n));
    }
  });

  it("PRF-4 a quorum is more than half", () => {
    assert.deepEqual([1, 2, 3, 4, 5].map(quorumOf), [1, 2, 2, 3, 3]);
  });
});
