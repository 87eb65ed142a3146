import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

const NAMES = "/run/netns";
/** What a namespace of ours is called: x0t, the owner's pid and start time, which one of this owner, and its role. */
const OURS = /^x0t-(\d+)-(\d+)-\d+-/;

/** Network namespaces of this process: gone with `close`, at its exit, or at the next start of any such run. */
export interface Namespaces {
  /** @returns the full name of a new namespace whose loopback is up */
  add(role: string): string;
  close(): void;
}

let serial = 0;

/** @returns why this machine cannot make namespaces; undefined if it can */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== "linux") return "network namespaces need Linux";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (!mayAdminister()) return "network namespaces need the capabilities SYS_ADMIN and NET_ADMIN, which this container withholds";
  const missing = ["ip", "nft", "nsenter"].filter((name) => !isInstalled(name));
  if (missing.length > 0) return `${missing.join(", ")} missing (apt-get install iproute2 nftables util-linux)`;
  return undefined;
}

/** @throws if this machine cannot */
export function createNamespaces(): Namespaces {
  const reason = whyNoNamespaces();
  if (reason !== undefined) throw new Error(`No network namespaces: ${reason}.`);
  removeLeftovers();
  const names: string[] = [];
  const run = ++serial;
  const close = () => {
    remove(names.splice(0));
    process.off("exit", close);
  };
  process.on("exit", close);
  return {
    add(role) {
      const name = `x0t-${process.pid}-${startTimeOf(process.pid)}-${run}-${role}`;
      names.push(name);
      ipBatch([`netns add ${name}`]);
      ipBatch([`link set lo up`], name);
      return name;
    },
    close,
  };
}

/** Runs commands of `ip`, one a line. */
export function ipBatch(lines: readonly string[], namespace?: string): void {
  const inside = namespace === undefined ? [] : ["-n", namespace];
  execFileSync("ip", [...inside, "-batch", "-"], { input: `${lines.join("\n")}\n`, stdio: ["pipe", "ignore", "pipe"] });
}

/** Runs a program inside a namespace. @returns what it printed */
export function runIn(namespace: string, command: readonly string[], input = ""): string {
  const [file, ...args] = inNamespace(namespace, command) as [string, ...string[]];
  return execFileSync(file, args, { input, stdio: ["pipe", "pipe", "pipe"], encoding: "utf8" });
}

/** The command that runs `command` inside a namespace; the process keeps its pid. */
export function inNamespace(namespace: string, command: readonly string[]): string[] {
  return ["nsenter", `--net=${NAMES}/${namespace}`, ...command];
}

/** Ends what runs in namespaces whose owner is dead, and removes them. */
function removeLeftovers(): void {
  const names = existsSync(NAMES) ? readdirSync(NAMES) : [];
  remove(
    names.filter((name) => {
      const [, pid, started] = OURS.exec(name) ?? [];
      return pid !== undefined && startTimeOf(Number(pid)) !== started;
    }),
  );
}

function remove(names: readonly string[]): void {
  for (const name of names) {
    const pids = tryRun("ip", ["netns", "pids", name]).split("\n").filter((pid) => pid !== "");
    for (const pid of pids) tryRun("kill", ["-9", pid]);
    tryRun("ip", ["netns", "del", name]);
  }
}

/** Kernel ticks: tells a process from a later one of the same pid. Undefined if there is none. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** Capabilities 12, NET_ADMIN, and 21, SYS_ADMIN. */
function mayAdminister(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "0";
  const needed = (1n << 12n) | (1n << 21n);
  return (BigInt(`0x${effective}`) & needed) === needed;
}

function isInstalled(name: string): boolean {
  return ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].some((folder) => existsSync(`${folder}/${name}`));
}

function tryRun(file: string, args: readonly string[]): string {
  try {
    return execFileSync(file, args, { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
  } catch {
    return "";
  }
}
