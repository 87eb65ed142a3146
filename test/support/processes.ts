import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** One of our mains as a real process. */
export interface TestProcess {
  child: ChildProcess;
  /** What it said with `reportReady`. */
  ready: Record<string, unknown>;
  stderr(): string;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `main` (relative to the repository) and waits until it serves. @throws with its standard error if it exits first */
export async function startMain(
  main: string,
  args: readonly string[],
  options: { env?: Record<string, string>; execArgv?: string[]; timeoutMs?: number } = {},
): Promise<TestProcess> {
  const started = spawnMain(main, args, options);
  const ready = await new Promise<Record<string, unknown>>((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`${main} is not ready: ${started.stderr()}`)), options.timeoutMs ?? 15_000);
    started.child.on("message", (message) => {
      clearTimeout(timer);
      done(message as Record<string, unknown>);
    });
    started.child.once("exit", (code) => {
      clearTimeout(timer);
      fail(new Error(`${main} exited with ${code}: ${started.stderr()}`));
    });
  }).catch(async (error: unknown) => {
    await started.kill("SIGKILL");
    throw error;
  });
  return { ...started, ready };
}

/** Runs `main` until it exits by itself. */
export async function runMain(main: string, args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const { child, stderr } = spawnMain(main, args, {});
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stderr: stderr() };
}

function spawnMain(
  main: string,
  args: readonly string[],
  { env = {}, execArgv = [] }: { env?: Record<string, string>; execArgv?: string[] },
) {
  const child = spawn(process.execPath, [...execArgv, resolve(ROOT, main), ...args], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { ...process.env, ...env },
  });
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-100_000);
  });
  const kill = async (signal: NodeJS.Signals = "SIGKILL") => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  };
  return { child, stderr: () => text, kill };
}
