/**
 * Writes docs/schema.graphql, what the indexer's GraphQL offers; with --check it only compares and exits 1 on a difference.
 * Run after a change of ponder.schema.ts: node indexer/exportSchema.ts [--check]
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as schema from "./ponder.schema.ts";
import { graphqlJs, ponderGraphql } from "./src/api/ponderInternals.ts";

const ROOT = join(import.meta.dirname, "..");
const FILE = join(ROOT, "docs/schema.graphql");

/** @returns the file's right text, and whether it has it. */
export async function readSchemaFile(): Promise<{ text: string; current: boolean }> {
  const body = graphqlJs.printSchema(ponderGraphql.buildGraphQLSchema({ schema }));
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { version: string };
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 12);
  const text = `# The indexer's GraphQL, version ${version}+${hash}: the release, and a hash of what follows.
# Generated from indexer/ponder.schema.ts by indexer/exportSchema.ts; do not edit. What the columns mean stands there.

${body}
`;
  return { text, current: (await readFile(FILE, "utf8").catch(() => "")) === text };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { text, current } = await readSchemaFile();
  if (!process.argv.includes("--check")) await writeFile(FILE, text);
  else if (!current) {
    process.stderr.write("Out of date: docs/schema.graphql. Run `node indexer/exportSchema.ts` and commit.\n");
    process.exitCode = 1;
  }
}
