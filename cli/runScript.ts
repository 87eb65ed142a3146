import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { PROJECT_ROOT } from "../devnet/paths.ts";

/** Runs a script of the repository as a process of its own, whose exit code it takes. @param script from the root */
export async function runScript(script: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(PROJECT_ROOT, script), ...args], {
    cwd: PROJECT_ROOT,
    stdio: "inherit",
  });
  // A Ctrl-C at the terminal reaches the child too, which cleans up; this process only waits.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = (await once(child, "exit")) as [number | null];
  process.exitCode = code ?? 1;
}
