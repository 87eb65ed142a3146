import type { Address } from "viem";
import { readContract } from "viem/actions";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { Reader } from "./client.ts";
import { readPaged } from "./readPaged.ts";

/** The key of every node, by index, whose receipts count in `epoch`. */
export async function readWitnessKeys(
  client: Reader,
  parameters: { registry: Address; epoch: number },
): Promise<Address[]> {
  const at = { address: parameters.registry, abi: nodeRegistryAbi } as const;
  const count = await readContract(client, { ...at, functionName: "nodeCount" });
  return readPaged(count, (index) =>
    readContract(client, { ...at, functionName: "witnessAt", args: [index, BigInt(parameters.epoch)] }),
  );
}
