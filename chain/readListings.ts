import type { Address } from "viem";
import { readContract } from "viem/actions";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import type { Reader } from "./client.ts";
import { readHead } from "./readHead.ts";
import { readListing, type Listing } from "./readListing.ts";
import { readPaged } from "./readPaged.ts";

/** All listings, also those taken back, as of one block. */
export async function readListings(client: Reader, parameters: { marketplace: Address }): Promise<Listing[]> {
  const { marketplace } = parameters;
  const { number: blockNumber } = await readHead(client);
  const count = await readContract(client, { address: marketplace, abi: marketplaceAbi, blockNumber, functionName: "listingCount" });
  return readPaged(Number(count), (index) => readListing(client, { marketplace, listing: BigInt(index + 1), blockNumber }));
}
