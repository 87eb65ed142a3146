import { spawn, type ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { X0tError } from "../core/x0tError.ts";
import { lastMessages, openLog, sizeOf } from "./logFile.ts";

export interface ChildSpec {
  /** Its log's name, and how people meet it: "node-3". */
  name: string;
  command: string;
  /** What must be done before each start. */
  prepare?: (signal: AbortSignal) => Promise<void>;
  /** Asked for at each start. */
  args: () => readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  logFile: string;
  /** "ipc": it sends {type: "ready"}; otherwise asked again and again until true. */
  ready: "ipc" | ((signal: AbortSignal) => Promise<boolean>);
  /** Time to become ready. */
  readyMs: number;
  /** Time to end by itself after SIGTERM. */
  drainMs: number;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningChild {
  pid: number;
  exited: Promise<Exit>;
  /** Resolves once it is gone: SIGTERM, then SIGKILL when its time is up or `hurry` aborts. */
  stop(hurry: AbortSignal): Promise<Exit>;
}

const PROBE_EVERY_MS = 50;

/**
 * Starts a child in a process group of its own (a Ctrl-C at the terminal then reaches the launcher alone), its output
 * in its log. `onSpawn` hears of the pid at once, so that a crash of the launcher leaves no unknown process.
 * @returns when it is ready. @throws X0T_CHILD_FAILED with the last words of its log, after ending it
 */
export async function startChild(
  spec: ChildSpec,
  onSpawn: (pid: number) => void,
  signal: AbortSignal,
): Promise<RunningChild> {
  signal.throwIfAborted();
  await spec.prepare?.(signal);
  signal.throwIfAborted();
  const log = openLog(spec.logFile);
  const logStart = sizeOf(spec.logFile);
  const child = spawn(spec.command, [...spec.args()], {
    cwd: spec.cwd,
    env: spec.env ?? process.env,
    detached: true,
    stdio: spec.ready === "ipc" ? ["ignore", log, log, "ipc"] : ["ignore", log, log],
  });
  closeSync(log);
  const exited = exitOf(child);
  const failed = (reason: string, cause?: unknown) =>
    new X0tError("X0T_CHILD_FAILED", failureMessage(spec, reason, logStart), { cause, data: { name: spec.name } });
  if (child.pid === undefined) {
    await exited.catch((cause: unknown) => {
      throw failed(`cannot be started: ${(cause as Error).message}`, cause);
    });
    throw failed("cannot be started");
  }
  const running: RunningChild = { pid: child.pid, exited, stop: (hurry) => stopChild(spec, child, exited, hurry) };
  onSpawn(child.pid);
  const deadline = AbortSignal.timeout(spec.readyMs);
  const ended = new AbortController();
  const waiting = AbortSignal.any([signal, deadline, ended.signal]);
  try {
    await Promise.race([
      untilReady(spec, child, waiting),
      exited.then((exit) => Promise.reject(failed(`ended before it was ready (${describeExit(exit)})`))),
    ]);
    return running;
  } catch (error) {
    await running.stop(AbortSignal.abort());
    signal.throwIfAborted();
    throw deadline.aborted ? failed(`was not ready in ${spec.readyMs / 1000} s`, error) : error;
  } finally {
    ended.abort();
  }
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : signal;
}

function failureMessage(spec: ChildSpec, reason: string, logStart: number): string {
  const words = lastMessages(spec.logFile, logStart, 4).map((line) => `\n    ${line.slice(0, 300)}`);
  return `${spec.name} ${reason}. Its log: ${spec.logFile}${words.join("")}`;
}

function exitOf(child: ChildProcess): Promise<Exit> {
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", (error) => {
      if (child.pid === undefined) reject(error);
    });
    child.once("exit", (code, signal) => {
      // What it started itself must not outlive it.
      if (child.pid !== undefined) killGroup(child.pid, "SIGKILL");
      resolve({ code, signal });
    });
  });
  exited.catch(() => undefined);
  return exited;
}

async function untilReady(spec: ChildSpec, child: ChildProcess, signal: AbortSignal): Promise<void> {
  if (spec.ready === "ipc") {
    await new Promise<void>((resolve, reject) => {
      child.on("message", (message: { type?: string }) => {
        if (message.type === "ready") resolve();
      });
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    return;
  }
  while (!(await spec.ready(signal).catch(() => false))) {
    await delay(PROBE_EVERY_MS, undefined, { signal });
  }
  signal.throwIfAborted();
}

async function stopChild(spec: ChildSpec, child: ChildProcess, exited: Promise<Exit>, hurry: AbortSignal): Promise<Exit> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return exited;
  child.kill("SIGTERM");
  const patience = AbortSignal.any([hurry, AbortSignal.timeout(spec.drainMs)]);
  const kill = () => killGroup(pid, "SIGKILL");
  if (patience.aborted) kill();
  else patience.addEventListener("abort", kill, { once: true });
  try {
    return await exited;
  } finally {
    patience.removeEventListener("abort", kill);
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
