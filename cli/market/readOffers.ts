import { readContract } from "viem/actions";
import { z } from "zod";
import { readListing, type Listing } from "../../chain/readListing.ts";
import { readListings } from "../../chain/readListings.ts";
import { readLease } from "../../chain/readLease.ts";
import { readPaged } from "../../chain/readPaged.ts";
import { marketplaceAbi } from "../../core/abi/Marketplace.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import type { Hex } from "../../core/ids.ts";
import { STAKE_PER_PRICE } from "../../core/leases.ts";
import { queryIndexer } from "../../runtime/queryIndexer.ts";
import type { Network } from "../network.ts";
import { readOneNode } from "../readOneNode.ts";
import type { Now } from "./terms.ts";

/** Cheapest offers of one node that are shown: making offers costs next to nothing. */
const PER_NODE = 3;
/** What an indexer may not have seen yet. */
const NEWEST = 100;
const PAGE = 1_000;
const MOST_PAGES = 20;

/** What a listing must satisfy; all of it stands in the listing. */
export interface Terms {
  maxPriceWei?: bigint;
  minUptimeBps: number;
  epochs: number;
}

/** Open listings of these terms, cheapest first, three of each node at most; as the chain has them. */
export async function readOpenListings(network: Network, terms: Terms): Promise<Listing[]> {
  const { Marketplace: marketplace } = network.contracts.contracts;
  const named = await readIndexedListings(network, terms);
  const listings = named === undefined ? await readListings(network.client, { marketplace }) : await readNamed(network, named);
  const perNode = new Map<number, number>();
  return listings
    .filter(
      ({ open, pricePerEpoch, minUptimeBps, maxEpochs }) =>
        open && pricePerEpoch <= (terms.maxPriceWei ?? pricePerEpoch) && minUptimeBps >= terms.minUptimeBps && maxEpochs >= terms.epochs,
    )
    .sort(byPrice)
    .filter(({ node }) => {
      const count = (perNode.get(node) ?? 0) + 1;
      perNode.set(node, count);
      return count <= PER_NODE;
    });
}

function byPrice(a: Listing, b: Listing): number {
  if (a.pricePerEpoch !== b.pricePerEpoch) return a.pricePerEpoch < b.pricePerEpoch ? -1 : 1;
  return a.listing < b.listing ? -1 : 1;
}

async function readNamed(network: Network, named: readonly bigint[]): Promise<Listing[]> {
  const { Marketplace: marketplace } = network.contracts.contracts;
  const count = await readContract(network.client, { address: marketplace, abi: marketplaceAbi, functionName: "listingCount" });
  const newest = Array.from({ length: Math.min(NEWEST, Number(count)) }, (_, back) => count - BigInt(back));
  const ids = [...new Set([...named.filter((listing) => listing <= count), ...newest])];
  return readPaged(ids.length, (index) => readListing(network.client, { marketplace, listing: ids[index] as bigint }));
}

const pageSchema = z.object({ listings: z.object({ items: z.array(z.object({ id: z.number().int().positive() })) }) });

/** @returns undefined while the indexer does not answer. */
export async function readIndexedListings(network: Network, terms: Terms): Promise<bigint[] | undefined> {
  if (network.graphqlUrl === undefined) return undefined;
  const { maxPriceWei, minUptimeBps, epochs } = terms;
  const price = maxPriceWei === undefined ? "" : `, pricePerEpoch_lte: "${maxPriceWei}"`;
  const where = `{open: true, minUptimeBps_gte: ${minUptimeBps}, maxEpochs_gte: ${epochs}${price}}`;
  const found: bigint[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = `{ listings(where: ${where}, orderBy: "pricePerEpoch", limit: ${PAGE}, offset: ${page * PAGE}) { items { id } } }`;
    const parsed = pageSchema.safeParse(await queryIndexer(network.graphqlUrl, query));
    if (!parsed.success) return undefined;
    found.push(...parsed.data.listings.items.map(({ id }) => BigInt(id)));
    if (parsed.data.listings.items.length < PAGE) break;
  }
  return found;
}

/** An offered node and when it can be had. */
export interface OfferedNode {
  index: number;
  nodeId: Hex;
  operator: Hex;
  /** Digest of its document. */
  metadata: Hex;
  stakeWei: bigint;
  /** Active from the next epoch on. */
  active: boolean;
  /** First epoch of a lease that were rented now, or once the node is free. */
  freeFrom: number;
}

export async function readOfferedNode(network: Network, now: Now, index: number): Promise<OfferedNode> {
  const { Marketplace: marketplace, NodeRegistry: registry } = network.contracts.contracts;
  const next = BigInt(now.timestamp + network.parameters.epochSeconds);
  const [{ nodeId, operator, metadata, stake }, active, latest] = await Promise.all([
    readOneNode(network, index),
    readContract(network.client, { address: registry, abi: nodeRegistryAbi, functionName: "isActiveAt", args: [index, next] }),
    readContract(network.client, { address: marketplace, abi: marketplaceAbi, functionName: "latestLeaseOf", args: [index] }),
  ]);
  const lease = latest === 0n ? undefined : await readLease(network.client, { marketplace, lease: latest });
  return { index, nodeId, operator, metadata, stakeWei: stake, active, freeFrom: Math.max(now.epoch + 1, lease?.end ?? 0) };
}

/** Why nobody can rent an open listing (MKT-1). */
export function obstacleOf(listing: Listing, node: OfferedNode): string | undefined {
  if (!node.active) return "inactive";
  return listing.pricePerEpoch > node.stakeWei / STAKE_PER_PRICE ? "price above a tenth of its stake" : undefined;
}
