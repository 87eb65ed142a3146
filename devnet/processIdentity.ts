import { readFileSync } from "node:fs";

/** Names one process for good: the kernel gives a pid again, but not with the same start in the same boot. */
export interface ProcessIdentity {
  pid: number;
  /** Boot id and start time in clock ticks; "" where the system does not say. */
  started: string;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) ?? "" };
}

/** True if exactly this process lives (and is no zombie). False also where the system cannot tell: better leave it alone. */
export function isAlive(process: ProcessIdentity): boolean {
  return process.started !== "" && startOf(process.pid) === process.started;
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name stands in brackets and may hold spaces; fields are counted behind it: 3 = state, 22 = start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}
