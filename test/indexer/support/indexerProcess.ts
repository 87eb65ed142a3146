import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressBook } from "../../../core/addressBook.ts";
import type { ParameterChoice } from "../../../core/parameters.ts";
import { indexerCommand } from "../../../indexer/launch.ts";
import { listenLocal } from "../../support/sockets.ts";

const READY_MS = 180_000;
const EXIT_MS = 60_000;

export interface IndexerSetup {
  rpcUrl: string;
  addressBook: AddressBook;
  parameters: ParameterChoice;
  /** PostgreSQL in place of the embedded database. */
  databaseUrl?: string;
}

export interface StartOptions {
  rpcUrl?: string;
  /** A replica, on another port. */
  replica?: boolean;
  port?: number;
  env?: NodeJS.ProcessEnv;
}

export type IndexerHome = Awaited<ReturnType<typeof createIndexerHome>>;
export type RunningIndexer = ReturnType<typeof spawnIndexer>;

/** A state folder and a port that outlive the processes which use them. */
export async function createIndexerHome(setup: IndexerSetup) {
  const root = await mkdtemp(join(tmpdir(), "x0t-indexer-"));
  const addressBookFile = join(root, "contracts.json");
  await writeFile(addressBookFile, JSON.stringify(setup.addressBook));
  const port = await freePort();
  const { rpcUrl, parameters } = setup;
  const options = { port, dir: join(root, "state"), rpcUrl, addressBookFile, parameters };
  const database = { DATABASE_URL: setup.databaseUrl };
  return {
    ...options,
    root,
    start: ({ env, ...over }: StartOptions = {}) => spawnIndexer({ ...options, ...over }, { ...database, ...env }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenLocal(server);
  server.close();
  await once(server, "close");
  return port;
}

function spawnIndexer(options: Parameters<typeof indexerCommand>[0], over: NodeJS.ProcessEnv) {
  const { command, args, env, cwd } = indexerCommand(options);
  const child = spawn(command, args, { env: { ...env, ...over }, cwd, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const url = `http://127.0.0.1:${options.port}`;
  return {
    child,
    output,
    url,
    ready: () => untilReady(child, output),
    exit: () => untilExit(child, output),
    query: <T>(query: string) => queryGraphql<T>(url, query),
    async kill(signal: NodeJS.Signals): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await untilExit(child, output);
    },
  };
}

async function untilReady(child: ChildProcess, output: { stderr: string }): Promise<void> {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), READY_MS);
  try {
    await Promise.race([
      once(child, "message", { signal: ended.signal }),
      once(child, "exit", { signal: ended.signal }).then(([code]) => {
        throw new Error(`indexer ended with ${code}`);
      }),
    ]);
  } catch (cause) {
    throw new Error(`indexer not ready: ${(cause as Error).message}\n${output.stderr}`, { cause });
  } finally {
    clearTimeout(timer);
    ended.abort();
  }
}

async function untilExit(child: ChildProcess, output: { stderr: string }): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const late = AbortSignal.timeout(EXIT_MS);
    await once(child, "exit", { signal: late }).catch((cause) => {
      throw new Error(`indexer did not end\n${output.stderr}`, { cause });
    });
  }
  return child.exitCode ?? child.signalCode;
}

/** @throws if the answer has errors */
export async function queryGraphql<T>(url: string, query: string): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = (await response.json()) as { data?: T; errors?: { message: string }[] };
  if (answer.data === undefined || answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

/** Asks until `holds`, which may throw, is true of the answer. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  { timeoutMs = 30_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (holds(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`not met within ${timeoutMs} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
}

interface Health {
  /** Of the answer. */
  status: number;
  ready: boolean;
  problem: string | null;
  indexed: { number: number; timestamp: number } | null;
  lagBlocks: number | null;
}

export async function readHealth({ url }: { url: string }): Promise<Health> {
  const response = await fetch(`${url}/v1/ready`, { signal: AbortSignal.timeout(10_000) });
  return { ...((await response.json()) as Omit<Health, "status">), status: response.status };
}
