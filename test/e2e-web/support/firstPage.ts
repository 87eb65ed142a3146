import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
}

/** What a browser must load before the network page stands: index.html, the entry, that page, and all that these import. */
export async function firstPageBytes(dist: string): Promise<{ gzipBytes: number; files: string[] }> {
  const manifest = JSON.parse(await readFile(join(dist, "manifest.json"), "utf8")) as Record<string, Chunk>;
  const files = new Set<string>(["index.html"]);
  const add = (key: string) => {
    const chunk = manifest[key];
    if (chunk === undefined) throw new Error(`the build has no ${key}`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const imported of chunk.imports ?? []) add(imported);
  };
  add("index.html");
  add("src/pages/network/NetworkPage.tsx");
  let gzipBytes = 0;
  for (const file of files) gzipBytes += gzipSync(await readFile(join(dist, file))).length;
  return { gzipBytes, files: [...files] };
}
