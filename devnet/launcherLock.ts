import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { X0tError } from "../core/x0tError.ts";
import { identify, isAlive, type ProcessIdentity } from "./processIdentity.ts";

const TRIES = 5;
/** Whoever saw the dead owner before us may still be moving our lock away and back. */
const SETTLE_MS = 100;

/**
 * One launcher a state folder. A lock whose owner is dead is taken over.
 * @returns how to release it. @throws X0T_ALREADY_RUNNING naming the owner
 */
export async function takeLauncherLock(file: string): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true });
  const nonce = randomUUID();
  const temporary = `${file}.${nonce}.tmp`;
  await writeFile(temporary, JSON.stringify({ ...identify(process.pid), nonce }));
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        // A link fails if the file is there, and what it shows is whole.
        await link(temporary, file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      if ((await readOwner(file))?.nonce === nonce) await delay(SETTLE_MS);
      const owner = await readOwner(file);
      if (owner?.nonce === nonce) return () => rm(file, { force: true });
      if (owner !== undefined && isAlive(owner)) throw alreadyRunning(owner, file);
      await removeDead(file);
    }
    throw new X0tError("X0T_ALREADY_RUNNING", `Another launcher keeps taking ${file}. Run one \`x0t up\` at a time.`);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Moves the lock away before it goes: between reading and removing, another launcher may have put its own there. */
async function removeDead(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}.tmp`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const owner = await readOwner(aside);
  if (owner !== undefined && isAlive(owner)) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
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

/** The nonce tells apart two tries of one process. */
interface Owner extends ProcessIdentity {
  nonce?: string | undefined;
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    const { pid, started, nonce } = JSON.parse(await readFile(file, "utf8")) as Partial<Owner>;
    return typeof pid === "number" && typeof started === "string" ? { pid, started, nonce } : undefined;
  } catch {
    return undefined;
  }
}
