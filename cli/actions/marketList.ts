import { formatX0t, parseX0t } from "../amounts.ts";
import { firstEpoch } from "../collectStatus.ts";
import { epochAt } from "../../core/epochTime.ts";
import { readNodeHistory, type TrackRecord } from "../market/leaseRecords.ts";
import { readOffers, type Offer } from "../market/readOffers.ts";
import { readRegions } from "../market/readRegions.ts";
import { epochsOf, formatPercent, parsePercent, readNow, waitFor, type Now } from "../market/terms.ts";
import { findNetwork, type Network, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { readUptime, type Uptime } from "../readUptime.ts";
import { formatTable } from "../table.ts";

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

/** An offer with what is known of its node. */
interface Shown extends Offer {
  region?: string;
  uptime: Uptime;
  record?: TrackRecord;
}

/** `x0t market list`. */
export async function marketList(flags: ListFlags): Promise<void> {
  const network = await findNetwork(flags);
  const now = await readNow(network);
  const { offers, matches } = await findOffers(network, now, flags);
  if (flags.json === true) printJson({ epoch: now.epoch, matches, offers: offers.map((offer) => jsonOf(offer, now)) });
  else console.log(describe(network, now, offers, matches));
}

/** Cheap questions first: what costs a request for each node is asked of those only that are left. */
async function findOffers(network: Network, now: Now, flags: ListFlags): Promise<{ offers: Shown[]; matches: number }> {
  const maxPrice = flags.maxPrice === undefined ? undefined : parseX0t(flags.maxPrice);
  const [promised = 0, proved, kept] = [flags.uptime, flags.proved, flags.kept].map((text) => (text === undefined ? undefined : parsePercent(text)));
  const offers = (
    await readOffers(
      network,
      now,
      (listing) =>
        (maxPrice === undefined || listing.pricePerEpoch <= maxPrice) && listing.minUptimeBps >= promised && listing.maxEpochs >= (flags.epochs ?? 0),
    )
  ).filter(({ obstacle, freeFrom }) => (flags.all === true || obstacle === undefined) && (flags.free !== true || freeFrom === now.epoch + 1));
  const askAll = [flags.region, proved, kept].some((filter) => filter !== undefined);
  const asked = askAll ? offers : offers.slice(0, flags.limit);
  const relays = [...new Map(asked.map(({ relay }) => [relay.index, relay])).values()];
  const [regions, history, since] = await Promise.all([
    readRegions(network, relays),
    readNodeHistory(network, relays.map(({ index }) => index)),
    firstEpoch(network),
  ]);
  const uptimes = new Map(
    await Promise.all(
      relays.map(async ({ index }) => {
        const registeredIn = epochAt(network.parameters, history?.registeredAt.get(index) ?? 0);
        return [index, await readUptime(network, index, Math.max(since, registeredIn + 1), now.timestamp)] as const;
      }),
    ),
  );
  const whole = asked
    .map((offer): Shown => {
      const region = regions.get(offer.node);
      const record = history?.records.get(offer.node);
      const uptime = uptimes.get(offer.node) as Uptime;
      return { ...offer, uptime, ...(region !== undefined && { region }), ...(record !== undefined && { record }) };
    })
    .filter(({ region, uptime, record }) => {
      if (flags.region !== undefined && region?.startsWith(flags.region) !== true) return false;
      if (proved !== undefined && (uptime.slots === 0 || uptime.slotsUp * 10_000 < proved * uptime.slots)) return false;
      return kept === undefined || (record !== undefined && record.epochs > 0 && record.kept * 10_000 >= kept * record.epochs);
    });
  return { offers: whole.slice(0, flags.limit), matches: askAll ? whole.length : offers.length };
}

function jsonOf(offer: Shown, now: Now): Record<string, unknown> {
  const { relay, listing, node, provider, pricePerEpoch, minUptimeBps, maxEpochs, freeFrom, obstacle, region, uptime, record } = offer;
  return {
    listing: Number(listing),
    node,
    provider,
    pricePerEpochWei: pricePerEpoch,
    minUptimeBps,
    maxEpochs,
    freeFrom,
    free: obstacle === undefined && freeFrom === now.epoch + 1,
    obstacle: obstacle ?? null,
    stakeWei: relay.stake,
    region: region ?? null,
    uptime,
    record: record ?? null,
  };
}

const HEAD = ["listing", "node", "region", "price", "promises", "proved", "kept", "longest", "stake", "free"];

function describe(network: Network, now: Now, shown: readonly Shown[], matches: number): string {
  if (shown.length === 0) return "Nothing is on offer that matches. Operators offer a node with: ./x0t market offer --node 0 --price 2 --uptime 99 --max-epochs 24";
  const lines = [
    formatTable(HEAD, shown.map((offer) => row(network, now, offer)), HEAD.slice(3, 9)),
    "",
    `price: X0T for an epoch of ${network.parameters.epochSeconds} s. proved: slots of the last 12 epochs. kept: epochs of its leases that met their promise.`,
    `Rent with: ./x0t market rent ${shown[0]?.listing} --epochs 3`,
  ];
  if (matches > shown.length) lines.splice(1, 0, `… and ${matches - shown.length} more: --limit ${matches}`);
  return lines.join("\n");
}

function row(network: Network, now: Now, offer: Shown): string[] {
  const { uptime, record, freeFrom } = offer;
  const free = freeFrom === now.epoch + 1 ? "now" : `in ${waitFor(network, now, freeFrom - 1)}`;
  return [
    String(offer.listing),
    String(offer.node),
    offer.region ?? "-",
    formatX0t(offer.pricePerEpoch),
    formatPercent(offer.minUptimeBps),
    uptime.slots === 0 ? "-" : `${((100 * uptime.slotsUp) / uptime.slots).toFixed(1)} %`,
    record === undefined || record.epochs === 0 ? "-" : `${record.kept} of ${record.epochs}`,
    epochsOf(offer.maxEpochs),
    formatX0t(offer.relay.stake),
    offer.obstacle ?? free,
  ];
}
