import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { AddressBook } from "../core/addressBook.ts";
import { encodeDidDocument, type Endpoint, type ExitRule } from "../core/didDocument.ts";
import { didOf, type Address } from "../core/ids.ts";
import type { ParameterChoice } from "../core/parameters.ts";
import { writeFileAtomic } from "./atomicFile.ts";
import { generateNodeKeys, randomPassphrase, writeKeystore, type NodeKeys } from "./keystore.ts";
import { signerOf } from "./mlDsa.ts";

/** Where a passphrase of random bytes lies in a home. */
export const PASSPHRASE_FILE = "passphrase";

/** What a node is, apart from its keys. */
export interface NodeHomePlan {
  home: string;
  contracts: AddressBook;
  parameters: ParameterChoice;
  rpcUrls: readonly string[];
  ipfsUrl: string;
  indexerUrl?: string;
  operator: Address;
  region: string;
  /** Where others reach it; it listens there too unless `listenHost` says otherwise. */
  endpoint: Endpoint;
  listenHost?: string;
  dialFrom: string;
  apiPort: number;
  /** Absolute, or relative to the home. */
  passphraseFile: string;
  /** Not empty: the node is an exit. */
  exitPolicy: readonly ExitRule[];
  allowLoopbackExit: boolean;
}

const PROTOCOL = 1;
/** scrypt's cost: little for 32 random bytes, much for what a person can remember (NET-3). */
const LOG_N_RANDOM = 14;
const LOG_N_PERSON = 17;

/**
 * Makes a node's keys in `home`, encrypted, 0600 (NET-3).
 * @param passphrase a person's; by default 32 random bytes, kept beside the keystore.
 */
export async function createNodeKeys(home: string, passphrase?: Buffer): Promise<NodeKeys> {
  const inHome = (file: string) => join(home, file);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const keys = generateNodeKeys();
  if (passphrase !== undefined) {
    await writeKeystore(inHome("keystore.json"), keys, passphrase, LOG_N_PERSON);
    return keys;
  }
  const random = randomPassphrase();
  await writeFileAtomic(inHome(PASSPHRASE_FILE), random, 0o600);
  await writeKeystore(inHome("keystore.json"), keys, Buffer.from(random), LOG_N_RANDOM);
  return keys;
}

/**
 * Writes the rest of a home: API token, signed DID document and config.json (which comes last: its presence says that
 * the home is whole). @returns the DID document's block.
 */
export async function writeNodeHome(plan: NodeHomePlan, keys: NodeKeys): Promise<Uint8Array> {
  const inHome = (file: string) => join(plan.home, file);
  await writeFileAtomic(inHome("api.token"), `${randomBytes(32).toString("hex")}\n`, 0o600);
  const didBlock = encodeDidDocument(
    {
      version: 1,
      did: didOf(plan.contracts.chainId, keys.nodeId),
      chainId: plan.contracts.chainId,
      operator: plan.operator,
      publicKey: keys.publicKey,
      region: plan.region,
      endpoint: plan.endpoint,
      roles: rolesOf(plan),
      exitPolicy: [...plan.exitPolicy],
      protocol: PROTOCOL,
    },
    signerOf(keys.identity),
  );
  await writeFileAtomic(inHome("did.cbor"), didBlock);
  await writeFileAtomic(inHome("config.json"), `${JSON.stringify(configOf(plan, keys), null, 2)}\n`);
  return didBlock;
}

function rolesOf(plan: NodeHomePlan): ("relay" | "exit")[] {
  return plan.exitPolicy.length > 0 ? ["relay", "exit"] : ["relay"];
}

/** In the shape of node/config.ts. */
function configOf(plan: NodeHomePlan, keys: NodeKeys): Record<string, unknown> {
  const { host, relayPort, controlPort, reachable } = plan.endpoint;
  return {
    chainId: plan.contracts.chainId,
    rpcUrls: plan.rpcUrls,
    contracts: plan.contracts,
    parameters: plan.parameters,
    ipfsUrl: plan.ipfsUrl,
    ...(plan.indexerUrl !== undefined && { indexerUrl: plan.indexerUrl }),
    nodeId: keys.nodeId,
    operator: plan.operator,
    region: plan.region,
    listen: { host: plan.listenHost ?? host, relayPort, controlPort, ...(reachable === false && { reachable }) },
    dialFrom: plan.dialFrom,
    api: { host: "127.0.0.1", port: plan.apiPort, tokenFile: "api.token" },
    passphraseFile: plan.passphraseFile,
    roles: rolesOf(plan),
    exitPolicy: plan.exitPolicy,
    dnsServers: [],
    allowLoopbackExit: plan.allowLoopbackExit,
  };
}
