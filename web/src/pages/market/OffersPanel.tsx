import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { epochStart } from "../../../../core/epochTime.ts";
import { getConfig } from "../../config.ts";
import { OFFERS, type OffersAnswer } from "../../data/queries/market.graphql.ts";
import { useDidDocuments } from "../../data/useDidDocuments.ts";
import { useFilters } from "../../data/useFilters.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { Amount, Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Countdown } from "../../ui/Countdown.tsx";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { parseAmount } from "../../ui/parseAmount.ts";
import { QueryView } from "../../ui/QueryView.tsx";
import { duration } from "../../ui/time.ts";
import { bps, filtersOf, isWanted, MONTH_DAYS, offerOf, percent, pricesOf, sortOffers, trustParts, type Offer } from "./offers.ts";
import { OfferFilters } from "./OfferFilters.tsx";
import { RentDialog } from "./RentDialog.tsx";

const PAGE = 100;
const MOST = 500;

const priceOf = (text: string) => {
  const typed = parseAmount(text);
  return typed !== undefined && "wei" in typed ? typed.wei : undefined;
};

/** All open offers that pass the URL's filters. */
export function OffersPanel() {
  const [search, change] = useFilters();
  const filters = useMemo(() => filtersOf(search, priceOf), [search]);
  const limit = Math.min(MOST, Number(search.show ?? PAGE) || PAGE);
  const where = {
    open: true,
    ...(filters.maxPriceWei !== undefined && { pricePerEpoch_lte: String(filters.maxPriceWei) }),
    ...(filters.minUptimeBps !== undefined && { minUptimeBps_gte: filters.minUptimeBps }),
  };
  const query = useGraphql<OffersAnswer>(OFFERS, { where, limit });
  const rows = query.data?.listings.items;
  const documents = useDidDocuments(useMemo(() => (rows ?? []).flatMap(({ relay }) => (relay === null ? [] : [relay])), [rows]));
  const { slotsPerEpoch } = getConfig().parameters;
  const at = query.data?.network;
  const all = (rows ?? []).flatMap((row) => (at == null ? [] : (offerOf(row, documents.get(row.node)?.region, at, slotsPerEpoch) ?? [])));
  const key = search.sort ?? "price";
  const isDown = search.down === "yes";
  const shown = sortOffers(all.filter((offer) => isWanted(offer, filters)), key, isDown);
  const rented = all.find(({ listing }) => String(listing) === search.rent);
  const total = query.data?.listings.totalCount ?? 0;
  const regions = [...new Set(all.flatMap(({ region }) => region ?? []))].sort();
  return (
    <div className="grid grid-cols-1 gap-4">
      <OfferFilters regions={regions} />
      <Panel title="Open offers" aside={<span className="text-sm text-muted">{query.data !== undefined && `${shown.length} of ${total} shown`}</span>}>
        <QueryView
          query={query}
          isEmpty={() => shown.length === 0}
          empty={
            total === 0 && Object.keys(where).length === 1 ? (
              <p>Nobody offers a node yet. Operators can do so under “Offer a node”.</p>
            ) : (
              <p>
                No offer passes these filters.{" "}
                <button type="button" className="link cursor-pointer" onClick={() => change({ price: undefined, region: undefined, uptime: undefined, proved: undefined, trust: undefined, free: undefined })}>
                  Drop the filters
                </button>
              </p>
            )
          }
        >
          {() => (
            <>
              <DataTable
                caption="Table of the open offers"
                columns={columns((offer) => change({ rent: String(offer.listing) }))}
                rows={shown}
                rowKey={({ listing }) => listing}
                sorting={{ key, isDown, onSort: (next) => change({ sort: next === "price" ? undefined : next, down: next === key && !isDown ? "yes" : undefined }) }}
              />
              {total > (rows?.length ?? 0) && limit < MOST && (
                <button type="button" className="button mt-3" onClick={() => change({ show: String(limit + PAGE) })}>
                  Show dearer ones too
                </button>
              )}
              <p className="mt-3 text-sm text-muted">
                An epoch lasts {duration(getConfig().parameters.epochSeconds)}. The price of a day or of {String(MONTH_DAYS)} days is that of one lease after the other. Proved: slots in
                which other nodes saw it relay, of the last 168 final epochs at most. At stake: what its operator loses a tenth of for a false proof.
              </p>
            </>
          )}
        </QueryView>
      </Panel>
      {rented !== undefined && <RentDialog offer={rented} onClose={() => change({ rent: undefined })} />}
    </div>
  );
}

