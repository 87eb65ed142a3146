/**
 * Writes core/abi/*.ts from the compiled contracts; with --check it only compares and exits 1 on a difference.
 * Run after `hardhat build`: node contracts/exportAbi.ts [--check]
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Abi } from "viem";

const ROOT = join(import.meta.dirname, "..");

/** File and contract name → artifact path. */
const CONTRACTS = {
  X0TToken: "contracts/X0TToken.sol",
  NodeRegistry: "contracts/NodeRegistry.sol",
  ProofLedger: "contracts/ProofLedger.sol",
  EpochRewards: "contracts/EpochRewards.sol",
  RelayChannels: "contracts/RelayChannels.sol",
  Marketplace: "contracts/Marketplace.sol",
  GuardianSeat: "contracts/GuardianSeat.sol",
  X0TGovernor: "contracts/X0TGovernor.sol",
  X0TTimelock: "contracts/X0TTimelock.sol",
} as const;

/** The TypeScript text of one ABI: functions, events and errors, without the constructor. */
function renderAbi(name: string, abi: Abi): string {
  const entries = abi.filter((entry) => entry.type !== "constructor");
  // X0TToken -> x0tTokenAbi, NodeRegistry -> nodeRegistryAbi.
  const exportName = `${name.replace(/^([A-Z0-9]+(?=[A-Z][a-z])|[A-Z])/, (head) => head.toLowerCase())}Abi`;
  return [
    "// Generated from the compiled contracts by contracts/exportAbi.ts; do not edit.",
    `export const ${exportName} = ${JSON.stringify(entries, null, 2)} as const;`,
    "",
  ].join("\n");
}

/** @returns the files of core/abi that differ from the artifacts, each with its right text. */
export async function staleAbis(): Promise<{ path: string; text: string }[]> {
  const stale: { path: string; text: string }[] = [];
  for (const [name, source] of Object.entries(CONTRACTS)) {
    const artifact = await readFile(join(ROOT, "artifacts", source, `${name}.json`), "utf8");
    const text = renderAbi(name, (JSON.parse(artifact) as { abi: Abi }).abi);
    const path = join(ROOT, "core/abi", `${name}.ts`);
    const current = await readFile(path, "utf8").catch(() => "");
    if (current !== text) stale.push({ path, text });
  }
  return stale;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const stale = await staleAbis();
  if (!process.argv.includes("--check")) {
    for (const { path, text } of stale) await writeFile(path, text);
  } else if (stale.length > 0) {
    const names = stale.map(({ path }) => path).join(", ");
    process.stderr.write(`Out of date: ${names}. Run \`node contracts/exportAbi.ts\` and commit.\n`);
    process.exitCode = 1;
  }
}
