import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X0tError } from "../../core/x0tError.ts";
import { indexerCommand } from "../../indexer/launch.ts";
import { closeOnSignal } from "./closeOnSignal.ts";
import { freePort } from "./freePort.ts";
import { EPOCH_SECONDS, type BusyChain } from "./busyChain.ts";

const READY_MS = 900_000;
const STOP_MS = 30_000;

export interface BackFill {
  readyMs: number;
  /** User and system time of the indexer until then. */
  cpuMs: number;
  rssMb: number;
}

/** Starts an indexer with an empty database, waits until it is ready, ends it. @throws X0T_BENCH_FAILED */
export async function backFill(chain: BusyChain, databaseUrl: string | undefined, profileDir?: string): Promise<BackFill> {
  const folder = await createIndexerFolder(chain);
  try {
    const running = await startIndexer(chain, databaseUrl, { folder, ...(profileDir !== undefined && { profileDir }) });
    await running.close();
    return running.figure;
  } finally {
    await folder.remove();
  }
}

export interface RunningIndexer {
  url: string;
  figure: BackFill;
  /** User and system time of its process until now. */
  cpuMs(): Promise<number>;
  close(): Promise<void>;
}

export interface IndexerFolder {
  stateDir: string;
  addressBookFile: string;
  remove(): Promise<void>;
}

export async function createIndexerFolder(chain: BusyChain): Promise<IndexerFolder> {
  const dir = await mkdtemp(join(tmpdir(), "x0t-bench-indexer-"));
  const addressBookFile = join(dir, "contracts.json");
  await writeFile(addressBookFile, JSON.stringify(chain.book));
  return { stateDir: join(dir, "state"), addressBookFile, remove: closeOnSignal(() => rm(dir, { recursive: true, force: true })) };
}

/** @returns it once it is ready. @throws X0T_BENCH_FAILED with what it said */
export async function startIndexer(
  chain: BusyChain,
  databaseUrl: string | undefined,
  { folder, profileDir }: { folder: IndexerFolder; profileDir?: string },
): Promise<RunningIndexer> {
  const port = await freePort();
  const parameters = { devnetEpochSeconds: EPOCH_SECONDS };
  const { addressBookFile, stateDir } = folder;
  const { command, args, env, cwd } = indexerCommand({ port, dir: stateDir, rpcUrl: chain.anvil.rpcUrl, addressBookFile, parameters });
  const profile = profileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`];
  const startedMs = performance.now();
  const child = spawn(command, [...profile, ...args], {
    env: { ...env, ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) },
    cwd,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-5_000)));
  const close = closeOnSignal(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await once(child, "exit");
    clearTimeout(timer);
  });
  try {
    const ended = once(child, "exit", { signal: AbortSignal.timeout(READY_MS) }).then(([code]) => {
      throw new Error(`it ended with ${code}`);
    });
    ended.catch(() => undefined);
    await Promise.race([once(child, "message"), ended]);
    const figure = { readyMs: performance.now() - startedMs, ...(await readProcess(child.pid ?? 0)) };
    return { url: `http://127.0.0.1:${port}/graphql`, figure, close, cpuMs: async () => (await readProcess(child.pid ?? 0)).cpuMs };
  } catch (cause) {
    await close();
    throw new X0tError("X0T_BENCH_FAILED", `The indexer did not get ready: ${(cause as Error).message}. It said:\n${log}`, { cause });
  }
}

/** Linux's hundredths of a second, and pages. */
async function readProcess(pid: number): Promise<{ cpuMs: number; rssMb: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { cpuMs: 10 * (Number(fields[11]) + Number(fields[12])), rssMb: (Number(fields[21]) * 4096) / 2 ** 20 };
}
