import { join } from "node:path";
import type { Address, LocalAccount } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { findNode } from "../chain/findNode.ts";
import type { TxSender } from "../chain/client.ts";
import type { AddressBook } from "../core/addressBook.ts";
import type { NodeId, NodeIndex } from "../core/ids.ts";
import { parametersOf, type ProtocolParameters } from "../core/parameters.ts";
import type { MlDsaSign } from "../core/signedObject.ts";
import { X0tError } from "../core/x0tError.ts";
import type { IpfsClient } from "../runtime/ipfsClient.ts";
import { readKeystore, readPassphraseFile, type NodeKeys } from "../runtime/keystore.ts";
import type { Logger } from "../runtime/logger.ts";
import { signerOf } from "../runtime/mlDsa.ts";
import type { ChainView, Tick } from "./chainView.ts";
import type { WorkerMetrics } from "./metrics.ts";
import { readWorkerConfig, type WorkerConfig } from "./workerConfig.ts";

/** One node as its jobs see it: its own keys, account and money; facts of the chain shared with the others. */
export interface WorkerNode {
  home: string;
  index: NodeIndex;
  nodeId: NodeId;
  operator: Address;
  chainId: number;
  contracts: AddressBook["contracts"];
  parameters: ProtocolParameters;
  publicKey: Uint8Array;
  /** The identity key's signature. */
  sign: MlDsaSign;
  /** The hot key. */
  account: LocalAccount;
  sender: TxSender;
  view: ChainView;
  ipfs: IpfsClient;
  /** GraphQL of an indexer. */
  indexerUrl?: string;
  log: Logger;
  metrics: WorkerMetrics;
}

/** A job of one node. Runs of one job never overlap; each finds out from the chain what is left to do. */
export interface Job {
  name: string;
  run(tick: Tick, signal: AbortSignal): Promise<void>;
}

/** @throws X0T_CONFIG, X0T_KEYSTORE_MISSING, X0T_KEYSTORE_CORRUPT, X0T_WRONG_PASSPHRASE, X0T_PASSPHRASE_FILE, X0T_WRONG_KEYSTORE */
export async function readHome(home: string): Promise<{ config: WorkerConfig; keys: NodeKeys }> {
  const config = await readWorkerConfig(home);
  const keys = await readKeystore(join(home, "keystore.json"), await readPassphraseFile(config.passphraseFile));
  if (keys.nodeId === config.nodeId) return { config, keys };
  throw new X0tError("X0T_WRONG_KEYSTORE", `${home}: the keystore is node ${keys.nodeId}'s, the config says ${config.nodeId}.`);
}

/** @param deps.createSender makes the hot key's queue. @throws X0T_NOT_REGISTERED */
export async function openWorkerNode(
  home: { path: string; config: WorkerConfig; keys: NodeKeys },
  deps: {
    createSender: (account: LocalAccount) => TxSender;
    view: ChainView;
    ipfs: IpfsClient;
    log: Logger;
    metrics: WorkerMetrics;
  },
): Promise<WorkerNode> {
  const { config, keys } = home;
  const { contracts } = config.contracts;
  const index = await findNode(deps.view.client, { registry: contracts.NodeRegistry, nodeId: config.nodeId });
  if (index === undefined) {
    throw new X0tError("X0T_NOT_REGISTERED", `Node ${config.nodeId} is not registered on chain ${config.chainId}: register it with x0t node init, or on the dashboard with its register.json.`, {
      retryable: true,
    });
  }
  const account = privateKeyToAccount(keys.hotKey);
  const { view, ipfs, metrics } = deps;
  return {
    home: home.path,
    index,
    nodeId: config.nodeId,
    operator: config.operator,
    chainId: config.chainId,
    contracts,
    parameters: parametersOf(config.parameters),
    publicKey: keys.publicKey,
    sign: signerOf(keys.identity),
    account,
    sender: deps.createSender(account),
    view,
    ipfs,
    ...(config.indexerUrl !== undefined && { indexerUrl: config.indexerUrl }),
    metrics,
    log: deps.log.child({ node: index }),
  };
}
