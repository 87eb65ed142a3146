import type { Address, Hex } from "viem";
import { getBlock, readContract } from "viem/actions";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { NodeId, NodeIndex } from "../core/ids.ts";
import type { Reader } from "./client.ts";
import { readPaged } from "./readPaged.ts";

/** A registered node, amounts in wei. */
export interface RegisteredNode {
  index: NodeIndex;
  nodeId: NodeId;
  operator: Address;
  /** Current hot key. */
  witness: Address;
  /** Digest of the DID document. */
  metadata: Hex;
  stake: bigint;
  unbonding: bigint;
  /** Seconds since 1970; 0 with nothing unbonding. */
  unbondsAt: number;
  benched: boolean;
  active: boolean;
}

/** All nodes as of one block. */
export async function readNodes(client: Reader, parameters: { registry: Address }): Promise<RegisteredNode[]> {
  const block = await getBlock(client, { blockTag: "latest" });
  const at = { address: parameters.registry, abi: nodeRegistryAbi, blockNumber: block.number } as const;
  const count = await readContract(client, { ...at, functionName: "nodeCount" });
  return readPaged(count, async (index) => {
    const [node, active] = await Promise.all([
      readContract(client, { ...at, functionName: "getNode", args: [index] }),
      readContract(client, { ...at, functionName: "isActiveAt", args: [index, block.timestamp] }),
    ]);
    return { ...node, index, unbondsAt: Number(node.unbondsAt), active };
  });
}
