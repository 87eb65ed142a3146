import assert from "node:assert/strict";
import { createCrowd } from "../../../node/circuit/crowd.ts";
import { createFairQueue } from "../../../node/circuit/fairQueue.ts";
import { createHandshakeBudget, type HandshakeKind } from "../../../node/circuit/handshakeBudget.ts";

const COST_MS = 1;

describe("node/circuit handshake budget (NET-6)", () => {
  /** Handshakes that take COST_MS of a clock that else moves only with `idle`; counts who began. */
  function harness() {
    const clock = { ms: 0 };
    const budget = createHandshakeBudget(0.25, () => clock.ms);
    const begun = { ticket: 0, token: 0, work: 0 };
    const refused = { ticket: 0, token: 0, work: 0 };
    const come = (kind: HandshakeKind, owner = "one") => {
      void budget.enter(kind, owner).then((granted) => {
        if (!granted) return void refused[kind]++;
        begun[kind]++;
        clock.ms += COST_MS;
        budget.charge(kind, COST_MS);
      });
    };
    /** Keeps `wanted` handshakes of each kind waiting for `ms` of the clock. */
    const press = async (wanted: Partial<Record<HandshakeKind, number>>, ms: number) => {
      const untilMs = clock.ms + ms;
      while (clock.ms < untilMs) {
        for (const [kind, count] of Object.entries(wanted) as [HandshakeKind, number][]) {
          while (budget.waiting(kind) < count) come(kind);
        }
        await new Promise((resolve) => setTimeout(resolve, 1));
        clock.ms += 10;
      }
    };
    return { clock, budget, begun, refused, come, press };
  }

  it("takes at most a quarter of the loop's time, shared 50:30:20", async () => {
    const { budget, begun, press } = harness();
    await press({ ticket: 20, token: 20, work: 20 }, 1_000); // what was saved up
    const before = { ...begun };
    await press({ ticket: 20, token: 20, work: 20 }, 4_000);
    const made = { ticket: begun.ticket - before.ticket, token: begun.token - before.token, work: begun.work - before.work };
    const all = made.ticket + made.token + made.work;
    assert.ok(all * COST_MS <= 0.27 * 4_000 && all * COST_MS >= 0.2 * 4_000, `${all} ms of 4 s`);
    for (const [kind, share] of [["ticket", 0.5], ["token", 0.3], ["work", 0.2]] as const) {
      assert.ok(Math.abs(made[kind] / all - share) < 0.05, `${kind}: ${made[kind]} of ${all}`);
    }
    budget.close();
  }).timeout(20_000);

  it("lets a kind borrow what the others leave, and gives it back at once", async () => {
    const { clock, budget, begun, come, press } = harness();
    await press({ work: 20 }, 1_000);
    const before = begun.work;
    await press({ work: 20 }, 2_000);
    assert.ok(begun.work - before >= 0.2 * 2_000, `${begun.work - before} ms of 2 s`);
    const startedMs = clock.ms;
    for (let i = 0; i < 10; i++) come("ticket");
    while (begun.ticket < 10) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(clock.ms - startedMs <= 12, "tickets had their own share saved");
    budget.close();
  }).timeout(20_000);

  it("bounds the queue, drops the newest of who has the most in it, and refuses who waits for too long", async () => {
    const { budget, begun, refused, come } = harness();
    for (let i = 0; i < 1_000; i++) come("token", "greedy");
    come("token", "modest");
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(budget.waiting("token") <= 128);
    assert.ok(refused.token >= 1_000 - 128 - 300, `${refused.token}`);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    assert.equal(budget.waiting("token"), 0, "the clock stood still: the rest waited in vain");
    assert.equal(begun.token + refused.token, 1_001);
  }).timeout(10_000);

  it("closing refuses all that wait", async () => {
    const { budget, begun, refused, come } = harness();
    for (let i = 0; i < 100; i++) come("work");
    budget.close();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(begun.work + refused.work, 100);
    assert.ok(refused.work >= 98);
  });

  it("one handshake a turn of the loop: data goes in between", async () => {
    const { budget, begun, come } = harness();
    for (let i = 0; i < 10; i++) come("ticket");
    let most = 0;
    for (let before = 0; begun.ticket < 10; before = begun.ticket) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, begun.ticket - before);
    }
    assert.ok(most <= 2, `${most}`);
    budget.close();
  });
});

describe("node/circuit queues (NET-6)", () => {
  it("a fair queue lets owners take turns", () => {
    const queue = createFairQueue<string>(6);
    for (const item of ["a1", "a2", "a3", "b1", "c1"]) assert.equal(queue.push(item[0] as string, item), undefined);
    assert.equal(queue.remove("c", "c1"), true);
    assert.equal(queue.remove("c", "c1"), false);
    assert.deepEqual([queue.shift(), queue.shift(), queue.shift(), queue.shift(), queue.shift()], ["a1", "b1", "a2", "a3", undefined]);
    assert.equal(queue.size, 0);
  });

  it("a full fair queue drops the newest of the longest line", () => {
    const queue = createFairQueue<string>(3);
    for (const item of ["a1", "a2", "b1"]) queue.push(item[0] as string, item);
    assert.equal(queue.push("c", "c1"), "a2");
    assert.equal(queue.push("a", "a3"), "a3");
    assert.equal(queue.size, 3);
  });

  it("a crowd is bounded over all and per group; the oldest goes", () => {
    const crowd = createCrowd<number>(4, 2);
    assert.deepEqual([1, 2, 3].map((each) => crowd.add(each, "a")), [undefined, undefined, 1]);
    assert.deepEqual([4, 5].map((each) => crowd.add(each, "b")), [undefined, undefined]);
    assert.equal(crowd.add(6, "c"), 2);
    assert.deepEqual([...crowd], [3, 4, 5, 6]);
    assert.equal(crowd.delete(2), false);
    assert.equal(crowd.delete(3), true);
    assert.equal(crowd.size, 3);
  });
});
