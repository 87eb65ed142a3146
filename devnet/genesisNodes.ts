import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { AddressBook } from "../core/addressBook.ts";
import type { ExitRule } from "../core/didDocument.ts";
import { RELAY_CHANNEL_WEI, X0T } from "../core/parameters.ts";
import { openChannel } from "../chain/openChannel.ts";
import { registerNode } from "../chain/registerNode.ts";
import { signWitnessProof } from "../chain/signWitnessProof.ts";
import type { IpfsClient } from "../runtime/ipfsClient.ts";
import type { NodeKeys } from "../runtime/keystore.ts";
import { createNodeKeys, PASSPHRASE_FILE, writeNodeHome } from "../runtime/nodeHome.ts";
import type { TxQueue } from "../runtime/txQueue.ts";
import type { LocalKey } from "./genesisAccounts.ts";
import type { StatePaths } from "./paths.ts";
import { nodeHost, type DevnetPorts } from "./ports.ts";
import { regionOf } from "./regions.ts";
import { choiceOf, type DevnetSettings } from "./settings.ts";

export const NODE_STAKE_WEI = 1_000n * X0T;
export const CHANNEL_WEI = RELAY_CHANNEL_WEI;

export interface GenesisNode {
  /** Registry index, and its place in the state folder. */
  index: number;
  operator: LocalKey;
  keys: NodeKeys;
  hotKey: LocalKey;
  region: string;
}

/** A queue per account: transactions of different accounts travel together. */
export type Senders = (account: LocalKey) => TxQueue;

export async function createNode(paths: StatePaths, index: number, operator: LocalKey): Promise<GenesisNode> {
  const keys = await createNodeKeys(paths.nodeHome(index));
  return { index, operator, keys, hotKey: privateKeyToAccount(keys.hotKey), region: regionOf(index) };
}

export interface RegisterContext {
  paths: StatePaths;
  ports: DevnetPorts;
  settings: DevnetSettings;
  contracts: AddressBook;
  ipfs: IpfsClient;
  senders: Senders;
}

/** Every devnet node is an exit, to the test origin alone. */
function originOnly(ports: DevnetPorts): ExitRule[] {
  return [{ action: "accept", network: "127.0.0.1/32", ports: [ports.origin, ports.origin] }];
}

/** Writes the homes, publishes the documents, then registers in order: node i gets registry index i. */
export async function registerNodes(context: RegisterContext, nodes: readonly GenesisNode[], signal: AbortSignal): Promise<void> {
  const { contracts, ipfs, senders } = context;
  const { X0TToken: token, NodeRegistry: registry } = contracts.contracts;
  const metadata = await Promise.all(nodes.map(async (node) => ipfs.putBlock(await writeHome(context, node), signal)));
  for (const [position, { operator, hotKey, keys }] of nodes.entries()) {
    const { nodeId } = keys;
    const proofOfPossession = await signWitnessProof(hotKey, {
      chainId: contracts.chainId,
      registry,
      operator: operator.address,
      nodeId,
    });
    await registerNode(
      senders(operator),
      {
        token,
        registry,
        nodeId,
        witness: hotKey.address,
        metadata: metadata[position] as Hex,
        stakeWei: NODE_STAKE_WEI,
        proofOfPossession,
      },
      signal,
    );
  }
}

function writeHome({ paths, ports, settings, contracts }: RegisterContext, node: GenesisNode): Promise<Uint8Array> {
  const host = nodeHost(node.index);
  return writeNodeHome(
    {
      home: paths.nodeHome(node.index),
      contracts,
      parameters: choiceOf(settings),
      rpcUrls: [`http://127.0.0.1:${ports.rpc}`],
      ipfsUrl: `http://127.0.0.1:${ports.ipfs}`,
      indexerUrl: `http://127.0.0.1:${ports.graphql}/graphql`,
      operator: node.operator.address,
      region: node.region,
      endpoint: { host, relayPort: ports.relay, controlPort: ports.control },
      dialFrom: host,
      apiPort: ports.nodeApi + node.index,
      passphraseFile: PASSPHRASE_FILE,
      exitPolicy: originOnly(ports),
      allowLoopbackExit: true,
    },
    node.keys,
  );
}

/** Opens 50 X0T to each payee's operator. */
export async function openChannels(
  context: Pick<RegisterContext, "contracts" | "senders">,
  payer: LocalKey,
  payees: readonly GenesisNode[],
  signal: AbortSignal,
): Promise<void> {
  const { X0TToken: token, RelayChannels: channels } = context.contracts.contracts;
  const approveWei = BigInt(payees.length) * CHANNEL_WEI;
  for (const payee of payees) {
    const terms = { payee: payee.operator.address, signer: payer.address, amountWei: CHANNEL_WEI, approveWei };
    await openChannel(context.senders(payer), { token, channels, ...terms }, signal);
  }
}
