import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { foundryBinary } from "../../devnet/foundryBinary.ts";
import { CHROMIUM } from "../e2e-web/support/chromium.ts";
import { whyNoLab } from "../chaos/lab.ts";
import { findPostgres } from "../support/postgres.ts";
import { ROOT } from "./spawnNode.ts";

const ANVIL = join(ROOT, "test/support/anvil.ts");
const POSTGRES = join(ROOT, "test/support/postgres.ts");

/** @returns why this machine cannot run `name`; undefined if it can. A lab is several hosts in network namespaces. */
export function whyNot(name: "anvil" | "forge" | "lab" | "tshark" | "chromium" | "postgres"): string | undefined {
  if (name === "lab") return whyNoLab();
  if (name === "tshark") return spawnSync("tshark", ["--version"]).error === undefined ? undefined : "there is no tshark: apt-get install tshark";
  if (name === "chromium") return existsSync(CHROMIUM) ? undefined : "there is no Chromium: apt-get install chromium";
  if (name === "postgres") return findPostgres() === undefined ? "there is no PostgreSQL 15 or later: apt-get install postgresql" : undefined;
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
export function startsAnvil(file: string): boolean {
  return reaches(file, ANVIL);
}

/** Whether a test file starts a PostgreSQL of its own. */
export function startsPostgres(file: string): boolean {
  return reaches(file, POSTGRES);
}

function reaches(file: string, target: string, seen = new Set<string>()): boolean {
  const path = join(ROOT, file);
  if (path === target) return true;
  if (seen.has(path)) return false;
  seen.add(path);
  const imports = [...readFileSync(path, "utf8").matchAll(/from\s+"(\.[^"]+\.ts)"/g)].map((match) => join(dirname(file), match[1]!));
  return imports.some((imported) => imported.startsWith("test/") && existsSync(join(ROOT, imported)) && reaches(imported, target, seen));
}
