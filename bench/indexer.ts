/**
 * How long an indexer with an empty database needs for a chain with a history: from the start of its process until it says
 * that it is ready, with the chain's head indexed.
 *
 *     node bench/indexer.ts [--database pglite,postgres] [--events 50000] [--blocks 2000] [--rounds 1] [--profile DIR] [--json]
 *
 * Progress on standard error; the last line of standard output is JSON with --json.
 */
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { formatTable } from "../cli/table.ts";
import { reportError } from "../cli/reportError.ts";
import { X0tError } from "../core/x0tError.ts";
import { backFill, type BackFill } from "./indexer/backFill.ts";
import { startBusyChain } from "./indexer/busyChain.ts";
import { DATABASES, parseDatabases, startDatabase } from "./indexer/database.ts";
import { parseCount } from "./indexer/parseCount.ts";
import { median } from "./relay/median.ts";

/** Seconds, for 50,000 events. */
const TARGETS = { pglite: 15, postgres: 8 } as const;

/** As ./x0t does for everything that it starts. */
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "..", "node_modules/.cache/x0t");

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(args: readonly string[]): Promise<void> {
  const values = parseFlags(args);
  const chain = await startBusyChain({ events: values.events, blocks: values.blocks }, say);
  const figures: Record<string, BackFill[]> = {};
  const load = loadavg()[0] ?? 0;
  try {
    for (let round = 0; round < values.rounds; round++) {
      for (const name of values.databases) {
        const database = await startDatabase(name);
        try {
          const figure = await backFill(chain, database.url, values.profile === undefined ? undefined : resolve(values.profile));
          say(`${name}: ${(figure.readyMs / 1000).toFixed(1)} s, ${(figure.cpuMs / 1000).toFixed(1)} s of CPU`);
          (figures[name] ??= []).push(figure);
        } finally {
          await database.close();
        }
      }
    }
  } finally {
    await chain.anvil.stop();
  }
  const { events, blocks } = chain;
  console.log(describe(figures, events, blocks, load));
  if (values.json) console.log(JSON.stringify({ events, blocks, load, ...figures }));
}

function parseFlags(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        database: { type: "string", default: DATABASES.join(",") },
        events: { type: "string", default: "50000" },
        blocks: { type: "string", default: "2000" },
        rounds: { type: "string", default: "1" },
        profile: { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
    return {
      databases: parseDatabases(values.database),
      events: parseCount("events", values.events),
      blocks: parseCount("blocks", values.blocks),
      rounds: parseCount("rounds", values.rounds),
      profile: values.profile,
      json: values.json,
    };
  } catch (cause) {
    if (cause instanceof X0tError) throw cause;
    throw new X0tError("X0T_USAGE", `${(cause as Error).message} See: x0t bench indexer --help`, { cause });
  }
}

function describe(figures: Record<string, BackFill[]>, events: number, blocks: number, load: number): string {
  const rows = Object.entries(figures).map(([name, rounds]) => {
    const seconds = (of: (figure: BackFill) => number) => (median(rounds.map(of)) / 1000).toFixed(1);
    const ready = seconds(({ readyMs }) => readyMs);
    const target = TARGETS[name as keyof typeof TARGETS];
    return [name, ready, String(target), Number(ready) <= target ? "reached" : "missed", seconds(({ cpuMs }) => cpuMs), `${Math.round(median(rounds.map(({ rssMb }) => rssMb)))} MB`];
  });
  const head = ["database", "seconds to ready", "target", "verdict", "CPU seconds", "memory"];
  return [
    `${events.toLocaleString("en")} events in ${blocks.toLocaleString("en")} blocks, load of this machine before ${load.toFixed(1)}`,
    formatTable(head, rows, ["seconds to ready", "target", "CPU seconds", "memory"]),
    "",
    "From the start of the process; CPU is the indexer's own. Targets hold for 50,000 events in 2,000 blocks on two idle cores.",
  ].join("\n");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportError(error);
}
