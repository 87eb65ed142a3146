import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { X0tError } from "../../core/x0tError.ts";

export interface SiteFile {
  type: string;
  body: Buffer;
  gzipped: Buffer;
  /** Its name holds its hash: it never changes. */
  isImmutable: boolean;
}

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** The whole built dashboard, by path: small enough to be held, and no request reaches the disk. @throws X0T_NO_DASHBOARD */
export async function readSite(dist: string): Promise<Map<string, SiteFile>> {
  const files = new Map<string, SiteFile>();
  const names = await readdir(dist, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new X0tError("X0T_NO_DASHBOARD", `${dist} holds no dashboard. Build it: ./x0t web build`, { cause });
  });
  for (const entry of names) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(dist.length).replaceAll("\\", "/");
    const body = await readFile(file);
    files.set(path, { type, body, gzipped: await promisify(gzip)(body), isImmutable: path.startsWith("/assets/") });
  }
  const index = files.get("/index.html");
  if (index === undefined) throw new X0tError("X0T_NO_DASHBOARD", `${dist} holds no dashboard. Build it: ./x0t web build`);
  return files.set("/", index);
}
