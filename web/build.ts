import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "vite";
import { config } from "./vite.config.ts";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "web", "dist");
/** Written last: a build that broke off is done again. */
const STAMP = "build.json";

/** `node web/build.ts [--force]`: the dashboard into web/dist, unless it is there already, made of the same sources. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { force: { type: "boolean" } } });
  const sources = await hashSources();
  if (values.force !== true && (await builtFrom()) === sources) return;
  const fresh = `${DIST}.${process.pid}`;
  try {
    await build({ ...config, logLevel: "warn", build: { ...config.build, outDir: fresh } });
    await writeFile(join(fresh, STAMP), `${JSON.stringify({ sources })}\n`);
    await rm(DIST, { recursive: true, force: true });
    await rename(fresh, DIST);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function builtFrom(): Promise<string | undefined> {
  const file = join(DIST, STAMP);
  if (!existsSync(file)) return undefined;
  return (JSON.parse(await readFile(file, "utf8")) as { sources: string }).sources;
}

async function hashSources(): Promise<string> {
  const hash = createHash("sha256");
  const files: string[] = [];
  for await (const file of glob(["web/*.{ts,html}", "web/public/**", "web/src/**/*.*", "core/**/*.ts", "chain/**/*.ts", "package-lock.json"], { cwd: ROOT })) {
    files.push(file);
  }
  for (const file of files.sort()) hash.update(file).update(await readFile(join(ROOT, file)).catch(() => ""));
  return hash.digest("hex");
}

await main();
