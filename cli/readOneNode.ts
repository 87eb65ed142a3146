import { readContract } from "viem/actions";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { Network } from "./network.ts";

/** A node as the registry holds it, amounts in wei. @throws X0T_REVERTED for an unknown index */
export function readOneNode(network: Network, index: number) {
  return readContract(network.client, {
    address: network.contracts.contracts.NodeRegistry,
    abi: nodeRegistryAbi,
    functionName: "getNode",
    args: [index],
  });
}
