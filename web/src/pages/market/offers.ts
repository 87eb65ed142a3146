import { STAKE_PER_PRICE } from "../../../../core/leases.ts";
import type { ProtocolParameters } from "../../../../core/parameters.ts";
import type { OfferRow } from "../../data/queries/market.graphql.ts";

/** An open offer with what is known of its node. Amounts in wei. */
export interface Offer {
  listing: number;
  node: number;
  operator: string;
  priceWei: bigint;
  minUptimeBps: number;
  maxEpochs: number;
  stakeWei: bigint;
  /** Undefined while its document could not be read. */
  region: string | undefined;
  /** Proved slots of those that it could have proved lately, 0 to 1; undefined without a final epoch. */
  proved: { share: number; epochs: number } | undefined;
  /** Settled epochs of its leases, and those of them that kept the promise. */
  leased: { kept: number; epochs: number };
  slashCount: number;
  recentVoids: number;
  /** Epochs since it was registered. */
  ageEpochs: number;
  /** First epoch that a lease of now, or one at the end of the present lease, would cover. */
  freeFrom: number;
  /** Why nobody can rent it now; undefined for an offer that is free. */
  obstacle: string | undefined;
}

/** As far as the index looks back. */
const RECENT_EPOCHS = 168;
const DAY_SECONDS = 86_400n;
export const MONTH_DAYS = 30n;

/** @returns undefined for an offer whose node the index does not know. */
export function offerOf(row: OfferRow, region: string | undefined, at: { epoch: number; finalBefore: number }, slotsPerEpoch: number): Offer | undefined {
  const { relay } = row;
  if (relay === null) return undefined;
  const [priceWei, stakeWei] = [BigInt(row.pricePerEpoch), BigInt(relay.stake)];
  // Registered in e, a node can prove slots from e + 1 on; what it did not prove counts as down.
  const epochs = Math.max(0, Math.min(RECENT_EPOCHS, at.finalBefore - relay.registeredEpoch - 1));
  const freeFrom = Math.max(at.epoch + 1, relay.leases.items[0]?.end ?? 0);
  const kept = relay.leaseEpochsPaid + relay.leaseEpochsBurned;
  return {
    listing: row.id,
    node: row.node,
    operator: row.provider,
    priceWei,
    minUptimeBps: row.minUptimeBps,
    maxEpochs: row.maxEpochs,
    stakeWei,
    region,
    proved: epochs === 0 ? undefined : { share: Math.min(1, relay.recentSlots / (epochs * slotsPerEpoch)), epochs },
    leased: { kept, epochs: kept + relay.leaseEpochsRefunded },
    slashCount: relay.slashCount,
    recentVoids: relay.recentVoids,
    ageEpochs: Math.max(0, at.epoch - relay.registeredEpoch),
    freeFrom,
    obstacle: obstacleOf({ active: relay.active, priceWei, stakeWei, isLeased: freeFrom > at.epoch + 1 }),
  };
}

/** MKT-1 and MKT-2, as the contract would refuse. */
function obstacleOf(facts: { active: boolean; priceWei: bigint; stakeWei: bigint; isLeased: boolean }): string | undefined {
  if (!facts.active) return "The node is not active.";
  if (facts.priceWei * STAKE_PER_PRICE > facts.stakeWei) return "Its stake fell below ten times the price.";
  return facts.isLeased ? "The node is leased." : undefined;
}

/** Price of a day and of 30 days, at one lease after the other. */
export function pricesOf(priceWei: bigint, { epochSeconds }: Pick<ProtocolParameters, "epochSeconds">): { dayWei: bigint; monthWei: bigint } {
  const dayWei = (priceWei * DAY_SECONDS) / BigInt(epochSeconds);
  return { dayWei, monthWei: (priceWei * DAY_SECONDS * MONTH_DAYS) / BigInt(epochSeconds) };
}

export const percent = (share: number) => `${(Math.floor(share * 1_000) / 10).toLocaleString("en-US")} %`;
export const bps = (value: number) => `${value / 100} %`;

