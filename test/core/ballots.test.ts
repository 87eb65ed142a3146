import assert from "node:assert/strict";
import { ballotsOf } from "../../core/ballots.ts";

describe("ballots", () => {
  it("GOV-1 are the root of the stake, floored, at every edge", () => {
    for (const root of [0n, 1n, 2n, 3n, 10n ** 9n, 31_622_776_601_683n, 2n ** 45n - 1n, 2n ** 64n + 1n]) {
      assert.equal(ballotsOf(root * root), root);
      assert.equal(ballotsOf((root + 1n) ** 2n - 1n), root);
    }
  });
});
