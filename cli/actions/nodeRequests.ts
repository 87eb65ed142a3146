import { join } from "node:path";
import { privateKeyToAccount } from "viem/accounts";
import { signWitnessProof } from "../../chain/signWitnessProof.ts";
import { cidFromDigest } from "../../core/cid.ts";
import type { Address, Hex, NodeIndex } from "../../core/ids.ts";
import type { NodeRequest, RegisterRequest, RotateRequest } from "../../core/nodeRequest.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import type { NodeKeys } from "../../runtime/keystore.ts";
import type { Network } from "../network.ts";

/** What the operator's wallet needs to register the node; it holds no secret. */
export async function registerRequest(network: Network, keys: NodeKeys, operator: Address, metadata: Hex): Promise<RegisterRequest> {
  return { request: "register", ...(await commonOf(network, keys, operator)), metadata, metadataCid: cidFromDigest(metadata) };
}

/** What it needs to make `keys.hotKey` the node's hot key. */
export async function rotateRequest(network: Network, keys: NodeKeys, operator: Address, node: NodeIndex): Promise<RotateRequest> {
  return { request: "rotate", ...(await commonOf(network, keys, operator)), node };
}

async function commonOf(network: Network, keys: NodeKeys, operator: Address) {
  const hotKey = privateKeyToAccount(keys.hotKey);
  const { chainId, contracts } = network.contracts;
  const { NodeRegistry: registry } = contracts;
  const { nodeId } = keys;
  const proofOfPossession = await signWitnessProof(hotKey, { chainId, registry, operator, nodeId });
  return { version: 1 as const, chainId, registry, operator, nodeId, witness: hotKey.address, proofOfPossession };
}

/** @returns the file, to be carried to the operator's browser. */
export async function writeRequest(home: string, request: NodeRequest): Promise<string> {
  const file = join(home, `${request.request}.json`);
  await writeFileAtomic(file, `${JSON.stringify(request, null, 2)}\n`);
  return file;
}
