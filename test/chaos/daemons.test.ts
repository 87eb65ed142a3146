import assert from "node:assert/strict";
import { runPartitions, runRolling, withDaemons } from "./daemons/rows.ts";
import type { RowOptions } from "./row.ts";

/** The long form, with figures: node test/chaos/run.ts partition, rolling. */
const OPTIONS: RowOptions = { trials: 1, seed: 4, rttMs: 0, bytesPerSecond: 300_000, seconds: 6, duplicate: false, onTrial: () => undefined };
/** What a busy machine may take; the targets are 5 s and 10 s. */
const SERVICE_MS = 15_000;
const MESH_MS = 20_000;

describe("chaos: eight daemons on a chain, in namespaces", function () {
  this.timeout(150_000);

  it("NET-8, NET-17, NET-23 serve both halves of a cut network, link up again, and restart one by one without breaking a stream", async () => {
    await withDaemons(async (network) => {
      const [partition] = await runPartitions(network, OPTIONS);
      assert.ok(partition!.figures.outageMs! < SERVICE_MS, `without service for ${partition!.figures.outageMs} ms`);
      assert.ok(partition!.figures.meshMs! < MESH_MS, `full mesh after ${partition!.figures.meshMs} ms`);
      const restarts = await runRolling(network, { ...OPTIONS, trials: 2 });
      assert.deepEqual(restarts.filter(({ ok }) => !ok), []);
    });
  });
});
