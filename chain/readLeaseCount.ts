import type { Address } from "viem";
import { readContract } from "viem/actions";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import type { Reader } from "./client.ts";

/** How many leases there ever were; they are numbered from 1. */
export async function readLeaseCount(client: Reader, parameters: { marketplace: Address }): Promise<bigint> {
  return readContract(client, { address: parameters.marketplace, abi: marketplaceAbi, functionName: "leaseCount" });
}
