import assert from "node:assert/strict";
import { createMemo } from "../../workers/memo.ts";
import { rankOf } from "../../workers/stagger.ts";

describe("stagger", () => {
  const members = [0, 1, 2, 3, 4, 5];

  it("gives every member another place, the same whoever asks", () => {
    const ranks = members.map((member) => rankOf(members, member, "watch/3/100"));
    assert.deepEqual([...ranks].sort(), members);
    assert.deepEqual(ranks, members.map((member) => rankOf([...members].reverse(), member, "watch/3/100")));
  });

  it("puts each member first for some salt: nobody pays for all", () => {
    const firsts = new Set(Array.from({ length: 100 }, (_, epoch) => members.find((member) => rankOf(members, member, `poke/${epoch}`) === 0)));
    assert.equal(firsts.size, members.length);
  });

  it("ranks one who is no member among them", () => {
    assert.ok(rankOf(members, 99, "poke/1") <= members.length);
  });
});

describe("memo", () => {
  it("loads once for all who ask, and again after a failure", async () => {
    const memo = createMemo<number>(10);
    let loads = 0;
    const load = async () => ++loads;
    assert.deepEqual(await Promise.all([memo("a", load), memo("a", load)]), [1, 1]);
    await assert.rejects(memo("b", () => Promise.reject(new Error("lost"))));
    assert.equal(await memo("b", load), 2);
  });

  it("forgets the oldest beyond its limit", async () => {
    const memo = createMemo<string>(2);
    for (const key of ["a", "b", "c"]) await memo(key, async () => key);
    assert.equal(await memo("a", async () => "again"), "again");
    assert.equal(await memo("c", async () => "again"), "c");
  });
});
