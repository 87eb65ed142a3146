import type { Address } from "viem";
import { readContract } from "viem/actions";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { Reader } from "./client.ts";

const BATCH = 100;

/** Raw voting units (wei at stake) of each operator at the end of a block (REG-5). An old block needs an archive node. */
export async function readVotingUnits(
  client: Reader,
  parameters: { registry: Address; operators: readonly Address[]; blockNumber: bigint },
): Promise<bigint[]> {
  const { registry, operators, blockNumber } = parameters;
  const units: bigint[] = [];
  for (let from = 0; from < operators.length; from += BATCH) {
    const batch = operators.slice(from, from + BATCH);
    const call = (operator: Address) =>
      readContract(client, { address: registry, abi: nodeRegistryAbi, functionName: "getVotes", args: [operator], blockNumber });
    units.push(...(await Promise.all(batch.map(call))));
  }
  return units;
}
