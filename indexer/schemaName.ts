import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const SCHEMA_PREFIX = "x0t_";
/** Files that have no part in what is written to the tables. */
const APART = ["indexer/generated/", "indexer/src/api/"];

/** Schema of one version of the indexer over one chain: Ponder refuses one that another version wrote. */
export async function schemaName(chainIdentity: string): Promise<string> {
  const hash = createHash("sha256").update(chainIdentity);
  const root = fileURLToPath(new URL("..", import.meta.url));
  const files: string[] = [];
  for await (const file of glob(["indexer/**/*.ts", "core/**/*.ts"], { cwd: root })) files.push(file);
  for (const file of files.sort()) {
    if (file.endsWith(".d.ts") || APART.some((folder) => file.startsWith(folder))) continue;
    hash.update(file).update(await readFile(join(root, file)));
  }
  return SCHEMA_PREFIX + hash.digest("hex").slice(0, 12);
}
