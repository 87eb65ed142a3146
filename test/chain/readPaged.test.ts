import assert from "node:assert/strict";
import { readPaged } from "../../chain/readPaged.ts";

describe("readPaged", () => {
  it("reads every index in order, a hundred at the same time at most", async () => {
    let running = 0;
    let most = 0;
    const all = await readPaged(250, async (index) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return index * 2;
    });
    assert.deepEqual(all, Array.from({ length: 250 }, (_, index) => index * 2));
    assert.equal(most, 100);
    assert.deepEqual(await readPaged(0, () => Promise.reject(new Error("asked"))), []);
  });
});
