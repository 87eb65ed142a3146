import type { Listing } from "../../chain/readListing.ts";
import { epochAt } from "../../core/epochTime.ts";
import { formatX0t, parseX0t } from "../../core/amounts.ts";
import { firstEpoch } from "../collectStatus.ts";
import { readNodeHistory, type TrackRecord } from "../market/leaseRecords.ts";
import { obstacleOf, readOfferedNode, readOpenListings, type OfferedNode } from "../market/readOffers.ts";
import { readRegions } from "../market/readRegions.ts";
import { epochsOf, formatPercent, parsePercent, readNow, waitFor, type Now } from "../market/terms.ts";
import { findNetwork, type Network, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { readUptime, type Uptime } from "../readUptime.ts";
import { formatTable } from "../table.ts";

/** Listings whose nodes are asked about together. */
const CHUNK = 50;

interface ListFlags extends NetworkFlags {
  maxPrice?: string;
  region?: string;
  uptime?: string;
  proved?: string;
  kept?: string;
  epochs?: number;
  free?: boolean;
  all?: boolean;
  limit: number;
  json?: boolean;
}

/** An open listing with what is known of its node. */
interface Offer extends Listing {
  relay: OfferedNode;
  obstacle?: string;
  region?: string;
  uptime: Uptime;
  record?: TrackRecord;
}

/** `x0t market list`. */
export async function marketList(flags: ListFlags): Promise<void> {
  const filters = parseFilters(flags);
  const network = await findNetwork(flags);
  const now = await readNow(network);
  const { offers, more } = await findOffers(network, now, filters);
  if (flags.json === true) printJson({ epoch: now.epoch, more, offers: offers.map((offer) => jsonOf(offer, now)) });
  else console.log(describe(network, now, offers, more));
}

function parseFilters(flags: ListFlags) {
  const { maxPrice, uptime, proved, kept, epochs, region, free, all, limit } = flags;
  return {
    terms: {
      ...(maxPrice !== undefined && { maxPriceWei: parseX0t(maxPrice) }),
      minUptimeBps: uptime === undefined ? 0 : parsePercent(uptime),
      epochs: epochs ?? 0,
    },
    provedBps: proved === undefined ? undefined : parsePercent(proved),
    keptBps: kept === undefined ? undefined : parsePercent(kept),
    region,
    free: free === true,
    all: all === true,
    limit,
  };
}
type Filters = ReturnType<typeof parseFilters>;

/** Walks the listings from the cheapest on, and asks about nodes only until enough offers are found. */
async function findOffers(network: Network, now: Now, filters: Filters): Promise<{ offers: Offer[]; more: boolean }> {
  const listings = await readOpenListings(network, filters.terms);
  const since = await firstEpoch(network);
  const offers: Offer[] = [];
  let asked = 0;
  for (; asked < listings.length && offers.length < filters.limit; asked += CHUNK) {
    const chunk = await enrich(network, now, since, listings.slice(asked, asked + CHUNK));
    offers.push(...chunk.filter((offer) => isWanted(offer, now, filters)));
  }
  return { offers: offers.slice(0, filters.limit), more: asked < listings.length || offers.length > filters.limit };
}

async function enrich(network: Network, now: Now, since: number, listings: readonly Listing[]): Promise<Offer[]> {
  const indices = [...new Set(listings.map(({ node }) => node))];
  const relays = await Promise.all(indices.map((index) => readOfferedNode(network, now, index)));
  const [regions, history] = await Promise.all([readRegions(network, relays), readNodeHistory(network, indices)]);
  const uptimes = await Promise.all(
    indices.map((index) => {
      const registeredIn = epochAt(network.parameters, history?.registeredAt.get(index) ?? 0);
      return readUptime(network, index, Math.max(since, registeredIn + 1), now.timestamp);
    }),
  );
  return listings.map((listing) => {
    const place = indices.indexOf(listing.node);
    const relay = relays[place] as OfferedNode;
    const [obstacle, region, record] = [obstacleOf(listing, relay), regions.get(listing.node), history?.records.get(listing.node)];
    return {
      ...listing,
      relay,
      uptime: uptimes[place] as Uptime,
      ...(obstacle !== undefined && { obstacle }),
      ...(region !== undefined && { region }),
      ...(record !== undefined && { record }),
    };
  });
}

function isWanted({ relay, obstacle, region, uptime, record }: Offer, now: Now, filters: Filters): boolean {
  const { provedBps, keptBps } = filters;
  if (obstacle !== undefined && !filters.all) return false;
  if (filters.free && relay.freeFrom > now.epoch + 1) return false;
  if (filters.region !== undefined && region?.startsWith(filters.region) !== true) return false;
  if (provedBps !== undefined && (uptime.slots === 0 || uptime.slotsUp * 10_000 < provedBps * uptime.slots)) return false;
  return keptBps === undefined || (record !== undefined && record.epochs > 0 && record.kept * 10_000 >= keptBps * record.epochs);
}

function jsonOf(offer: Offer, now: Now): Record<string, unknown> {
  const { relay, listing, node, provider, pricePerEpoch, minUptimeBps, maxEpochs, obstacle, region, uptime, record } = offer;
  return {
    listing: Number(listing),
    node,
    provider,
    pricePerEpochWei: pricePerEpoch,
    minUptimeBps,
    maxEpochs,
    freeFrom: relay.freeFrom,
    free: obstacle === undefined && relay.freeFrom === now.epoch + 1,
    obstacle: obstacle ?? null,
    stakeWei: relay.stakeWei,
    region: region ?? null,
    uptime,
    record: record ?? null,
  };
}

const HEAD = ["listing", "node", "region", "price", "promises", "proved", "kept", "longest", "stake", "free"];

function describe(network: Network, now: Now, shown: readonly Offer[], more: boolean): string {
  if (shown.length === 0) return "Nothing is on offer that matches. Operators offer a node with: ./x0t market offer --node 0 --price 2 --uptime 99 --max-epochs 24";
  const lines = [
    formatTable(HEAD, shown.map((offer) => row(network, now, offer)), HEAD.slice(3, 9)),
    "",
    `price: X0T for an epoch of ${network.parameters.epochSeconds} s. proved: slots of the last 12 epochs. kept: epochs of its leases that met their promise.`,
    `Rent with: ./x0t market rent ${shown[0]?.listing} --epochs 3`,
  ];
  if (more) lines.splice(1, 0, `… and more: --limit ${2 * shown.length}`);
  return lines.join("\n");
}

function row(network: Network, now: Now, offer: Offer): string[] {
  const { uptime, record, relay } = offer;
  const free = relay.freeFrom === now.epoch + 1 ? "now" : `in ${waitFor(network, now, relay.freeFrom - 1)}`;
  return [
    String(offer.listing),
    String(offer.node),
    offer.region ?? "-",
    formatX0t(offer.pricePerEpoch),
    formatPercent(offer.minUptimeBps),
    uptime.slots === 0 ? "-" : `${((100 * uptime.slotsUp) / uptime.slots).toFixed(1)} %`,
    record === undefined || record.epochs === 0 ? "-" : `${record.kept} of ${record.epochs}`,
    epochsOf(offer.maxEpochs),
    formatX0t(relay.stakeWei),
    offer.obstacle ?? free,
  ];
}
