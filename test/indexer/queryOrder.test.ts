import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { createAnswerCache } from "../../indexer/src/api/answerCache.ts";
import { createLanes, LIGHT_COST } from "../../indexer/src/api/lanes.ts";
import { gateStatements } from "../../indexer/src/api/statementGate.ts";

/** A database whose statements end when the test says so. */
function createDatabase() {
  const running = new Map<string, () => void>();
  const database = {
    query: (...args: unknown[]) => new Promise<unknown>((resolve) => running.set(String(args[0]), () => resolve(args[0]))),
  };
  gateStatements(database, 60_000);
  const end = async (statement: string) => {
    const resolve = running.get(statement);
    assert.ok(resolve, `${statement} runs`);
    running.delete(statement);
    resolve();
    for (let step = 0; step < 5; step++) await turn();
  };
  const until = async (statement: string) => {
    const deadline = performance.now() + 10_000;
    while (!running.has(statement)) {
      assert.ok(performance.now() < deadline, `${statement} runs in the end`);
      await turn();
    }
  };
  return { query: database.query, running: () => [...running.keys()], end, until };
}

describe("the order of queries", () => {
  it("lets statements of a costly query pass one by one, each after the cheap ones that are under way", async () => {
    const { query, running, end, until } = createDatabase();
    const inLane = createLanes();
    const costly = inLane(LIGHT_COST + 1, () => Promise.all([query("scan 1"), query("scan 2")]));
    const second = inLane(LIGHT_COST + 1, () => query("scan 3"));
    for (let step = 0; step < 5; step++) await turn();
    assert.deepEqual(running(), ["scan 1"]);
    const cheap = inLane(1, () => query("cheap"));
    assert.deepEqual(running(), ["scan 1", "cheap"]);
    await end("scan 1");
    assert.deepEqual(running(), ["cheap"], "the next scan stands back");
    await end("cheap");
    assert.equal(await cheap, "cheap");
    await until("scan 2");
    assert.deepEqual(running(), ["scan 2"]);
    assert.deepEqual(running(), ["scan 2"], "one costly query at a time");
    await end("scan 2");
    assert.deepEqual(await costly, ["scan 1", "scan 2"]);
    await until("scan 3");
    await end("scan 3");
    assert.equal(await second, "scan 3");
  });

  it("goes on after a statement that failed", async () => {
    const database = { query: (...args: unknown[]) => (args[0] === "bad" ? Promise.reject(new Error("bad")) : Promise.resolve(args[0])) };
    gateStatements(database);
    const inLane = createLanes();
    const ask = (statement: string) => inLane(LIGHT_COST + 1, () => database.query(statement));
    await assert.rejects(ask("bad"), /bad/);
    assert.equal(await ask("good"), "good");
  });
});

describe("answers that are kept", () => {
  it("executes a question once while the database stands, and anew when it has changed", async () => {
    let [state, executed] = ["1", 0];
    const answer = createAnswerCache(() => Promise.resolve(state));
    const execute = () => Promise.resolve({ text: `${++executed}`, keep: true });
    const [first, second] = await Promise.all([answer("q", execute), answer("q", execute)]);
    assert.deepEqual([first.text, second.text], ["1", "1"]);
    assert.equal((await answer("q", execute)).text, "1");
    assert.equal((await answer("other", execute)).text, "2");
    state = "2";
    assert.equal((await answer("q", execute)).text, "3");
  });

  it("keeps no failure, and gives no answer that is older than its question", async () => {
    let executed = 0;
    const answer = createAnswerCache(() => Promise.resolve("1"));
    const fail = () => Promise.resolve({ text: `${++executed}`, keep: false });
    assert.equal((await answer("q", fail)).text, "1");
    assert.equal((await answer("q", fail)).text, "2");

    const reads: ((state: string) => void)[] = [];
    const slow = createAnswerCache(() => new Promise((resolve) => reads.push(resolve)));
    const asked = slow("q", () => Promise.resolve({ text: "old", keep: true }));
    const later = slow("q", () => Promise.resolve({ text: "new", keep: true }));
    reads[0]?.("1");
    assert.equal((await asked).text, "old");
    for (let step = 0; step < 5; step++) await turn();
    assert.equal(reads.length, 2, "the second question waits for a reading of its own");
    reads[1]?.("2");
    assert.equal((await later).text, "new");
  });
});
