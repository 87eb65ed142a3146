import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readNodeEarnings, type NodeEarnings } from "../../cli/nodeApi.ts";
import type { DevnetFile } from "../../devnet/devnetFile.ts";
import { checkPorts, claimsOf, portsFrom } from "../../devnet/ports.ts";
import { getThroughSocks } from "../../devnet/socksFetch.ts";

export const ROOT = resolve(import.meta.dirname, "../..");

/** A launcher that runs, and what it says. */
export interface Launcher {
  process: ChildProcess;
  /** The one line of `--json`. */
  ready: DevnetFile & { ready: true; seconds: number };
  stdout: () => string;
  stderr: () => string;
  exited: Promise<number | null>;
}

/** Starts `./x0t up --json` and waits for its line. @throws with its standard error if it ends first */
export async function up(args: readonly string[], timeoutMs = 120_000): Promise<Launcher> {
  const child = spawn(join(ROOT, "x0t"), ["up", "--json", ...args], { cwd: "/", stdio: ["ignore", "pipe", "pipe"], detached: true });
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exited = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  const ready = await new Promise<Launcher["ready"]>((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`not ready in ${timeoutMs} ms:\n${stderr}`)), timeoutMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (!stdout.includes("\n")) return;
      clearTimeout(timer);
      done(JSON.parse(stdout) as Launcher["ready"]);
    });
    void exited.then((code) => {
      clearTimeout(timer);
      fail(new Error(`x0t up ended with ${code}:\n${stderr}`));
    });
  }).catch((error: unknown) => {
    child.kill("SIGINT");
    throw error;
  });
  return { process: child, ready, stdout: () => stdout, stderr: () => stderr, exited };
}

/** A --port-base whose ports are all free, below the range that the system hands out. */
export async function freePortBase(nodes: number): Promise<number> {
  for (;;) {
    const base = randomInt(15_000, 32_000);
    const free = await checkPorts(claimsOf(portsFrom(base), nodes)).then(
      () => true,
      () => false,
    );
    if (free) return base;
  }
}

export async function readFileJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, "utf8")) as T;
}

/** Downloads through the SOCKS proxy of the devnet. @returns the SHA-256 of the body, and its length. */
export async function download(devnet: DevnetFile, path: string, signal: AbortSignal): Promise<{ sha256: string; bytes: number }> {
  const response = await getThroughSocks({ host: "127.0.0.1", port: Number(new URL(devnet.socksUrl).port) }, new URL(`${devnet.originUrl}${path}`), signal);
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of response) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest("hex"), bytes };
}

/** Asks again and again until the answer is not undefined. @throws after `timeoutMs`, naming `what` */
export async function until<T>(what: string, timeoutMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1000} s`, { cause: last });
    await delay(200);
  }
}

export async function graphql<T>(devnet: DevnetFile, query: string): Promise<T> {
  const response = await fetch(devnet.graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(5_000),
  });
  const { data, errors } = (await response.json()) as { data?: T; errors?: unknown };
  if (data === undefined || errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

export async function fetchJson<T>(url: string): Promise<T> {
  return (await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).json()) as T;
}

export async function earningsOf(devnet: DevnetFile, node: number): Promise<NodeEarnings> {
  const earnings = await readNodeEarnings(devnet.nodes[node]?.apiUrl ?? "");
  if (earnings === undefined) throw new Error(`node ${node} does not answer`);
  return earnings;
}
