import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { X0tError } from "../core/x0tError.ts";
import { identify, isAlive, type ProcessIdentity } from "./processIdentity.ts";

const TRIES = 5;

/**
 * One launcher a state folder. A lock whose owner is dead is taken over.
 * @returns how to release it. @throws X0T_ALREADY_RUNNING naming the owner
 */
export async function takeLauncherLock(file: string): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, JSON.stringify(identify(process.pid)));
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        // A link fails if the file is there, and what it shows is whole.
        await link(temporary, file);
        return () => rm(file, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const owner = await readOwner(file);
      if (owner !== undefined && isAlive(owner)) throw alreadyRunning(owner, file);
      await rm(file, { force: true });
    }
    throw new X0tError("X0T_ALREADY_RUNNING", `Another launcher keeps taking ${file}. Run one \`x0t up\` at a time.`);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** @returns the launcher that runs on this state folder, if any. */
export async function findLauncher(file: string): Promise<ProcessIdentity | undefined> {
  const owner = await readOwner(file);
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}

export function alreadyRunning(owner: ProcessIdentity, file: string): X0tError {
  return new X0tError(
    "X0T_ALREADY_RUNNING",
    `A network already runs on this state (process ${owner.pid}). Stop it with Ctrl-C where it runs, or with: kill ${owner.pid}`,
    { data: { pid: owner.pid, file } },
  );
}

async function readOwner(file: string): Promise<ProcessIdentity | undefined> {
  try {
    const { pid, started } = JSON.parse(await readFile(file, "utf8")) as Partial<ProcessIdentity>;
    return typeof pid === "number" && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}
