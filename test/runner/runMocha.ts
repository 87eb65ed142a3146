import { globSync } from "node:fs";
import { batchesOf, inLanes } from "./batches.ts";
import { add, NOTHING, type Outcome } from "./outcome.ts";
import { ROOT, spawnNode } from "./spawnNode.ts";

interface MochaEvent {
  fullTitle?: string;
  duration?: number;
  err?: string;
  stack?: string;
}

/** Events of mocha's json-stream reporter: ["pass" | "fail" | "start" | "end", {…}]. */
function parseEvent(line: string): [string, MochaEvent] | undefined {
  if (!line.startsWith("[")) return undefined;
  try {
    const [type, event] = JSON.parse(line) as [unknown, unknown];
    return typeof type === "string" ? [type, event as MochaEvent] : undefined;
  } catch {
    return undefined;
  }
}

export interface MochaOptions {
  timeoutMs: number;
  testTimeoutMs?: number;
  /** Which of the files to run; all by default. */
  only?: (file: string) => boolean;
  /** Processes at once, each with a part of the files; one by default. Test files share no ports and no folders. */
  lanes?: number;
  /** Files to begin with, each by itself. */
  longest?: readonly string[];
}

/** Runs the test files that match; a run that breaks off counts as one failure more. */
export async function runMocha(patterns: readonly string[], options: MochaOptions): Promise<Outcome> {
  const files = globSync([...patterns], { cwd: ROOT }).filter(options.only ?? (() => true)).sort();
  if (files.length === 0) return { passed: 0, failed: 1, failures: [`no test file matches ${patterns.join(", ")}`] };
  const { lanes = 1, longest = [] } = options;
  const batches = lanes === 1 ? [files] : batchesOf(files, longest);
  return (await inLanes(batches, lanes, (batch) => runBatch(batch, options))).reduce(add, NOTHING);
}

async function runBatch(files: readonly string[], options: MochaOptions): Promise<Outcome> {
  const outcome: Outcome = { passed: 0, failed: 0, failures: [] };
  const other: string[] = [];
  let ended = false;
  const fail = (failure: string) => {
    outcome.failed++;
    outcome.failures.push(failure);
    console.log(`  ✗ ${failure}`);
  };
  const onLine = (line: string) => {
    const event = parseEvent(line);
    if (event === undefined) {
      other.push(line);
      return;
    }
    const [type, { fullTitle = "", duration = 0, stack, err }] = event;
    if (type === "pass") {
      outcome.passed++;
      console.log(`  ✓ ${fullTitle}${duration > 500 ? ` (${(duration / 1000).toFixed(1)} s)` : ""}`);
    } else if (type === "fail") fail(`${fullTitle}\n${(stack ?? err ?? "").replace(/^/gm, "    ")}`);
    else if (type === "end") ended = true;
  };
  const timeout = options.testTimeoutMs === undefined ? [] : ["--timeout", String(options.testTimeoutMs)];
  const { code, timedOut } = await spawnNode(
    ["node_modules/mocha/bin/mocha.js", "--reporter", "json-stream", ...timeout, ...files],
    { onLine, timeoutMs: options.timeoutMs },
  );
  if (timedOut) fail(`the tests did not end in ${options.timeoutMs / 1000} s (something was left open, or hangs)`);
  else if (!ended || (code !== 0 && outcome.failed === 0)) {
    fail(`mocha broke off (exit code ${code})\n${other.slice(-40).join("\n").replace(/^/gm, "    ")}`);
  }
  return outcome;
}
