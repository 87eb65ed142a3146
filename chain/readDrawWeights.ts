import type { Address } from "viem";
import { readContract } from "viem/actions";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { Reader } from "./client.ts";
import { readPaged } from "./readPaged.ts";

/**
 * The draw weight of every node, by index, at the start of `epoch`, in wei.
 * The committees of epoch e are drawn with the weights at the start of e − 1: pass e − 1.
 */
export async function readDrawWeights(
  client: Reader,
  parameters: { registry: Address; epoch: number; blockNumber?: bigint },
): Promise<bigint[]> {
  const { registry, epoch, blockNumber } = parameters;
  const at = { address: registry, abi: nodeRegistryAbi, ...(blockNumber !== undefined && { blockNumber }) } as const;
  const count = await readContract(client, { ...at, functionName: "nodeCount" });
  return readPaged(count, (index) =>
    readContract(client, { ...at, functionName: "drawWeightAt", args: [index, BigInt(epoch)] }),
  );
}