function columns(onRent: (offer: Offer) => void): Column<Offer>[] {
  const { parameters } = getConfig();
  return [
    {
      name: "Node",
      sortKey: "node",
      cell: ({ node, region }) => (
        <>
          <Link to="/nodes/$index" params={{ index: String(node) }} className="link whitespace-nowrap">
            Node {node}
          </Link>
          <div className="text-muted">{region ?? <Unknown why="its document could not be read yet" />}</div>
        </>
      ),
    },
    {
      name: "Price",
      sortKey: "price",
      isNumber: true,
      cell: ({ priceWei }) => {
        const { dayWei, monthWei } = pricesOf(priceWei, parameters);
        return (
          <>
            <div className="whitespace-nowrap">
              <Amount wei={priceWei} /> an epoch
            </div>
            <div className="text-xs whitespace-nowrap text-muted">
              <Amount wei={dayWei} /> a day
            </div>
            <div className="text-xs whitespace-nowrap text-muted">
              <Amount wei={monthWei} /> in {String(MONTH_DAYS)} days
            </div>
          </>
        );
      },
    },
    { name: "Promises", sortKey: "promise", isNumber: true, cell: ({ minUptimeBps }) => bps(minUptimeBps) },
    {
      name: "Proved",
      sortKey: "proved",
      isNumber: true,
      cell: ({ proved }) =>
        proved === undefined ? (
          <Unknown why="no epoch of this node is final yet" />
        ) : (
          <>
            {percent(proved.share)}
            <div className="text-xs whitespace-nowrap text-muted">of {proved.epochs} epochs</div>
          </>
        ),
    },
    {
      name: "Trust",
      cell: (offer) => (
        <ul className="flex max-w-64 flex-wrap gap-1">
          {trustParts(offer).map(({ text, tone }) => (
            <li key={text}>
              <Badge tone={tone}>{text}</Badge>
            </li>
          ))}
        </ul>
      ),
    },
    { name: "At stake", sortKey: "stake", isNumber: true, cell: ({ stakeWei }) => <Amount wei={stakeWei} /> },
    {
      name: "Longest",
      sortKey: "longest",
      isNumber: true,
      cell: ({ maxEpochs }) => (
        <>
          <span className="whitespace-nowrap">{maxEpochs} {maxEpochs === 1 ? "epoch" : "epochs"}</span>
          <div className="text-xs whitespace-nowrap text-muted">{duration(maxEpochs * parameters.epochSeconds)}</div>
        </>
      ),
    },
    {
      name: "Free",
      sortKey: "free",
      cell: (offer) => <Free offer={offer} />,
    },
    {
      name: "Rent",
      cell: (offer) => (
        <button type="button" className="button" onClick={() => onRent(offer)} aria-label={`Rent node ${offer.node}`}>
          Rent
        </button>
      ),
    },
  ];
}

function Free({ offer }: { offer: Offer }) {
  if (offer.obstacle === undefined) return <Badge tone="good">now</Badge>;
  if (offer.obstacle !== "The node is leased.") return <span className="text-muted">{offer.obstacle}</span>;
  // Who rents in the last epoch of a lease begins with the next one.
  return (
    <span className="whitespace-nowrap text-muted">
      in <Countdown until={epochStart(getConfig().parameters, offer.freeFrom - 1)} over="a moment" />
    </span>
  );
}
