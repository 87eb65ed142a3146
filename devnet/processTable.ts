import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { identify, isAlive, type ProcessIdentity } from "./processIdentity.ts";

export interface TableEntry extends ProcessIdentity {
  name: string;
}

/** Which processes a launcher started, on disk: whoever comes after a killed launcher finds what it left. */
export interface ProcessTable {
  add(name: string, pid: number): void;
  remove(name: string, pid: number): void;
}

export function createProcessTable(file: string): ProcessTable {
  let entries: TableEntry[] = [];
  // Synchronous: between a child's start and its line here a crash must not fit.
  const write = () => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.tmp`, `${JSON.stringify(entries, null, 2)}\n`);
    renameSync(`${file}.tmp`, file);
  };
  return {
    add(name, pid) {
      entries = [...entries, { name, ...identify(pid) }];
      write();
    },
    remove(name, pid) {
      entries = entries.filter((entry) => entry.name !== name || entry.pid !== pid);
      write();
    },
  };
}

/** What an earlier launcher left running, told by pid and start time. */
export function findLeftovers(file: string): TableEntry[] {
  try {
    const entries = JSON.parse(readFileSync(file, "utf8")) as TableEntry[];
    return entries.filter(isAlive);
  } catch {
    return [];
  }
}

const POLL_MS = 50;

/** SIGTERM, and SIGKILL to its group for what is still there after `patienceMs`. */
export async function stopLeftovers(leftovers: readonly TableEntry[], patienceMs: number): Promise<void> {
  for (const entry of leftovers) signalGroup(entry, "SIGTERM");
  const deadline = performance.now() + patienceMs;
  while (leftovers.some(isAlive) && performance.now() < deadline) await delay(POLL_MS);
  for (const entry of leftovers) signalGroup(entry, "SIGKILL");
  while (leftovers.some(isAlive)) await delay(POLL_MS);
}

function signalGroup(entry: TableEntry, signal: NodeJS.Signals): void {
  if (!isAlive(entry)) return;
  try {
    process.kill(-entry.pid, signal);
  } catch {
    // It ended in between.
  }
}
