import type { Address } from "viem";
import { readContract } from "viem/actions";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import type { NodeIndex } from "../core/ids.ts";
import { revertOf } from "../core/revert.ts";
import type { Reader } from "./client.ts";

/** A lease of a node for the epochs [first, end). */
export interface Lease {
  lease: bigint;
  listing: bigint;
  tenant: Address;
  provider: Address;
  node: NodeIndex;
  /** Wei. */
  pricePerEpoch: bigint;
  minUptimeBps: number;
  first: number;
  /** Falls when the lease is cut short. */
  end: number;
  /** First epoch that is not settled; `end` once all are. */
  next: number;
  /** How many of the last settled epochs failed in a row. */
  failures: number;
}

/** One lease; undefined if there is none of this number. */
export async function readLease(
  client: Reader,
  parameters: { marketplace: Address; lease: bigint; blockNumber?: bigint },
): Promise<Lease | undefined> {
  const { marketplace: address, lease, blockNumber } = parameters;
  const at = { address, abi: marketplaceAbi, ...(blockNumber !== undefined && { blockNumber }) } as const;
  try {
    return { lease, ...(await readContract(client, { ...at, functionName: "leaseOf", args: [lease] })) };
  } catch (error) {
    if (revertOf(error)?.name === "Marketplace_UnknownLease") return undefined;
    throw error;
  }
}
