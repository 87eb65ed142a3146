import type { Address } from "viem";
import { readContract } from "viem/actions";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import type { Reader } from "./client.ts";
import { readHead } from "./readHead.ts";
import { readLease, type Lease } from "./readLease.ts";
import { readPaged } from "./readPaged.ts";

/**
 * Leases as of one block.
 * @param parameters.leases which; all by default. Numbers without a lease are left out.
 */
export async function readLeases(
  client: Reader,
  parameters: { marketplace: Address; leases?: readonly bigint[] },
): Promise<Lease[]> {
  const { marketplace, leases } = parameters;
  const { number: blockNumber } = await readHead(client);
  const at = { address: marketplace, abi: marketplaceAbi, blockNumber } as const;
  const count = leases?.length ?? Number(await readContract(client, { ...at, functionName: "leaseCount" }));
  const found = await readPaged(count, (index) =>
    readLease(client, { marketplace, lease: leases?.[index] ?? BigInt(index + 1), blockNumber }),
  );
  return found.filter((lease) => lease !== undefined);
}
