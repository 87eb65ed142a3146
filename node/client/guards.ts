import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import type { DirectoryNode } from "../directory/directory.ts";
import { selectGuards, type Guard } from "../directory/selectGuards.ts";

export type { Guard };

export const GUARDS_FILE = "guards.json";

const fileSchema = z.strictObject({
  version: z.literal(1),
  guards: z
    .array(
      z.strictObject({
        nodeId: z.string().regex(/^0x[0-9a-f]{64}$/).transform((value) => value as NodeId),
        addedMs: z.number(),
        expiresMs: z.number(),
        unreachableSinceMs: z.number().optional(),
      }),
    )
    .max(8),
});

/** Uniform in [0, 1), unpredictable: it decides who sees the client. */
export function secureRandom(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}

/** The guards of a client home; none if it has never chosen. @throws X0T_GUARDS_CORRUPT */
export async function readGuards(home: string): Promise<Guard[]> {
  const file = join(home, GUARDS_FILE);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return [];
  }
  try {
    return fileSchema.parse(JSON.parse(text)).guards;
  } catch (cause) {
    throw new X0tError("X0T_GUARDS_CORRUPT", `${file} cannot be read. Remove it to choose new guards; channels to the old ones stay open.`, { cause });
  }
}

/**
 * Keeps what is still good of a home's guards, draws the rest among the active nodes that have a document, and persists
 * them (NET-8). Genesis calls it before the client's first run, to open its channels. Safe to repeat.
 */
export async function chooseGuards(
  home: string,
  nodes: readonly DirectoryNode[],
  count: number,
  options: { known?: readonly Guard[]; nowMs?: number } = {},
): Promise<Guard[]> {
  const before = options.known ?? (await readGuards(home));
  const guards = selectGuards({ nodes, guards: before, count, nowMs: options.nowMs ?? Date.now(), random: secureRandom });
  const file = join(home, GUARDS_FILE);
  const text = `${JSON.stringify({ version: 1, guards }, null, 2)}\n`;
  if (text !== (await readFile(file, "utf8").catch(() => ""))) await writeFileAtomic(file, text, 0o600);
  return guards;
}
