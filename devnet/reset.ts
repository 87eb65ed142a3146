import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { X0tError } from "../core/x0tError.ts";
import { alreadyRunning, findLauncher, takeLauncherLock } from "./launcherLock.ts";
import { statePaths, type StatePaths } from "./paths.ts";
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
  if ((await ownNames(paths)).length === 0) return false;
  // From here on no launcher can start on what is being removed.
  const releaseLock = await takeLauncherLock(paths.lockFile);
  try {
    await stopLeftovers(findLeftovers(paths.pidsFile), PATIENCE_MS);
    const lock = basename(paths.lockFile);
    for (const name of await ownNames(paths)) if (name !== lock) await rm(join(stateDir, name), { recursive: true, force: true });
    return true;
  } finally {
    await releaseLock();
  }
}

/** What lies in the folder. @throws X0T_NOT_A_STATE_DIR if any of it is no devnet's */
async function ownNames(paths: StatePaths): Promise<string[]> {
  const ours = new Set(
    Object.values(paths)
      .filter((path) => typeof path === "string")
      .map((path) => basename(path))
      .concat("nodes"),
  );
  const found = await readdir(paths.stateDir);
  // Folders named "client" or "logs" are anybody's: one of the launcher's own files must lie beside them.
  const marks = [paths.genesisFile, paths.pidsFile, paths.lockFile, paths.devnetFile].map((path) => basename(path));
  const marked = found.length === 0 || found.some((name) => marks.includes(name));
  const foreign = marked ? found.find((name) => !ours.has(name) && !name.endsWith(".tmp")) : found[0];
  if (foreign === undefined) return found;
  throw new X0tError("X0T_NOT_A_STATE_DIR", `${paths.stateDir} holds ${foreign}, which is no part of a devnet's state. Move it away, or name another --state-dir.`);
}
