import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { X0tError } from "../core/x0tError.ts";
import { identify, isAlive, type ProcessIdentity } from "./processIdentity.ts";

const TRIES = 100;
const RETRY_MS = 20;

/**
 * One launcher a state folder. A lock whose owner is dead is replaced by whoever gets the right to do that: a file named
 * after what stands in the dead lock. Only its holder replaces, after looking again, so that no living lock is ever touched.
 * @returns how to release it. @throws X0T_ALREADY_RUNNING naming the owner
 */
export async function takeLauncherLock(file: string): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}.tmp`;
  await writeFile(temporary, JSON.stringify(identify(process.pid)));
  const release = () => rm(file, { force: true });
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      // What a link shows is whole.
      if (await linkNew(temporary, file)) return release;
      const found = await readText(file);
      if (found === undefined) continue;
      const owner = parseOwner(found);
      if (owner !== undefined && isAlive(owner)) throw alreadyRunning(owner, file);
      if (await replaceDead({ file, found, temporary })) return release;
      await delay(RETRY_MS);
    }
    throw new X0tError("X0T_ALREADY_RUNNING", `Another launcher keeps taking ${file}. Run one \`x0t up\` at a time.`);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** @returns false if another one does it, or did. */
async function replaceDead({ file, found, temporary }: { file: string; found: string; temporary: string }): Promise<boolean> {
  const right = `${file}.${createHash("sha256").update(found).digest("hex").slice(0, 16)}.tmp`;
  if (!(await linkNew(temporary, right))) {
    const holder = parseOwner((await readText(right)) ?? "");
    if (holder !== undefined && !isAlive(holder)) await rm(right, { force: true });
    return false;
  }
  try {
    if ((await readText(file)) !== found) return false;
    await rename(temporary, file);
    return true;
  } finally {
    await rm(right, { force: true });
  }
}

/** @returns false if `to` is there already. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
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
  return parseOwner((await readText(file)) ?? "");
}

/** @returns undefined if there is no such file. */
async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parseOwner(text: string): ProcessIdentity | undefined {
  try {
    const { pid, started } = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof pid === "number" && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}
