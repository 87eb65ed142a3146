import { rmSync } from "node:fs";
import { join } from "node:path";
import { measureCoverage, type FileCoverage } from "../coverage/measure.ts";
import { add, type Outcome } from "./outcome.ts";
import { runHardhat } from "./runHardhat.ts";
import { ROOT } from "./spawnNode.ts";

const LEAST_PERCENT = { lines: 98, branches: 95 };

/** Runs the contract tests on instrumented contracts and says what they did not reach. */
export async function runCoverage(): Promise<Outcome> {
  for (const left of ["data", "lcov.info"]) rmSync(join(ROOT, "coverage", left), { recursive: true, force: true });
  // A few runs of the invariants reach what all of them do.
  const args = ["--config", "test/coverage/hardhat.config.ts", "--coverage"];
  const tests = await runHardhat({ args, env: { X0T_INVARIANT_RUNS: "8" }, quiet: true, timeoutMs: 1_200_000 });
  if (tests.passed === 0) return tests;
  const files = measureCoverage(ROOT);
  console.log(`  ${"".padEnd(34)}     lines      branches`);
  for (const file of files) print(file.file.replace("contracts/", ""), file);
  const total = {
    lines: sum(files, ({ lines }) => lines),
    branches: sum(files, ({ branches }) => branches),
    missedLines: files.flatMap(({ missedLines }) => missedLines),
    missedBranches: files.flatMap(({ missedBranches }) => missedBranches),
  };
  print("all", total);
  for (const { file, missedLines, missedBranches } of files) {
    for (const line of missedLines) console.log(`  not reached: ${file}:${line}`);
    for (const { line, text } of missedBranches) console.log(`  not seen: ${file}:${line} ${text}`);
  }
  return [
    judge("lines", total.lines, total.missedLines.length),
    judge("branches", total.branches, total.missedBranches.length),
  ].reduce(add, tests);
}

function print(name: string, { lines, branches, missedLines, missedBranches }: Omit<FileCoverage, "file">): void {
  const share = (count: number, missed: number) => `${percent(count, missed).toFixed(1).padStart(6)} % ${`${count - missed}/${count}`.padStart(8)}`;
  console.log(`  ${name.padEnd(28)} ${share(lines, missedLines.length)} ${share(branches, missedBranches.length)}`);
}

function judge(what: keyof typeof LEAST_PERCENT, count: number, missed: number): Outcome {
  const title = `coverage of ${what} ${percent(count, missed).toFixed(2)} % (at least ${LEAST_PERCENT[what]} %)`;
  const good = percent(count, missed) >= LEAST_PERCENT[what];
  console.log(`  ${good ? "✓" : "✗"} ${title}`);
  return good ? { passed: 1, failed: 0, failures: [] } : { passed: 0, failed: 1, failures: [title] };
}

function percent(count: number, missed: number): number {
  return count === 0 ? 100 : ((count - missed) / count) * 100;
}

function sum(files: readonly FileCoverage[], of: (file: FileCoverage) => number): number {
  return files.reduce((total, file) => total + of(file), 0);
}
