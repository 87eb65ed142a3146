import { getAddress, isAddress } from "viem";
import { epochAt } from "../../core/epochTime.ts";
import { X0tError } from "../../core/x0tError.ts";
import { EARNINGS_COLUMNS, earningsRows } from "../export/earnings.ts";
import { createIndexerReader } from "../export/indexerReader.ts";
import { writeCsv, type Cell } from "../export/csvFile.ts";
import { LEASES_COLUMNS, leasesRows } from "../export/leases.ts";
import { findNetwork, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";

export interface ExportFlags extends NetworkFlags {
  node?: number;
  operator?: string;
  tenant?: string;
  from?: string;
  to?: string;
  out?: string;
  json?: boolean;
}

const LAST_EPOCH = 2 ** 31 - 1;
const PROGRESS_MS = 2_000;

/** `x0t export earnings` and `x0t export leases`. */
export async function exportTable(table: "earnings" | "leases", flags: ExportFlags): Promise<void> {
  const { node } = flags;
  const operator = parseAddress("operator", flags.operator);
  const tenant = parseAddress("tenant", flags.tenant);
  const [from, to] = [parseTime("from", flags.from), parseTime("to", flags.to)];
  const network = await findNetwork(flags);
  const { parameters, graphqlUrl } = network;
  if (graphqlUrl === undefined) throw new X0tError("X0T_USAGE", "Say where the indexer answers: --indexer http://HOST:PORT/graphql.");
  const first = from === undefined ? 0 : epochAt(parameters, from + parameters.epochSeconds - 1);
  const end = to === undefined ? LAST_EPOCH : epochAt(parameters, to + parameters.epochSeconds - 1);

  let read = 0;
  const progress = setInterval(() => process.stderr.write(`${read.toLocaleString("en")} rows read …\n`), PROGRESS_MS);
  try {
    const reader = createIndexerReader(graphqlUrl, (rows) => (read += rows));
    const head = await reader.head();
    const filter = { ...(node !== undefined && { node }), ...(operator !== undefined && { operator }), first, end };
    const rows =
      table === "earnings"
        ? earningsRows(reader, parameters, filter)
        : leasesRows(reader, parameters, { ...filter, ...(tenant !== undefined && { tenant }) });
    const columns = table === "earnings" ? EARNINGS_COLUMNS : LEASES_COLUMNS;
    if (flags.json === true && flags.out === undefined) {
      printJson({ block: head.number, rows: await collect(columns, rows) });
      return;
    }
    const written = await writeCsv(columns, rows, flags.out);
    if (flags.json === true) printJson({ block: head.number, file: flags.out, rows: written });
    else process.stderr.write(`${written.toLocaleString("en")} rows${flags.out === undefined ? "" : ` in ${flags.out}`}, as of block ${head.number}\n`);
  } finally {
    clearInterval(progress);
  }
}

async function collect(columns: readonly string[], rows: AsyncIterable<readonly Cell[]>): Promise<Record<string, Cell>[]> {
  const all: Record<string, Cell>[] = [];
  for await (const row of rows) all.push(Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])));
  return all;
}

/** As the indexer writes addresses. */
function parseAddress(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (isAddress(text)) return getAddress(text).toLowerCase();
  throw new X0tError("X0T_USAGE", `--${option} "${text}" is no address: 0x and 40 hex digits.`);
}

/** A day or a time of UTC, in seconds since 1970. */
function parseTime(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(time)) throw new X0tError("X0T_USAGE", `--${option} "${text}": write a day or a time of UTC, such as 2026-01-31 or 2026-01-31T12:00Z.`);
  return Math.floor(time / 1000);
}
