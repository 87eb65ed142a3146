/**
 * node test/run.ts [--all] [group…]: runs groups of tests in order. Without names all but those of EXTRA, as far as this
 * machine can, and says what it left out; with --all, or by name, what cannot run has failed.
 * The last line is "N passed, N failed"; the exit code is 1 if anything failed or nothing ran, 2 for an unknown group.
 */
import { availableParallelism } from "node:os";
import { inLanes } from "./runner/batches.ts";
import { capturesPackets, startsAnvil, startsPostgres, whyNot } from "./runner/machine.ts";
import { add, NOTHING, type Outcome } from "./runner/outcome.ts";
import { runCheck } from "./runner/runCheck.ts";
import { runCoverage } from "./runner/runCoverage.ts";
import { runHardhat } from "./runner/runHardhat.ts";
import { runMocha } from "./runner/runMocha.ts";

const UNIT_AREAS = ["core", "runtime", "chain", "node", "workers", "ipfs", "cli", "devnet", "coverage", "bench", "web"];

/** What runs at once, where it shares nothing: much of it waits for epochs and timeouts. */
const LANES = Math.min(2, availableParallelism());
/** Test files of ten seconds and more: they begin. */
const LONGEST = [
  "test/indexer/protocol.test.ts",
  "test/indexer/recovery.test.ts",
  "test/indexer/reorg.test.ts",
  "test/indexer/lifecycle.test.ts",
  "test/indexer/postgres.test.ts",
  "test/node/client/client.test.ts",
  "test/node/payment/payments.test.ts",
  "test/workers/challengeGame.test.ts",
  "test/node/relay.test.ts",
  "test/node/witness/witness.test.ts",
  "test/node/payment/crash.test.ts",
  "test/workers/process.test.ts",
  "test/node/link/link.test.ts",
  "test/cli/snapshot/story.test.ts",
  "test/node/socks5/server.test.ts",
  "test/node/session/session.test.ts",
  "test/node/circuit/relayServer.test.ts",
  "test/runtime/txQueue.test.ts",
];

const GROUPS: Record<string, () => Promise<Outcome>> = {
  async lint() {
    const eslint = () => runCheck("eslint", ["node_modules/eslint/bin/eslint.js", ".", "--max-warnings", "0"]);
    const contracts = async () =>
      sum([
        await runCheck("solhint", ["node_modules/solhint/solhint.js", "--max-warnings", "0", "contracts/**/*.sol"]),
        leavesOut("forge", "forge lint") ? NOTHING : await runCheck("forge lint", ["test/runner/forgeLint.ts"]),
        await runCheck("contracts compile", ["node_modules/hardhat/dist/src/cli.js", "build"]),
        await runCheck("generated ABIs are those of the contracts", ["contracts/exportAbi.ts", "--check"]),
      ]);
    return sum(await inLanes([eslint, contracts], LANES, (check) => check()));
  },
  async types() {
    const projects: [title: string, project: string][] = [["tsc", "."], ["tsc (indexer)", "indexer"], ["tsc (web)", "web"], ["tsc (e2e-web)", "test/e2e-web"]];
    return sum(await inLanes(projects, LANES, ([title, project]) => runCheck(title, ["node_modules/typescript7/bin/tsc", "-p", project])));
  },
  contracts: () => runHardhat(),
  unit() {
    const patterns = UNIT_AREAS.map((area) => `test/${area}/**/*.test.ts`).concat("test/*.test.ts");
    const chainless = leavesOut("anvil", "unit tests that start a local chain");
    return runMocha(patterns, { timeoutMs: 900_000, lanes: LANES, longest: LONGEST, ...(chainless && { only: (file) => !startsAnvil(file) }) });
  },
  async indexer() {
    if (leavesOut("anvil", "indexer")) return NOTHING;
    const embedded = leavesOut("postgres", "the indexer on PostgreSQL");
    const only = (file: string) => !(embedded && startsPostgres(file));
    return runMocha(["test/indexer/**/*.test.ts"], { timeoutMs: 600_000, lanes: LANES, longest: LONGEST, only });
  },
  async e2e() {
    return leavesOut("anvil", "e2e") ? NOTHING : runMocha(["test/e2e/**/*.test.ts"], { timeoutMs: 900_000 });
  },
  async "e2e-web"() {
    if (leavesOut("anvil", "e2e-web") || leavesOut("chromium", "e2e-web")) return NOTHING;
    return runMocha(["test/e2e-web/**/*.test.ts"], { timeoutMs: 900_000 });
  },
  async chaos() {
    if (leavesOut("lab", "chaos")) return NOTHING;
    const chainless = leavesOut("anvil", "chaos with whole daemons");
    const blind = leavesOut("tshark", "captures on the wire");
    const only = (file: string) => !(chainless && startsAnvil(file)) && !(blind && capturesPackets(file));
    return runMocha(["test/chaos/**/*.test.ts"], { timeoutMs: 300_000, only });
  },
  coverage: runCoverage,
  invariants: () =>
    runHardhat({ task: ["test", "solidity", "--grep", "invariant_"], env: { X0T_INVARIANT_RUNS: "2560" }, timeoutMs: 1_800_000 }),
};

/** Run only if asked for by name: the tests of `contracts` once more, slower, or ten times as long. */
const EXTRA = ["coverage", "invariants"];

const leftOut: string[] = [];

/** Whether `what` is not run because this machine lacks what it needs, and nobody insisted. */
function leavesOut(program: "anvil" | "forge" | "lab" | "tshark" | "chromium" | "postgres", what: string): boolean {
  const reason = process.argv.length > 2 ? undefined : whyNot(program);
  if (reason !== undefined) leftOut.push(`${what}: ${reason}`);
  return reason !== undefined;
}

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
if (leftOut.length > 0) console.log(`\nLeft out on this machine\n${leftOut.map((what) => `  - ${what}`).join("\n")}`);
if (total.failures.length > 0) console.log(`\nFailures\n${total.failures.map((failure) => `  ✗ ${failure}`).join("\n")}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
