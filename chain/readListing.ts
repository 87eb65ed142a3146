import type { Address } from "viem";
import { readContract } from "viem/actions";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import type { Reader } from "./client.ts";
import type { ListingTerms } from "./listNode.ts";

/** An offer of a node. */
export interface Listing extends ListingTerms {
  listing: bigint;
  provider: Address;
  /** False once it was taken back. */
  open: boolean;
}

/** One listing. @throws a revert, Marketplace_UnknownListing, for a number that there is not */
export async function readListing(
  client: Reader,
  parameters: { marketplace: Address; listing: bigint; blockNumber?: bigint },
): Promise<Listing> {
  const { marketplace: address, listing, blockNumber } = parameters;
  const at = { address, abi: marketplaceAbi, ...(blockNumber !== undefined && { blockNumber }) } as const;
  return { listing, ...(await readContract(client, { ...at, functionName: "listingOf", args: [listing] })) };
}
