import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { foundryBinary } from "../../devnet/foundryBinary.ts";
import { CHROMIUM } from "../e2e-web/support/chromium.ts";
import { whyNoLab } from "../chaos/lab.ts";
import { ROOT } from "./spawnNode.ts";

const ANVIL = join(ROOT, "test/support/anvil.ts");

/** @returns why this machine cannot run `name`; undefined if it can. A lab is several hosts in network namespaces. */
export function whyNot(name: "anvil" | "forge" | "lab" | "tshark" | "chromium"): string | undefined {
  if (name === "lab") return whyNoLab();
  if (name === "tshark") return spawnSync("tshark", ["--version"]).error === undefined ? undefined : "there is no tshark: apt-get install tshark";
  if (name === "chromium") return existsSync(CHROMIUM) ? undefined : "there is no Chromium: apt-get install chromium";
  try {
    foundryBinary(name);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether a test file captures packets. */
export function capturesPackets(file: string): boolean {
  return readFileSync(join(ROOT, file), "utf8").includes('"tshark"');
}

/** Whether a test file starts a local chain, itself or by what it imports from test/. */
export function startsAnvil(file: string, seen = new Set<string>()): boolean {
  const path = join(ROOT, file);
  if (path === ANVIL) return true;
  if (seen.has(path)) return false;
  seen.add(path);
  const imports = [...readFileSync(path, "utf8").matchAll(/from\s+"(\.[^"]+\.ts)"/g)].map((match) => join(dirname(file), match[1]!));
  return imports.some((imported) => imported.startsWith("test/") && existsSync(join(ROOT, imported)) && startsAnvil(imported, seen));
}
