import assert from "node:assert/strict";
import { padHex, toHex } from "viem";
import { X0T } from "../../core/parameters.ts";
import { itMeasures } from "./support/itMeasures.ts";
import { time, viem } from "./support/protocol.ts";

const EPOCH = 3_600;
const NODES = 8;
/** An answer comes at most 14 epochs after the weights that it draws by: e − 1 to end(e) + 12 h. */
const LATE = 14;
const ENTROPY = padHex(toHex(1), { size: 32 });
const stakes = (change: number) => Array.from({ length: NODES }, (_, node) => (1_000n + BigInt(node)) * X0T + BigInt(change));

describe("NodeRegistry history", function () {
  this.timeout(120_000);

  /** All stakes change in each of `epochs` epochs: no history is denser. */
  async function churned(epochs: number) {
    const registry = await viem.deployContract("RegistryHarness", [BigInt(EPOCH)]);
    let epoch = Math.floor((await time.latest()) / EPOCH) + 1;
    await time.increaseTo(epoch * EPOCH);
    await registry.write.fill([stakes(0)]);
    for (let past = 1; past <= epochs; past++) {
      await time.increaseTo(++epoch * EPOCH);
      await registry.write.setMany([0, stakes(past)]);
    }
    const drawGas = (before: number) => registry.read.drawGas([ENTROPY, BigInt(epoch - before), 3, 5n]);
    return { registry, drawGas };
  }

  itMeasures("REG-7 a draw for an answer costs no more after a week of changes in every epoch than after a day", async () => {
    const [day, week] = [await churned(LATE + 2), await churned(168)];
    for (const before of [2, LATE]) {
      const [short, long] = [await day.drawGas(before), await week.drawGas(before)];
      assert.ok(long < (short * 110n) / 100n, `${before} epochs before: ${short}, then ${long}`);
    }
  });

  itMeasures("REG-7 who changes its stake in every block makes no draw dearer", async () => {
    const { registry, drawGas } = await churned(LATE + 2);
    const before = await drawGas(LATE);
    for (let change = 100; change < 140; change++) await registry.write.setMany([0, stakes(change)]);
    assert.equal(await drawGas(LATE), before);
  });
});
