import type { Address } from "viem";
import { readContract } from "viem/actions";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import { revertOf } from "../core/revert.ts";
import type { Reader } from "./client.ts";
import { readPaged } from "./readPaged.ts";

/** How many epochs of each lease could be settled now; leases with none, and numbers without a lease, are left out. */
export async function readSettleable(
  client: Reader,
  parameters: { marketplace: Address; leases: readonly bigint[] },
): Promise<{ lease: bigint; epochs: number }[]> {
  const { marketplace: address, leases } = parameters;
  const all = await readPaged(leases.length, async (index) => {
    const lease = leases[index] as bigint;
    try {
      const epochs = await readContract(client, { address, abi: marketplaceAbi, functionName: "settleable", args: [lease] });
      return { lease, epochs: Number(epochs) };
    } catch (error) {
      if (revertOf(error)?.name === "Marketplace_UnknownLease") return { lease, epochs: 0 };
      throw error;
    }
  });
  return all.filter(({ epochs }) => epochs > 0);
}
