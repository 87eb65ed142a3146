import { readFile, rm } from "node:fs/promises";
import type { Address } from "viem";
import type { AddressBook } from "../core/addressBook.ts";
import type { NodeId } from "../core/ids.ts";
import { writeFileAtomic } from "../runtime/atomicFile.ts";
import type { Genesis } from "./genesisFile.ts";
import { portsFrom } from "./ports.ts";
import { DEVNET_CHAIN_ID } from "./settings.ts";

/** `.x0t/devnet.json`: there while the network is ready, for programs that use it. */
export interface DevnetFile {
  rpcUrl: string;
  chainId: number;
  contracts: AddressBook["contracts"];
  dashboardUrl: string;
  graphqlUrl: string;
  socksUrl: string;
  originUrl: string;
  nodes: { index: number; nodeId: NodeId; operator: Address; region: string; apiUrl: string; pid: number | null }[];
  ipfsUrl: string;
  clientApiUrl: string;
  epochSeconds: number;
  /** Pids of the launcher and of every child by name; null while one is dead. */
  launcherPid: number;
  processes: Record<string, number | null>;
}

export function devnetFileOf(
  genesis: Genesis,
  pids: { launcher: number; children: Record<string, number | null> },
): DevnetFile {
  const ports = portsFrom(genesis.settings.portBase ?? undefined);
  const url = (port: number) => `http://127.0.0.1:${port}`;
  return {
    rpcUrl: url(ports.rpc),
    chainId: DEVNET_CHAIN_ID,
    contracts: genesis.contracts.contracts,
    dashboardUrl: url(ports.dashboard),
    graphqlUrl: `${url(ports.graphql)}/graphql`,
    socksUrl: `socks5h://127.0.0.1:${ports.socks}`,
    originUrl: url(ports.origin),
    nodes: genesis.nodes.map(({ index, nodeId, operator, region }) => ({
      index,
      nodeId,
      operator,
      region,
      apiUrl: url(ports.nodeApi + index),
      pid: pids.children[`node-${index}`] ?? null,
    })),
    ipfsUrl: url(ports.ipfs),
    clientApiUrl: url(ports.clientApi),
    epochSeconds: genesis.settings.epochSeconds,
    launcherPid: pids.launcher,
    processes: pids.children,
  };
}

export async function writeDevnetFile(file: string, content: DevnetFile): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`);
}

export async function removeDevnetFile(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** @returns undefined while no network is ready. */
export async function readDevnetFile(file: string): Promise<DevnetFile | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as DevnetFile;
  } catch {
    return undefined;
  }
}
