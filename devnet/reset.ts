import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { X0tError } from "../core/x0tError.ts";
import { alreadyRunning, findLauncher } from "./launcherLock.ts";
import { statePaths } from "./paths.ts";
import { findLeftovers, stopLeftovers } from "./processTable.ts";

const PATIENCE_MS = 5_000;

/**
 * Removes a devnet's state, after ending what a killed launcher left running. Only what a devnet writes goes: a
 * mistaken `--state-dir` loses nothing. @returns false if there was none. @throws X0T_ALREADY_RUNNING, X0T_NOT_A_STATE_DIR
 */
export async function resetDevnet(stateDir: string): Promise<boolean> {
  if (!existsSync(stateDir)) return false;
  const paths = statePaths(stateDir);
  const owner = await findLauncher(paths.lockFile);
  if (owner !== undefined) throw alreadyRunning(owner, paths.lockFile);
  await stopLeftovers(findLeftovers(paths.pidsFile), PATIENCE_MS);
  const ours = new Set(
    Object.values(paths)
      .filter((path) => typeof path === "string")
      .map((path) => basename(path))
      .concat("nodes"),
  );
  const found = await readdir(stateDir);
  const foreign = found.filter((name) => !ours.has(name) && !name.endsWith(".tmp"));
  if (foreign.length > 0) {
    throw new X0tError("X0T_NOT_A_STATE_DIR", `${stateDir} holds ${foreign[0]}, which is no part of a devnet's state. Move it away, or name another --state-dir.`);
  }
  for (const name of found) await rm(join(stateDir, name), { recursive: true, force: true });
  return found.length > 0;
}
