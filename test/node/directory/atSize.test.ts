import assert from "node:assert/strict";
import { measureDirectory } from "../../../bench/directoryAtSize.ts";

describe("discovery at size", () => {
  it("NET-2 a directory of 50 nodes in a process of its own: all verified, little memory and time, paths at once", async () => {
    const figures = await measureDirectory(50, () => undefined);
    assert.equal(figures.nodes, 50);
    assert.equal(figures.covered, 1);
    // The whole of it is `node bench/discovery.ts`; a busy machine must not fail this one.
    assert.ok(figures.rssMb - figures.startRssMb < 200, `${figures.rssMb - figures.startRssMb} MB`);
    assert.ok(figures.cpuPercent < 2, `${figures.cpuPercent} % of a core`);
    assert.ok(figures.copyCpuMs < figures.newDescriptorCpuMs / 3, "a copy is not verified again");
    assert.ok(figures.pathMs.median < 20, `${figures.pathMs.median} ms a path`);
  }).timeout(60_000);
});
