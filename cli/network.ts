import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { createReader } from "../chain/createReader.ts";
import type { Reader } from "../chain/client.ts";
import { addressBookSchema, type AddressBook } from "../core/addressBook.ts";
import { parametersOf, type ParameterChoice, type ProtocolParameters } from "../core/parameters.ts";
import { parseStrict } from "../core/schema.ts";
import { X0tError } from "../core/x0tError.ts";
import { readDevnetFile, type DevnetFile } from "../devnet/devnetFile.ts";
import { readGenesis, type Genesis } from "../devnet/genesisFile.ts";
import { PROJECT_ROOT, resolveStateDir, statePaths, type StatePaths } from "../devnet/paths.ts";
import { portsFrom } from "../devnet/ports.ts";
import { choiceOf } from "../devnet/settings.ts";

export interface NetworkFlags {
  stateDir?: string;
  home?: string;
  network?: string;
  rpc?: string;
  ipfs?: string;
  indexer?: string;
}

/** Where a command finds the protocol. */
export interface Network {
  name: string;
  contracts: AddressBook;
  choice: ParameterChoice;
  parameters: ProtocolParameters;
  rpcUrls: readonly string[];
  ipfsUrl: string;
  graphqlUrl?: string;
  client: Reader;
  /** `file` only while it runs. */
  devnet?: { paths: StatePaths; genesis: Genesis; file: DevnetFile | undefined };
}

type Found = Omit<Network, "client" | "parameters">;

/** A development chain: its parameters are those of a devnet, whatever its chain id. */
export const LOCALHOST = "localhost";
export const LOCALHOST_RPC_URL = "http://127.0.0.1:8545";
const DEFAULT_IPFS_URL = "http://127.0.0.1:5001";

/** The network of `--home`, else of `--network`, else the devnet. @throws X0T_NO_NETWORK, X0T_CONFIG */
export async function findNetwork(flags: NetworkFlags): Promise<Network> {
  const found = flags.home !== undefined ? await ofHome(flags.home) : flags.network !== undefined ? await ofDeployment(flags.network, flags) : await ofDevnet(flags);
  const rpcUrls = flags.rpc === undefined ? found.rpcUrls : [flags.rpc];
  return {
    ...found,
    rpcUrls,
    ipfsUrl: flags.ipfs ?? found.ipfsUrl,
    ...(flags.indexer !== undefined && { graphqlUrl: flags.indexer }),
    parameters: parametersOf(found.choice),
    client: createReader({ chainId: found.contracts.chainId, rpcUrls }),
  };
}

/** What the configs of nodes and clients have in common. */
const homeSchema = z.object({
  rpcUrls: z.array(z.string()).min(1),
  contracts: addressBookSchema,
  parameters: z.union([z.literal("production"), z.strictObject({ devnetEpochSeconds: z.number() })]),
  ipfsUrl: z.string(),
  indexerUrl: z.string().optional(),
});

async function ofHome(home: string): Promise<Found> {
  const file = join(resolve(home), "config.json");
  const config = parseStrict(homeSchema, await readJson(file, `Make a node with: x0t node init --home ${home}`), "X0T_CONFIG", file);
  const { contracts, parameters, rpcUrls, ipfsUrl, indexerUrl } = config;
  const graphql = indexerUrl === undefined ? {} : { graphqlUrl: indexerUrl };
  return { name: `chain ${contracts.chainId}`, contracts, choice: parameters, rpcUrls, ipfsUrl, ...graphql };
}

/** What `x0t deploy` writes. */
export const deploymentSchema = z.strictObject({
  contracts: addressBookSchema,
  parameters: z.union([z.literal("production"), z.strictObject({ devnetEpochSeconds: z.number() })]),
});

export function deploymentFile(network: string): string {
  return join(PROJECT_ROOT, "ignition", "deployments", network, "network.json");
}

/** BASE_SEPOLIA for baseSepolia: how its variables begin. */
export function variablePrefix(network: string): string {
  return network.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

async function ofDeployment(network: string, flags: NetworkFlags): Promise<Found> {
  const isFile = network.endsWith(".json");
  const file = isFile ? resolve(network) : deploymentFile(network);
  const deployment = parseStrict(deploymentSchema, await readJson(file, `Deploy it first: x0t deploy --network ${isFile ? "NAME" : network}`), "X0T_CONFIG", file);
  const variable = isFile ? "X0T_RPC_URL" : `${variablePrefix(network)}_RPC_URL`;
  const rpcUrl = flags.rpc ?? process.env[variable] ?? (network === LOCALHOST ? LOCALHOST_RPC_URL : undefined);
  if (rpcUrl === undefined) {
    throw new X0tError("X0T_USAGE", `Say how to reach ${network}: --rpc URL, or the variable ${variable}.`);
  }
  return { name: network, contracts: deployment.contracts, choice: deployment.parameters, rpcUrls: [rpcUrl], ipfsUrl: DEFAULT_IPFS_URL };
}

async function ofDevnet(flags: NetworkFlags): Promise<Found> {
  const paths = statePaths(resolveStateDir(flags.stateDir));
  const genesis = await readGenesis(paths.genesisFile);
  if (genesis === undefined) {
    throw new X0tError("X0T_NO_NETWORK", `There is no network in ${paths.stateDir}. Start one with: ./x0t up`);
  }
  const ports = portsFrom(genesis.settings.portBase ?? undefined);
  return {
    name: "devnet",
    contracts: genesis.contracts,
    choice: choiceOf(genesis.settings),
    rpcUrls: [`http://127.0.0.1:${ports.rpc}`],
    ipfsUrl: `http://127.0.0.1:${ports.ipfs}`,
    graphqlUrl: `http://127.0.0.1:${ports.graphql}/graphql`,
    devnet: { paths, genesis, file: await readDevnetFile(paths.devnetFile) },
  };
}

async function readJson(file: string, wayOut: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new X0tError("X0T_NO_NETWORK", `${file} does not exist. ${wayOut}`, { cause });
    }
    throw new X0tError("X0T_CONFIG", `${file}: ${(cause as Error).message}.`, { cause });
  }
}
