import { existsSync } from "node:fs";
import { cp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { WebConfig } from "../../core/webConfig.ts";
import { X0tError } from "../../core/x0tError.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import { contentSecurityPolicy } from "./contentSecurityPolicy.ts";

const CONFIG = "config.json";

/**
 * The dashboard as files for any web server or IPFS gateway, at any path: the built page, its `config.json`, and the
 * Content-Security-Policy in index.html, which allows connections to the addresses of the configuration and no others.
 * A folder that holds something else is left alone. @throws X0T_USAGE
 */
export async function writeStaticSite({ dist, out, config }: { dist: string; out: string; config: WebConfig }): Promise<void> {
  if (existsSync(out) && (await readdir(out)).length > 0 && !isSite(out)) {
    throw new X0tError("X0T_USAGE", `${out} is not empty and holds no dashboard. Choose another --out.`);
  }
  const fresh = `${out}.${process.pid}`;
  try {
    await cp(dist, fresh, { recursive: true });
    const index = join(fresh, "index.html");
    const policy = contentSecurityPolicy(originsOf(config));
    const html = (await readFile(index, "utf8")).replace('<meta charset="utf-8" />', (charset) => `${charset}\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`);
    if (!html.includes("Content-Security-Policy")) throw new X0tError("X0T_NO_DASHBOARD", `${index} is not the built page. Build it anew: ./x0t web build`);
    await writeFileAtomic(index, html);
    await writeFileAtomic(join(fresh, CONFIG), `${JSON.stringify(config, null, 2)}\n`);
    await rm(out, { recursive: true, force: true });
    await rename(fresh, out);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Homes of nodes and clients have a config.json too, and keys beside it. */
function isSite(folder: string): boolean {
  const has = (name: string) => existsSync(join(folder, name));
  return has(CONFIG) && has("build.json") && has("index.html") && !has("keystore.json") && !has("payer.key");
}

/** Of every absolute address in the configuration. */
export function originsOf(config: WebConfig): string[] {
  const { rpcUrl, graphqlUrl, ipfsUrl, client, nodesUrl, faucetUrl, snapshot } = config;
  const urls = [rpcUrl, graphqlUrl, ipfsUrl, client?.apiUrl, client?.testUrl, nodesUrl, faucetUrl, snapshot?.hubUrl];
  return [...new Set(urls.flatMap((url) => (url != null && /^https?:\/\//.test(url) ? [new URL(url).origin] : [])))];
}
