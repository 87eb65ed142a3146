import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findBranches, type Branch } from "./branches.ts";
import { isMeasured } from "./isMeasured.ts";

export interface FileCoverage {
  file: string;
  lines: number;
  branches: number;
  missedLines: number[];
  missedBranches: Branch[];
}

/**
 * Reads what Hardhat left in coverage/. A line counts if a statement begins on it, and is covered if everything on it
 * ran. A branch is one outcome of a condition: of `if`, `?:`, a loop or `require`, each operand of `&&` and `||` for
 * itself; or one clause of a `try`. Assembly, `assert` and the compiler's own checks have none.
 */
export function measureCoverage(root: string): FileCoverage[] {
  const ran = readLcov(readFileSync(join(root, "coverage/lcov.info"), "utf8"));
  const hits = readHits(join(root, "coverage/data"));
  return globSync("contracts/**/*.sol", { cwd: root })
    .filter(isMeasured)
    .sort()
    .map((file) => {
      const { branches, lines } = findBranches(file, readFileSync(join(root, file), "utf8"));
      // A file that no test compiles is missing in Hardhat's report: nothing of it ran.
      const missedLines = lines.filter((line) => (ran.get(file)?.get(line) ?? 0) === 0);
      const missedBranches = branches.filter(({ tag }) => !hits.has(tag)).sort((a, b) => a.line - b.line);
      return { file, lines: lines.length, branches: branches.length, missedLines, missedBranches };
    });
}

/** Lines of an lcov trace file: `SF:` names a file, `DA:line,count` follow. */
function readLcov(text: string): Map<string, Map<number, number>> {
  const files = new Map<string, Map<number, number>>();
  let counts = new Map<number, number>();
  for (const line of text.split("\n")) {
    if (line.startsWith("SF:")) files.set(line.slice(3), (counts = new Map()));
    const [, at, count] = /^DA:(\d+),(\d+)/.exec(line) ?? [];
    if (at !== undefined) counts.set(Number(at), Number(count));
  }
  return files;
}

/** The tags that were reported; one folder for each test runner. */
function readHits(folder: string): Set<string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"));
  return new Set(files.flatMap((file) => Object.keys(JSON.parse(readFileSync(join(folder, file), "utf8")) as object)));
}
