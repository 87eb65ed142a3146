import assert from "node:assert/strict";
import { runFloods } from "./floods/run.ts";

describe("floods (NET-6, NET-16)", () => {
  it("half-open handshakes, slow readers and garbage at every port: an honest client goes on, memory is bounded, nothing dies", async () => {
    const rows = await runFloods({ halfOpen: 500, slowReaders: 50, garbageBytes: 2e6, seconds: 1 }, () => undefined);
    assert.deepEqual(rows.map(({ flood }) => flood), ["half-open", "slow", "garbage"]);
    for (const { flood, quiet, flooded, grownMegabytes, attack } of rows) {
      const told = `${flood}: ${JSON.stringify({ quiet, flooded, grownMegabytes, attack })}`;
      assert.equal(flooded.failed, 0, told);
      // Twice, and what a busy machine adds to figures of one second: the command with its long times is exact.
      assert.ok(flooded.requests.p50 <= 2 * quiet.requests.p50 + 20, told);
      assert.ok(flooded.circuits.count > 0 && grownMegabytes <= 128, told);
      assert.ok(attack.connections >= (flood === "half-open" ? 300 : flood === "slow" ? 50 : 32), told);
    }
  }).timeout(60_000);
});
