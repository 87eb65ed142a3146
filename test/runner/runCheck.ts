import type { Outcome } from "./outcome.ts";
import { spawnNode } from "./spawnNode.ts";

const TIMEOUT_MS = 300_000;
const SHOWN_LINES = 60;

/** A tool that says yes or no by its exit code counts as one test. */
export async function runCheck(title: string, args: readonly string[]): Promise<Outcome> {
  const lines: string[] = [];
  const { code, timedOut } = await spawnNode(args, { onLine: (line) => lines.push(line), timeoutMs: TIMEOUT_MS });
  const problem = timedOut ? `it did not end in ${TIMEOUT_MS / 1000} s` : code === 0 ? undefined : `exit code ${code}`;
  if (problem === undefined) {
    console.log(`  ✓ ${title}`);
    return { passed: 1, failed: 0, failures: [] };
  }
  const failure = `${title}: ${problem}\n${lines.slice(-SHOWN_LINES).map((line) => `    ${line}`).join("\n")}`;
  console.log(`  ✗ ${failure}`);
  return { passed: 0, failed: 1, failures: [failure] };
}
