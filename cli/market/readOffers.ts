import { readContract } from "viem/actions";
import type { Listing } from "../../chain/readListing.ts";
import { readListings } from "../../chain/readListings.ts";
import { readLease } from "../../chain/readLease.ts";
import { readNodes, type RegisteredNode } from "../../chain/readNodes.ts";
import { marketplaceAbi } from "../../core/abi/Marketplace.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import type { Network } from "../network.ts";
import type { Now } from "./terms.ts";

/** MKT-1: an epoch costs at most a tenth of the node's stake. */
const STAKE_PER_PRICE = 10n;

/** An open listing and what stands in its way. */
export interface Offer extends Listing {
  relay: RegisteredNode;
  /** First epoch of a lease that were rented now, or once the node is free. */
  freeFrom: number;
  /** Why nobody can rent it, though it is open. */
  obstacle?: "inactive" | "price above a tenth of its stake";
}

/** Open listings of the chain that `wanted` lets through, cheapest first. */
export async function readOffers(network: Network, now: Now, wanted: (listing: Listing) => boolean): Promise<Offer[]> {
  const { Marketplace: marketplace, NodeRegistry: registry } = network.contracts.contracts;
  const [listings, nodes] = await Promise.all([readListings(network.client, { marketplace }), readNodes(network.client, { registry })]);
  const open = listings.filter((listing) => listing.open && wanted(listing));
  const states = new Map<number, Promise<{ freeFrom: number; active: boolean }>>();
  const stateOf = (node: number) => {
    const known = states.get(node) ?? readState(network, now, node);
    states.set(node, known);
    return known;
  };
  const offers = await Promise.all(
    open.map(async (listing): Promise<Offer | undefined> => {
      const relay = nodes[listing.node];
      if (relay === undefined) return undefined;
      const { freeFrom, active } = await stateOf(listing.node);
      const dear = listing.pricePerEpoch > relay.stake / STAKE_PER_PRICE;
      const obstacle = !active ? "inactive" : dear ? "price above a tenth of its stake" : undefined;
      return { ...listing, relay, freeFrom, ...(obstacle !== undefined && { obstacle }) };
    }),
  );
  return offers.filter((offer) => offer !== undefined).sort(byPrice);
}

function byPrice(a: Offer, b: Offer): number {
  if (a.pricePerEpoch !== b.pricePerEpoch) return a.pricePerEpoch < b.pricePerEpoch ? -1 : 1;
  return a.listing < b.listing ? -1 : 1;
}

async function readState(network: Network, now: Now, node: number): Promise<{ freeFrom: number; active: boolean }> {
  const { Marketplace: marketplace, NodeRegistry: registry } = network.contracts.contracts;
  const next = BigInt(now.timestamp + network.parameters.epochSeconds);
  const [active, latest] = await Promise.all([
    readContract(network.client, { address: registry, abi: nodeRegistryAbi, functionName: "isActiveAt", args: [node, next] }),
    readContract(network.client, { address: marketplace, abi: marketplaceAbi, functionName: "latestLeaseOf", args: [node] }),
  ]);
  const lease = latest === 0n ? undefined : await readLease(network.client, { marketplace, lease: latest });
  return { active, freeFrom: Math.max(now.epoch + 1, lease?.end ?? 0) };
}
