import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { X0tError } from "../core/x0tError.ts";
import { TRAFFIC_ENV, TRAFFIC_FLAGS } from "../runtime/trafficFlags.ts";
import { PROJECT_ROOT } from "../devnet/paths.ts";

export interface ForegroundProgram {
  name: string;
  script: string;
  args: readonly string[];
}

/**
 * Runs programs of ours in the foreground, their logs on standard error, until one ends or a signal comes; then all end.
 * @param onReady called once all of them serve, with what each said then. @throws X0T_CHILD_FAILED if one ended without being asked
 */
export async function runInForeground(programs: readonly ForegroundProgram[], onReady: (said: readonly Record<string, unknown>[]) => void): Promise<void> {
  let stopping = false;
  const said: Record<string, unknown>[] = [];
  const children: ChildProcess[] = [];
  const stopAll = (signal: NodeJS.Signals) => {
    for (const child of children) child.kill(signal);
  };
  const onSignal = () => {
    // A second signal reaches them too: they then leave at once.
    stopping = true;
    stopAll("SIGTERM");
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, onSignal);
  const ends = programs.map(({ name, script, args }) => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...TRAFFIC_FLAGS, join(PROJECT_ROOT, script), ...args], {
      detached: true,
      env: { ...TRAFFIC_ENV, ...process.env },
      stdio: ["ignore", 2, 2, "ipc"],
    });
    children.push(child);
    child.on("message", (message: Record<string, unknown>) => {
      if (message.type === "ready" && said.push(message) === programs.length) onReady(said);
    });
    return new Promise<string | undefined>((resolve) => {
      child.once("exit", (code, signal) => {
        const failed = !stopping;
        stopping = true;
        stopAll("SIGTERM");
        resolve(failed ? `${name} ended (${signal ?? `exit code ${code}`}); its last lines are above` : undefined);
      });
    });
  });
  const failure = (await Promise.all(ends)).find((end) => end !== undefined);
  for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, onSignal);
  if (failure !== undefined) throw new X0tError("X0T_CHILD_FAILED", `${failure}.`);
}
