/**
 * How fast an indexer answers each of the dashboard's queries with a large history and many clients. The tables are filled by
 * SQL with copies of real rows. "new": every request differs, so that each is executed; "again": all are the same.
 *
 *     node bench/graphql.ts [--database pglite,postgres] [--commits 100000] [--clients 32] [--seconds 10] [--query NAME] [--attack] [--json]
 */
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { formatTable } from "../cli/table.ts";
import { reportError } from "../cli/reportError.ts";
import { X0tError } from "../core/x0tError.ts";
import { measure, type Latencies } from "./graphql/ask.ts";
import { fill, type Filled } from "./graphql/fill.ts";
import { readQueries } from "./graphql/queries.ts";
import { withTables } from "./graphql/sql.ts";
import { createIndexerFolder, startIndexer, type RunningIndexer } from "./indexer/backFill.ts";
import { startBusyChain } from "./indexer/busyChain.ts";
import { DATABASES, parseDatabases, startDatabase, type DatabaseName } from "./indexer/database.ts";
import { parseCount } from "./indexer/parseCount.ts";

const TARGET_MS = 50;
/** What the tables are multiplied from: long enough for a row of each. */
const CHAIN = { events: 8_000, blocks: 500 };
const ATTACKERS = 8;
/** Dear, but within the limits: pages of 1,000 rows, sorted by columns without an index. */
const WORST = `{ ${Array.from({ length: 20 }, (_, n) => `a${n}: transfers(orderBy: "amount", orderDirection: "${n % 2 === 0 ? "asc" : "desc"}", limit: ${900 + n}) { items { id from to amount timestamp block transactionHash } }`).join(" ")} }`;

process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "..", "node_modules/.cache/x0t");

type Figures = Record<string, { new: Latencies; again: Latencies; attacked?: Latencies }>;
const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(args: readonly string[]): Promise<void> {
  const values = parseFlags(args);
  const load = loadavg()[0] ?? 0;
  const chain = await startBusyChain(CHAIN, say);
  const figures: Partial<Record<DatabaseName, Figures>> = {};
  try {
    for (const name of values.databases) figures[name] = await measureDatabase(name, chain, values);
  } finally {
    await chain.anvil.stop();
  }
  console.log(`${values.commits.toLocaleString("en")} commits, ${values.clients} clients, load of this machine before ${load.toFixed(1)}; target: p95 of ${TARGET_MS} ms`);
  for (const [name, queries] of Object.entries(figures)) console.log(`\n${name}\n${describe(queries)}`);
  if (values.json) console.log(JSON.stringify({ commits: values.commits, clients: values.clients, load, ...figures }));
}

async function measureDatabase(name: DatabaseName, chain: Parameters<typeof startIndexer>[0], values: ReturnType<typeof parseFlags>): Promise<Figures> {
  const database = await startDatabase(name);
  const folder = await createIndexerFolder(chain);
  try {
    say(`${name}: indexing, then filling the tables`);
    await (await startIndexer(chain, database.url, { folder })).close();
    let filled: Filled | undefined;
    await withTables(database.url === undefined ? { dir: folder.stateDir } : { url: database.url }, async (sql) => {
      filled = await fill(sql, values.commits, say);
    });
    if (filled === undefined) throw new X0tError("X0T_BENCH_FAILED", "The tables could not be filled.");
    const indexer = await startIndexer(chain, database.url, { folder, ...(values.profile !== undefined && { profileDir: resolve(values.profile) }) });
    try {
      return await measureQueries(indexer, filled, values);
    } finally {
      await indexer.close();
    }
  } finally {
    await database.close();
    await folder.remove();
  }
}

async function measureQueries(indexer: RunningIndexer, filled: Filled, { clients, seconds, attack, query: only }: ReturnType<typeof parseFlags>): Promise<Figures> {
  const figures: Figures = {};
  for (const { name, query, variables } of await readQueries(filled)) {
    if (only !== undefined && only !== name) continue;
    const different = (turn: number) => JSON.stringify({ query: `${query} #${turn}`, variables: variables(turn) });
    const same = JSON.stringify({ query, variables: variables(1) });
    await measure(indexer, 1, 0.2, different);
    figures[name] = { new: await measure(indexer, clients, seconds, different), again: await measure(indexer, clients, seconds, () => same) };
    const { new: fresh, again } = figures[name];
    say(`  ${name}: p95 ${fresh.p95.toFixed(1)} ms new, ${again.p95.toFixed(1)} ms again; CPU ${fresh.cpuMs.toFixed(2)}, ${again.cpuMs.toFixed(2)} ms${fresh.failed > 0 ? `, ${fresh.failed} REFUSED` : ""}`);
  }
  if (!attack) return figures;
  const [honest] = (await readQueries(filled)).filter(({ name }) => name === "NodePage");
  if (honest === undefined) return figures;
  const attackers = measure(indexer, ATTACKERS, seconds + 1, (turn) => JSON.stringify({ query: `${WORST} #${turn}` }));
  const attacked = await measure(indexer, clients, seconds, (turn) => JSON.stringify({ query: `${honest.query} #${turn}`, variables: honest.variables(turn) }));
  const worst = await attackers;
  say(`  while ${ATTACKERS} clients send the worst: p95 ${attacked.p95.toFixed(1)} ms; their own p50 is ${(worst.p50 / 1000).toFixed(1)} s`);
  const known = figures["NodePage"];
  if (known !== undefined) figures["NodePage"] = { ...known, attacked };
  return figures;
}

function parseFlags(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        database: { type: "string", default: DATABASES.join(",") },
        commits: { type: "string", default: "100000" },
        clients: { type: "string", default: "32" },
        seconds: { type: "string", default: "10" },
        query: { type: "string" },
        profile: { type: "string" },
        attack: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    });
    return {
      databases: parseDatabases(values.database),
      commits: parseCount("commits", values.commits),
      clients: parseCount("clients", values.clients),
      seconds: parseCount("seconds", values.seconds),
      query: values.query,
      profile: values.profile,
      attack: values.attack,
      json: values.json,
    };
  } catch (cause) {
    if (cause instanceof X0tError) throw cause;
    throw new X0tError("X0T_USAGE", `${(cause as Error).message} See: x0t bench graphql --help`, { cause });
  }
}

function describe(figures: Figures): string {
  const ms = (value: number) => value.toFixed(1);
  const rows = Object.entries(figures).map(([name, { new: fresh, again }]) => {
    const verdict = fresh.failed > 0 ? "refused" : fresh.p95 <= TARGET_MS ? "reached" : again.p95 <= TARGET_MS ? "reached again" : "missed";
    return [name, ms(fresh.p50), ms(fresh.p95), ms(fresh.p99), ms(again.p50), ms(again.p95), ms(again.p99), fresh.cpuMs.toFixed(2), again.cpuMs.toFixed(2), verdict];
  });
  const head = ["query", "new p50", "p95", "p99", "again p50", "p95 ", "p99 ", "CPU new", "CPU again", "verdict"];
  const lines = [formatTable(head, rows, head.slice(1, -1)), "Milliseconds; CPU is the indexer's process for one request."];
  const attacked = figures["NodePage"]?.attacked;
  if (attacked !== undefined) lines.push(`NodePage while ${ATTACKERS} clients send the worst that is allowed: p50 ${ms(attacked.p50)}, p95 ${ms(attacked.p95)}, p99 ${ms(attacked.p99)} ms.`);
  return lines.join("\n");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportError(error);
}
