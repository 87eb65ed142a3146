import { randomInt } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { AddressBook } from "../core/addressBook.ts";
import { writeFileAtomic } from "../runtime/atomicFile.ts";
import { CHANNEL_WEI, type GenesisNode } from "./genesisNodes.ts";
import type { StatePaths } from "./paths.ts";
import type { DevnetPorts } from "./ports.ts";
import { choiceOf, type DevnetSettings } from "./settings.ts";

const GUARDS = 3;
const HOPS = 3;
const GUARD_LIFE_MS = 75 * 24 * 3_600_000;

/** Writes the SOCKS client's home and chooses its guards. @returns the nodes that the client pays. */
export async function writeClientHome(
  context: { paths: StatePaths; ports: DevnetPorts; settings: DevnetSettings; contracts: AddressBook },
  nodes: readonly GenesisNode[],
): Promise<GenesisNode[]> {
  const { paths, ports, settings, contracts } = context;
  const guards = chooseGuards(nodes);
  const addedMs = Date.now();
  await mkdir(paths.clientHome, { recursive: true, mode: 0o700 });
  await writeFileAtomic(
    join(paths.clientHome, "guards.json"),
    `${JSON.stringify({ version: 1, guards: guards.map(({ keys }) => ({ nodeId: keys.nodeId, addedMs, expiresMs: addedMs + GUARD_LIFE_MS })) })}\n`,
    0o600,
  );
  const config = {
    chainId: contracts.chainId,
    rpcUrls: [`http://127.0.0.1:${ports.rpc}`],
    contracts,
    parameters: choiceOf(settings),
    ipfsUrl: `http://127.0.0.1:${ports.ipfs}`,
    socks: { host: "127.0.0.1", port: ports.socks },
    api: { host: "127.0.0.1", port: ports.clientApi },
    keyFile: paths.keyFile("client"),
    hops: HOPS,
    guards: GUARDS,
    depositWei: CHANNEL_WEI.toString(),
  };
  await writeFileAtomic(join(paths.clientHome, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
  return guards;
}

/** NET-8: entries are few and kept; all devnet nodes stake alike, so any are as good. */
function chooseGuards(nodes: readonly GenesisNode[]): GenesisNode[] {
  const left = [...nodes];
  return Array.from({ length: Math.min(GUARDS, left.length) }, () => left.splice(randomInt(left.length), 1)).flat();
}
