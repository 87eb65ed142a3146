import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

const ROTATE_AT_BYTES = 10 * 2 ** 20;
const TAIL_BYTES = 8_192;

/** Opens a log for appending; one that has grown past 10 MiB first becomes `<name>.1`. @returns its descriptor. */
export function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  if (sizeOf(file) > ROTATE_AT_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, "a", 0o600);
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last lines after byte `from` that say something to a person: pino's message, or the line itself. */
export function lastMessages(file: string, from: number, count: number): string[] {
  let text: string;
  try {
    text = readTail(file, from);
  } catch {
    return [];
  }
  return text
    .split("\n")
    // Of a crash report the sentence counts, not the stack below it.
    .filter((line) => !/^\s*(at .*|Node\.js v[\d.]+|\^+)?$/.test(line))
    .slice(-count)
    .map(messageOf);
}

function readTail(file: string, from: number): string {
  const size = sizeOf(file);
  const start = Math.max(from, size - TAIL_BYTES);
  const buffer = Buffer.alloc(Math.max(0, size - start));
  const descriptor = openSync(file, "r");
  try {
    return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, buffer.length, start));
  } finally {
    closeSync(descriptor);
  }
}

function messageOf(line: string): string {
  try {
    const record = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    const parts = [record.msg, record.err?.message].filter((part) => part !== undefined);
    return parts.length === 0 ? line : parts.join(": ");
  } catch {
    return line;
  }
}
