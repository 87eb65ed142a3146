import { open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { stringify } from "csv-stringify/sync";
import { formatUnits } from "viem";
import { X0tError } from "../../core/x0tError.ts";

export type Cell = string | number | null;

/** Writes rows as CSV (RFC 4180): a file whole or not at all, or standard output. @returns the rows written */
export async function writeCsv(columns: readonly string[], rows: AsyncIterable<readonly Cell[]>, file: string | undefined): Promise<number> {
  if (file === undefined) return writeAll(columns, rows, (text) => writeOut(text));
  const target = resolve(file);
  const temporary = `${target}.${process.pid}.tmp`;
  const handle = await open(temporary, "w").catch((cause: unknown) => {
    throw new X0tError("X0T_USAGE", `--out ${file}: cannot be written: ${(cause as Error).message}.`, { cause });
  });
  try {
    const written = await writeAll(columns, rows, async (text) => void (await handle.write(text)));
    await handle.datasync();
    await handle.close();
    await rename(temporary, target);
    await syncFolder(dirname(target));
    return written;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeAll(columns: readonly string[], rows: AsyncIterable<readonly Cell[]>, write: (text: string) => Promise<void>): Promise<number> {
  await write(toCsv([columns]));
  let written = 0;
  for await (const row of rows) {
    await write(toCsv([row]));
    written++;
  }
  return written;
}

/** A text that a spreadsheet would take for a formula gets an apostrophe in front. */
export function toCsv(rows: readonly (readonly Cell[])[]): string {
  return stringify(rows.map((row) => [...row]), { escape_formulas: true });
}

async function writeOut(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise((resolve) => process.stdout.once("drain", resolve));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** An amount twice: as X0T with a point, exactly, and in wei. */
export function amountCells(wei: bigint | null): [x0t: string | null, wei: string | null] {
  return wei === null ? [null, null] : [formatUnits(wei, 18), String(wei)];
}

/** Names of the two cells of an amount. */
export function amountColumns(name: string): [string, string] {
  return [`${name}_x0t`, `${name}_wei`];
}

/** 2026-01-31T12:00:00Z. */
export function isoTime(timestamp: number | null): string | null {
  return timestamp === null ? null : new Date(timestamp * 1000).toISOString().replace(".000Z", "Z");
}
