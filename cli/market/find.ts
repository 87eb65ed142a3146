import { readLease, type Lease } from "../../chain/readLease.ts";
import { readListing, type Listing } from "../../chain/readListing.ts";
import { revertOf } from "../../core/revert.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Network } from "../network.ts";

/** @throws X0T_USAGE for a number that there is not */
export async function findListing(network: Network, listing: bigint): Promise<Listing> {
  const { Marketplace: marketplace } = network.contracts.contracts;
  try {
    return await readListing(network.client, { marketplace, listing });
  } catch (cause) {
    if (revertOf(cause)?.name !== "Marketplace_UnknownListing") throw cause;
    throw new X0tError("X0T_USAGE", `There is no listing ${listing}. See what there is with: ./x0t market list`, { cause });
  }
}

/** @throws X0T_USAGE for a number that there is not */
export async function findLease(network: Network, lease: bigint): Promise<Lease> {
  const { Marketplace: marketplace } = network.contracts.contracts;
  const found = await readLease(network.client, { marketplace, lease });
  if (found !== undefined) return found;
  throw new X0tError("X0T_USAGE", `There is no lease ${lease}. See what there is with: ./x0t market leases`);
}
