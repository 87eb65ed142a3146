import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

export const ROOT = resolve(import.meta.dirname, "../..");

export interface NodeRun {
  /** null if it was killed. */
  code: number | null;
  timedOut: boolean;
}

/**
 * Runs the pinned Node in the repository and hands on its lines as they come. What runs too long is killed, together
 * with what it started.
 */
export async function spawnNode(
  args: readonly string[],
  options: { onLine: (line: string) => void; timeoutMs: number; env?: Record<string, string> },
): Promise<NodeRun> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, FORCE_COLOR: "0", NO_COLOR: "1", NODE_NO_WARNINGS: "1", ...options.env },
  });
  const killGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It is gone.
    }
  };
  const onSignal = () => killGroup("SIGTERM");
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup("SIGKILL");
  }, options.timeoutMs);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", options.onLine);
  const code = await new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  clearTimeout(timer);
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  return { code, timedOut };
}
