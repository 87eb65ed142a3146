import type { Outcome } from "./outcome.ts";
import { spawnNode } from "./spawnNode.ts";

/** The last thing Hardhat says: "130 passing (9 solidity, 121 mocha)" and "5 failing (…)", without the brackets if all are of one kind. */
const SUMMARY = /^\s*(\d+) (passing|failing)(?: \(\d+ (?:solidity|mocha).*)?$/;

export interface HardhatOptions {
  /** Of Hardhat itself, before the task. */
  args?: readonly string[];
  task?: readonly string[];
  env?: Record<string, string>;
  quiet?: boolean;
  timeoutMs?: number;
}

/** Runs the contract tests, Solidity and TypeScript; shows Hardhat's report as it comes, or only if tests fail. */
export async function runHardhat({ args = [], task = ["test"], env, quiet = false, timeoutMs = 900_000 }: HardhatOptions = {}): Promise<Outcome> {
  const counts = { passing: 0, failing: 0 };
  const lines: string[] = [];
  const onLine = (line: string) => {
    lines.push(line);
    if (!quiet) console.log(`  ${line}`);
    const [, count, kind] = SUMMARY.exec(line) ?? [];
    if (kind === "passing" || kind === "failing") counts[kind] = Number(count);
  };
  const { code, timedOut } = await spawnNode(["node_modules/hardhat/dist/src/cli.js", ...args, ...task], { onLine, timeoutMs, ...(env && { env }) });
  const failed = counts.failing;
  if (quiet && failed > 0) console.log(lines.join("\n").replace(/^/gm, "  "));
  const failures = failed === 0 ? [] : [`contracts: ${failed} failing, see Hardhat's report above`];
  if (timedOut) return { passed: counts.passing, failed: failed + 1, failures: [...failures, `hardhat test did not end in ${timeoutMs / 1000} s`] };
  if (code !== 0 && failed === 0) {
    return { passed: counts.passing, failed: 1, failures: [`hardhat test broke off (exit code ${code})\n${lines.slice(-40).join("\n").replace(/^/gm, "    ")}`] };
  }
  return { passed: counts.passing, failed, failures };
}
