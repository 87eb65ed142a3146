/**
 * node test/run.ts [--all] [group…]: runs the groups of tests in order; all of them by default, but those of EXTRA.
 * The last line is "N passed, N failed"; the exit code is 1 if anything failed or nothing ran, 2 for an unknown group.
 */
import { add, NOTHING, type Outcome } from "./runner/outcome.ts";
import { runCheck } from "./runner/runCheck.ts";
import { runCoverage } from "./runner/runCoverage.ts";
import { runHardhat } from "./runner/runHardhat.ts";
import { runMocha } from "./runner/runMocha.ts";

const GROUPS: Record<string, () => Promise<Outcome>> = {
  async lint() {
    return sum([
      await runCheck("eslint", ["node_modules/eslint/bin/eslint.js", ".", "--max-warnings", "0"]),
      await runCheck("solhint", ["node_modules/solhint/solhint.js", "--max-warnings", "0", "contracts/**/*.sol"]),
      await runCheck("contracts compile", ["node_modules/hardhat/dist/src/cli.js", "build"]),
      await runCheck("generated ABIs are those of the contracts", ["contracts/exportAbi.ts", "--check"]),
    ]);
  },
  async types() {
    return sum([
      await runCheck("tsc", ["node_modules/typescript7/bin/tsc", "-p", "."]),
      await runCheck("tsc (indexer)", ["node_modules/typescript7/bin/tsc", "-p", "indexer"]),
    ]);
  },
  contracts: runHardhat,
  unit: () =>
    runMocha(
      ["core", "runtime", "chain", "node", "workers", "ipfs", "cli", "devnet", "coverage"].map((area) => `test/${area}/**/*.test.ts`).concat("test/*.test.ts"),
      { timeoutMs: 600_000 },
    ),
  indexer: () => runMocha(["test/indexer/**/*.test.ts"], { timeoutMs: 300_000 }),
  e2e: () => runMocha(["test/e2e/**/*.test.ts"], { timeoutMs: 600_000 }),
  coverage: runCoverage,
};

/** Run only if asked for by name: the tests of `contracts` once more, slower. */
const EXTRA = ["coverage"];

function sum(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce(add, NOTHING);
}

const asked = process.argv.slice(2).filter((argument) => argument !== "--all");
const unknown = asked.find((name) => !(name in GROUPS));
if (unknown !== undefined) {
  console.error(`There is no group ${unknown}. Groups: ${Object.keys(GROUPS).join(", ")}`);
  process.exit(2);
}

let total = NOTHING;
for (const [name, run] of Object.entries(GROUPS)) {
  if (asked.length > 0 ? !asked.includes(name) : EXTRA.includes(name)) continue;
  console.log(`\n${name}`);
  const startedMs = performance.now();
  const outcome = await run();
  total = add(total, outcome);
  console.log(`  ${outcome.passed} passed, ${outcome.failed} failed in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
}
if (total.failures.length > 0) console.log(`\nFailures\n${total.failures.map((failure) => `  ✗ ${failure}`).join("\n")}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
