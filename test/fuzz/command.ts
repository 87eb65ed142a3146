import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createRandom, type Random } from "./random.ts";

const PROGRESS_MS = 5_000;
/** More than this kept at the end is a leak. */
const MAX_GROWN_MEGABYTES = 32;
const DEFAULT_CASES = 1_000_000;
/** Cases between two breaths, for timers and the garbage collector. */
const BATCH = 1_000;

export interface FuzzReport {
  fuzz: string;
  cases: number;
  seed: number;
  seconds: number;
  casesPerSecond: number;
  /** What the cases were and how they ended, counted. */
  counts: Record<string, number>;
  /** Memory kept at the end, beyond the start. */
  grownMegabytes: number;
}

/** @returns what to count the case as; throws if an invariant broke */
export type FuzzCase = (random: Random) => string | Promise<string>;

/**
 * Runs `cases` cases. Each has a seed of its own, from which it alone can be repeated.
 * @throws with that seed if a case fails, and if memory is kept
 */
export async function runFuzz(fuzz: string, options: { cases: number; seed: number; only?: number | undefined; tells?: boolean }, makeCase: FuzzCase): Promise<FuzzReport> {
  const { cases, seed, only } = options;
  const seeds = createRandom(seed);
  const counts: Record<string, number> = {};
  const startedMs = performance.now();
  const memoryBefore = keptMegabytes();
  let toldMs = startedMs;
  for (let i = 0; i < cases; i++) {
    const caseSeed = seeds.int(2 ** 32);
    if (only !== undefined && only !== caseSeed) continue;
    try {
      const result = makeCase(createRandom(caseSeed));
      const outcome = typeof result === "string" ? result : await result;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    } catch (cause) {
      throw new Error(`${fuzz}: case ${i} of seed ${seed} (repeat it with --only ${caseSeed}): ${(cause as Error).message}`, { cause });
    }
    if (i % BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
    if (options.tells !== true || performance.now() - toldMs < PROGRESS_MS) continue;
    toldMs = performance.now();
    process.stderr.write(`${fuzz}: ${i} of ${cases}, ${Math.round((i / (toldMs - startedMs)) * 1_000)} a second\n`);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const grownMegabytes = Math.round(keptMegabytes() - memoryBefore);
  if (grownMegabytes > MAX_GROWN_MEGABYTES) throw new Error(`${fuzz}: ${grownMegabytes} MB are kept after ${cases} cases of seed ${seed}`);
  return {
    fuzz,
    cases,
    seed,
    seconds: Math.round(seconds * 10) / 10,
    casesPerSecond: Math.round(cases / seconds),
    counts,
    grownMegabytes,
  };
}

function keptMegabytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
}

/** Reads the command line, runs, prints one JSON line; exit code 1 if an invariant broke. */
export async function fuzzCommand(fuzz: string, what: string, makeCase: FuzzCase): Promise<void> {
  const { values } = parseArgs({
    options: { cases: { type: "string" }, seed: { type: "string" }, only: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help === true) {
    process.stdout.write(`node test/fuzz/${fuzz}.ts [--cases ${DEFAULT_CASES}] [--seed N] [--only CASE]\n${what}\nThe last line is a JSON report; --only repeats one case of that seed.\n`);
    return;
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
  process.stderr.write(`${fuzz}: seed ${seed}\n`);
  const only = values.only === undefined ? undefined : Number(values.only);
  try {
    const report = await runFuzz(fuzz, { cases: Number(values.cases ?? DEFAULT_CASES), seed, only, tells: true }, makeCase);
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n${String((error as Error).cause)}\n`);
    process.exitCode = 1;
  }
}