/** What speaks for a node and against it, each in a few words. */
export function trustParts(offer: Offer): { text: string; tone: "good" | "warn" | "bad" | "plain" }[] {
  const { leased, slashCount, recentVoids, ageEpochs } = offer;
  return [
    leased.epochs === 0
      ? { text: "never leased before", tone: "plain" as const }
      : { text: `kept ${leased.kept} of ${leased.epochs} leased epochs`, tone: leased.kept === leased.epochs ? ("good" as const) : leased.kept * 100 >= leased.epochs * 95 ? ("plain" as const) : ("warn" as const) },
    slashCount === 0 ? { text: "never slashed", tone: "good" as const } : { text: `slashed ${slashCount} ${slashCount === 1 ? "time" : "times"}`, tone: "bad" as const },
    ...(recentVoids === 0 ? [] : [{ text: `${recentVoids} void ${recentVoids === 1 ? "proof" : "proofs"} lately`, tone: "bad" as const }]),
    { text: `registered ${ageEpochs} epochs ago`, tone: "plain" as const },
  ];
}

export type Trust = "unslashed" | "kept";

export interface OfferFilters {
  maxPriceWei: bigint | undefined;
  region: string;
  /** Promised uptime, in 1/10,000. */
  minUptimeBps: number | undefined;
  /** Proved uptime, in percent. */
  minProved: number | undefined;
  trust: Trust | undefined;
  isFreeOnly: boolean;
}

/** Filters as the URL has them; what cannot be read filters nothing. */
export function filtersOf(search: Record<string, string | undefined>, parsePrice: (text: string) => bigint | undefined): OfferFilters {
  const number = (text: string | undefined) => (text !== undefined && /^\d{1,3}(\.\d{1,2})?$/.test(text) && Number(text) <= 100 ? Number(text) : undefined);
  const promised = number(search.uptime);
  return {
    maxPriceWei: search.price === undefined ? undefined : parsePrice(search.price),
    region: (search.region ?? "").trim().toLowerCase(),
    minUptimeBps: promised === undefined ? undefined : Math.round(promised * 100),
    minProved: number(search.proved),
    trust: search.trust === "unslashed" || search.trust === "kept" ? search.trust : undefined,
    isFreeOnly: search.free === "yes",
  };
}

export function isWanted(offer: Offer, filters: OfferFilters): boolean {
  const { maxPriceWei, region, minUptimeBps, minProved, trust, isFreeOnly } = filters;
  if (maxPriceWei !== undefined && offer.priceWei > maxPriceWei) return false;
  if (minUptimeBps !== undefined && offer.minUptimeBps < minUptimeBps) return false;
  if (region !== "" && offer.region?.toLowerCase().startsWith(region) !== true) return false;
  if (minProved !== undefined && (offer.proved === undefined || offer.proved.share * 100 < minProved)) return false;
  if (trust !== undefined && (offer.slashCount > 0 || offer.recentVoids > 0)) return false;
  if (trust === "kept" && (offer.leased.epochs === 0 || offer.leased.kept < offer.leased.epochs)) return false;
  return !isFreeOnly || offer.obstacle === undefined;
}

const SORTS: Record<string, (a: Offer, b: Offer) => number> = {
  price: (a, b) => compare(a.priceWei, b.priceWei),
  promise: (a, b) => a.minUptimeBps - b.minUptimeBps,
  proved: (a, b) => (a.proved?.share ?? -1) - (b.proved?.share ?? -1),
  stake: (a, b) => compare(a.stakeWei, b.stakeWei),
  longest: (a, b) => a.maxEpochs - b.maxEpochs,
  free: (a, b) => a.freeFrom - b.freeFrom,
  node: (a, b) => a.node - b.node,
};

const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

/** Equal ones stay in the order of the price, then of the offers' numbers. */
export function sortOffers(offers: readonly Offer[], key: string, isDown: boolean): Offer[] {
  const by = SORTS[key] ?? SORTS.price ?? (() => 0);
  return offers.toSorted((a, b) => (isDown ? by(b, a) : by(a, b)) || compare(a.priceWei, b.priceWei) || a.listing - b.listing);
}
