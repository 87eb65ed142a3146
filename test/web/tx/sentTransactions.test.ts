import assert from "node:assert/strict";
import { forgetSent, onSentChange, readSent, rememberSent, type SentTransaction } from "../../../web/src/tx/sentTransactions.ts";

function memory() {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

const sent = (n: number): SentTransaction => ({ hash: `0x${n.toString(16).padStart(64, "0")}`, from: `0x${"a".repeat(40)}`, title: `Stake ${n}`, chainId: 31337, sentAtMs: n });

describe("what a tab sent", () => {
  it("survives a reload, newest first, the twenty newest", () => {
    const store = memory();
    for (let n = 0; n < 30; n++) rememberSent(sent(n), store);
    const read = readSent(store);
    assert.equal(read.length, 20);
    assert.deepEqual(read[0], sent(29));
    assert.deepEqual(read.at(-1), sent(10));
  });

  it("is told once, with the nonce when it is known", () => {
    const store = memory();
    let changes = 0;
    const stop = onSentChange(() => changes++);
    rememberSent(sent(1), store);
    rememberSent({ ...sent(1), nonce: 7 }, store);
    assert.deepEqual(readSent(store), [{ ...sent(1), nonce: 7 }]);
    forgetSent(store);
    stop();
    rememberSent(sent(2), store);
    assert.deepEqual([changes, readSent(store).length], [3, 1]);
  });

  it("is nothing where the storage holds something else", () => {
    for (const text of ["{", "7", "null", '[{"hash":1}]', "[null]"]) {
      const store = memory();
      store.setItem("x0t.sent", text);
      assert.deepEqual(readSent(store), []);
    }
  });
});
