import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { gasNetwork } from "./support/gasNetwork.ts";
import { measureSmall, TARGETS, type Gas } from "./support/gasScenario.ts";
import { itMeasures } from "./support/itMeasures.ts";
import { loadFixture } from "./support/protocol.ts";

const SNAPSHOT = new URL("./gas.snapshot.json", import.meta.url);

/** Per cent by which a figure may differ from the snapshot. Whom the seed draws differs from run to run. */
const DRIFT: Record<string, number> = { answer: 5 };
const LEAST_DRIFT = 0.5;

describe("gas", () => {
  let gas: Gas;
  let known: Gas;
  before(async () => {
    gas = await measureSmall(await loadFixture(gasNetwork));
    if (process.env["X0T_GAS_SNAPSHOT"] === "write") await writeFile(SNAPSHOT, `${JSON.stringify(gas, null, 2)}\n`);
    known = JSON.parse(await readFile(SNAPSHOT, "utf8")) as Gas;
  });

  itMeasures("every act costs what the snapshot says (X0T_GAS_SNAPSHOT=write renews it)", () => {
    assert.deepEqual(Object.keys(gas), Object.keys(known));
    for (const [act, used] of Object.entries(gas)) {
      const drift = Math.abs(used - known[act]!);
      assert.ok(drift <= (known[act]! * (DRIFT[act] ?? LEAST_DRIFT)) / 100, `${act}: ${used}, the snapshot says ${known[act]}`);
    }
  });

  itMeasures("every act stays below its target", () => {
    const over = Object.entries(TARGETS).filter(([act, target]) => !(gas[act]! <= target));
    assert.deepEqual(over, []);
  });
});
