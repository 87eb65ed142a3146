import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HDAccount } from "viem";
import { readEpochFacts } from "../../chain/readBundleExpectation.ts";
import { registerNode } from "../../chain/registerNode.ts";
import { signReceipt } from "../../chain/signReceipt.ts";
import { signWitnessProof } from "../../chain/signWitnessProof.ts";
import { blockDigest } from "../../core/cid.ts";
import { encodeDidDocument } from "../../core/didDocument.ts";
import { didOf } from "../../core/ids.ts";
import { X0T } from "../../core/parameters.ts";
import { encodeSpoolRecord, spoolFile, type SpoolRecord } from "../../core/spool.ts";
import { generateNodeKeys, writeKeystore, type NodeKeys } from "../../runtime/keystore.ts";
import { signerOf } from "../../runtime/mlDsa.ts";
import type { ProtocolChain } from "./protocolChain.ts";

/** A registered node with a home on disk. Operator: accounts[i]; hot key: accounts[12 + i]. */
export interface TestNode {
  home: string;
  index: number;
  keys: NodeKeys;
  operator: HDAccount;
  hot: HDAccount;
  /** Index into the chain's accounts. */
  operatorAccount: number;
  hotAccount: number;
}

const FIRST_HOT = 12;
const STAKE_WEI = 1_000n * X0T;

/** Registers `count` ≤ 12 nodes with 1,000 X0T each and moves two epochs on: then they are active and draw committees. */
export async function createTestNodes(
  chain: ProtocolChain,
  options: { directory: string; count: number; ipfsUrl: string },
): Promise<TestNode[]> {
  const nodes: TestNode[] = [];
  for (let position = 0; position < options.count; position++) {
    nodes.push(await createTestNode(chain, { ...options, position }));
  }
  await chain.warpToEpoch((await chain.epoch()) + 2);
  return nodes;
}

async function createTestNode(
  chain: ProtocolChain,
  { directory, ipfsUrl, position }: { directory: string; ipfsUrl: string; position: number },
): Promise<TestNode> {
  const operator = chain.accounts[position] as HDAccount;
  const hot = chain.accounts[FIRST_HOT + position] as HDAccount;
  const keys: NodeKeys = { ...generateNodeKeys(), hotKey: chain.privateKeyOf(FIRST_HOT + position) };
  const { chainId, contracts } = chain.book;
  const { nodeId } = keys;
  const listen = { host: `127.0.${position + 1}.1`, relayPort: 9001, controlPort: 9002 };
  const did = encodeDidDocument(
    {
      version: 1,
      did: didOf(chainId, nodeId),
      chainId,
      operator: operator.address,
      publicKey: keys.publicKey,
      region: `region-${position}`,
      endpoint: listen,
      roles: ["relay"],
      exitPolicy: [],
      protocol: 1,
    },
    signerOf(keys.identity),
  );
  const registry = contracts.NodeRegistry;
  const { index } = await registerNode(chain.sender(position), {
    token: contracts.X0TToken,
    registry,
    nodeId,
    witness: hot.address,
    metadata: blockDigest(did),
    stakeWei: STAKE_WEI,
    proofOfPossession: await signWitnessProof(hot, { chainId, registry, operator: operator.address, nodeId }),
  });
  const home = join(directory, `node-${position}`);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(join(home, "did.cbor"), did);
  await writeFile(join(home, "passphrase"), "correct horse");
  await writeKeystore(join(home, "keystore.json"), keys, Buffer.from("correct horse"), 14);
  await writeConfig(chain, home, { nodeId, operator: operator.address, region: `region-${position}`, listen, ipfsUrl });
  return { home, index, keys, operator, hot, operatorAccount: position, hotAccount: FIRST_HOT + position };
}

/** A node's config.json; `extra` overrides, for another RPC URL say. */
export async function writeConfig(chain: ProtocolChain, home: string, extra: Record<string, unknown>): Promise<void> {
  const config = {
    chainId: chain.book.chainId,
    rpcUrls: [chain.rpcUrl],
    contracts: chain.book,
    parameters: { devnetEpochSeconds: chain.parameters.epochSeconds },
    dialFrom: "127.0.0.1",
    api: { host: "127.0.0.1", port: 0 },
    passphraseFile: "passphrase",
    roles: ["relay"],
    exitPolicy: [],
    dnsServers: [],
    allowLoopbackExit: false,
    ...extra,
  };
  await writeFile(join(home, "config.json"), JSON.stringify(config));
}

/** Writes what the committees of `slots` would have sent into the node's spool. */
export async function witnessSlots(
  chain: ProtocolChain,
  nodes: readonly TestNode[],
  { node, epoch, slots, relayedBytes = 0 }: { node: TestNode; epoch: number; slots: readonly number[]; relayedBytes?: number },
): Promise<void> {
  const { NodeRegistry: registry, ProofLedger: ledger } = chain.contracts;
  const facts = await readEpochFacts(chain.client, { registry, ledger, epoch });
  const records: SpoolRecord[] = [{ type: "relayed", bytes: relayedBytes }];
  for (const slot of slots) {
    for (const witness of facts.committee(node.index, slot)) {
      const { hot } = nodes.find((other) => other.index === witness) as TestNode;
      const signature = await signReceipt(hot, { chainId: chain.book.chainId, ledger, epoch, slot, node: node.index });
      records.push({ type: "receipt", slot, witness, signature });
    }
  }
  await appendSpool(node, epoch, records);
}

export async function appendSpool(node: TestNode, epoch: number, records: readonly SpoolRecord[]): Promise<void> {
  const file = join(node.home, spoolFile(epoch));
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, records.map(encodeSpoolRecord).join(""));
}
