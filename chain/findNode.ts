import type { Address } from "viem";
import { readContract } from "viem/actions";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { NodeId, NodeIndex } from "../core/ids.ts";
import { revertOf } from "../core/revert.ts";
import type { Reader } from "./client.ts";

/** The registry index of `nodeId`; undefined if it is not registered. */
export async function findNode(
  client: Reader,
  parameters: { registry: Address; nodeId: NodeId },
): Promise<NodeIndex | undefined> {
  const { registry, nodeId } = parameters;
  try {
    return await readContract(client, {
      address: registry,
      abi: nodeRegistryAbi,
      functionName: "indexOf",
      args: [nodeId],
    });
  } catch (error) {
    if (revertOf(error) !== undefined) return undefined;
    throw error;
  }
}
