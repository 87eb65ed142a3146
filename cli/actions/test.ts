import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../devnet/paths.ts";

/** `x0t test`: runs test/run.ts, whose exit code it takes. */
export async function test(groups: readonly string[], flags: { all?: boolean }): Promise<void> {
  const args = flags.all === true ? ["--all", ...groups] : groups;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(PROJECT_ROOT, "test", "run.ts"), ...args], {
    cwd: PROJECT_ROOT,
    stdio: "inherit",
  });
  // A Ctrl-C at the terminal reaches the child too, which cleans up; this process only waits.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = (await once(child, "exit")) as [number | null];
  process.exitCode = code ?? 1;
}
