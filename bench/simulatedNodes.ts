import { privateKeyToAddress } from "viem/accounts";
import { blockDigest } from "../core/cid.ts";
import { encodeDescriptor } from "../core/descriptor.ts";
import { encodeDidDocument } from "../core/didDocument.ts";
import { didOf, type Address, type Hex, type NodeId } from "../core/ids.ts";
import { generateNodeKeys } from "../runtime/keystore.ts";
import { signerOf } from "../runtime/mlDsa.ts";

export const CHAIN_ID = 31_337;
const FUNDED_PEERS = 64;

export interface SimulatedNode {
  nodeId: NodeId;
  operator: Address;
  witness: Address;
  metadata: Hex;
  document: Uint8Array;
  /** A descriptor that pays the 64 nodes after this one: the largest there is. */
  descriptor(counter: number, over?: { load?: number; draining?: boolean }): Uint8Array;
}

/** Nodes as the registry, IPFS and the network would show them: own ML-DSA keys, own operators, own /16 each. */
export function simulateNodes(count: number): SimulatedNode[] {
  const nodes: SimulatedNode[] = Array.from({ length: count }, (_, i) => {
    const keys = generateNodeKeys();
    const { nodeId } = keys;
    const sign = signerOf(keys.identity);
    const operator: Address = `0x${(0xb00000 + i).toString(16).padStart(40, "0")}`;
    const document = encodeDidDocument(
      {
        version: 1,
        did: didOf(CHAIN_ID, nodeId),
        chainId: CHAIN_ID,
        operator,
        publicKey: keys.publicKey,
        region: `region-${i % 20}`,
        endpoint: { host: `${11 + (i >> 8)}.${i & 255}.0.1`, relayPort: 9001, controlPort: 9002 },
        roles: i % 3 === 0 ? ["relay", "exit"] : ["relay"],
        exitPolicy: i % 3 === 0 ? [{ action: "accept", network: "*", ports: [1, 65_535] }] : [],
        protocol: 1,
      },
      sign,
    );
    const funded = () =>
      Array.from({ length: Math.min(FUNDED_PEERS, count - 1) }, (_unused, k) => (nodes[(i + 1 + k) % count] as SimulatedNode).nodeId).sort();
    return {
      nodeId,
      operator,
      witness: privateKeyToAddress(keys.hotKey),
      metadata: blockDigest(document),
      document,
      descriptor: (counter, { load = 0, draining = false } = {}) =>
        encodeDescriptor({ version: 1, nodeId, counter, load, funded: funded(), work: 16, draining }, sign),
    };
  });
  return nodes;
}
