import { lazy, Suspense, useMemo } from "react";
import { NODES_ON_MAP, type NodesAnswer } from "../../data/queries/network.graphql.ts";
import { useDidDocuments } from "../../data/useDidDocuments.ts";
import { useFilters } from "../../data/useFilters.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { TableTwin } from "../../ui/TableTwin.tsx";
import { joinLinks, loadsOf, type Link } from "./links.ts";
import { filterRows, mapRows, regionsOf, UNKNOWN_REGION, type MapRow } from "./mapRows.ts";
import { HEALTH_WORDS, HEALTHS } from "./nodeHealth.ts";
import { LinksTable, NodesTable } from "./MapTables.tsx";
import { NodeDetails } from "./NodeDetails.tsx";
import { placeName, placeOf } from "./regions.ts";
import { useLatestProofs } from "./useLatestProofs.ts";
import { NODES_REFRESH, useLiveNodes } from "./useLiveNodes.ts";

const WorldMap = lazy(() => import("./WorldMap.tsx").then(({ WorldMap: component }) => ({ default: component })));

/** Nodes and links, live. */
export default function MapPanel() {
  const query = useGraphql<NodesAnswer>(NODES_ON_MAP, {}, NODES_REFRESH);
  return (
    <Panel title="Nodes and links">
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-96" />}
        isEmpty={({ nodes }) => nodes.items.length === 0}
        empty="No node is registered yet. Register the first one on the page Operate."
      >
        {({ nodes }) => <Nodes nodes={nodes.items} total={nodes.totalCount} />}
      </QueryView>
    </Panel>
  );
}

function Nodes({ nodes, total }: { nodes: NodesAnswer["nodes"]["items"]; total: number }) {
  const [filters, setFilters] = useFilters();
  const { isAsked, live, peers } = useLiveNodes(useMemo(() => nodes.map(({ index }) => index), [nodes]));
  const documents = useDidDocuments(nodes);
  const signed = new Map([...documents].map(([index, { region }]) => [index, region]));
  const proofs = useLatestProofs([...live.values()].some(({ state }) => state === "none"));
  const all = mapRows(nodes, live, signed, proofs);
  const rows = filterRows(all, filters);
  const shown = new Set(rows.map(({ node }) => node.index));
  const allLinks = joinLinks(nodes, peers);
  const links = allLinks.filter(({ from, to }) => shown.has(from) && shown.has(to));
  const loads = loadsOf(nodes, peers);
  const chosen = rows.find(({ node }) => String(node.index) === filters.node);
  const choose = (index: number) => setFilters({ node: filters.node === String(index) ? undefined : String(index) });
  return (
    <>
      <Filters rows={all} shown={rows.length} total={total} />
      {!isAsked && <p className="mb-3 text-sm text-muted">Links and each node's own word are known only where this page's server reaches the nodes' APIs, as on a devnet. What stands here is the chain's: states are by the slots that nodes proved.</p>}
      {rows.length === 0 ? (
        <p className="py-6 text-center text-muted">No node matches these filters. Choose “any” above.</p>
      ) : (
        <TableTwin
          name="the map"
          picture={
            <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
              <div className="min-w-0">
                <Suspense fallback={<Skeleton className="h-80" />}>
                  <PlacedNodes rows={rows} links={links} chosen={chosen} onChoose={choose} />
                </Suspense>
                <Legend />
              </div>
              <NodeDetails rows={rows} links={allLinks} loads={loads} chosen={chosen} onChoose={choose} />
            </div>
          }
          table={
            <div className="grid gap-5 *:min-w-0">
              <div className="max-h-144 overflow-y-auto">
                <NodesTable rows={rows} loads={loads} />
              </div>
              <div className="max-h-96 overflow-y-auto">{isAsked && <LinksTable links={links} />}</div>
            </div>
          }
        />
      )}
    </>
  );
}

function PlacedNodes({ rows, links, chosen, onChoose }: { rows: readonly MapRow[]; links: readonly Link[]; chosen: MapRow | undefined; onChoose: (index: number) => void }) {
  const points = rows.flatMap(({ node, health, region }) => {
    const place = placeOf(region);
    return place === undefined || region === undefined ? [] : [{ index: node.index, health, place: placeName(region), at: place.at }];
  });
  return <WorldMap nodes={points} links={links} chosen={chosen?.node.index} onChoose={onChoose} />;
}

function Filters({ rows, shown, total }: { rows: readonly MapRow[]; shown: number; total: number }) {
  const [filters, setFilters] = useFilters();
  const regions = regionsOf(rows);
  const choices = (names: readonly string[], chosen: string | undefined) => (chosen === undefined || names.includes(chosen) ? names : [...names, chosen]);
  return (
    <div className="mb-4 flex flex-wrap items-end gap-3 text-sm">
      <label>
        <span className="mb-1 block text-muted">Region</span>
        <select className="input" value={filters.region ?? ""} onChange={({ target }) => setFilters({ region: target.value })}>
          <option value="">any</option>
          {choices(regions, filters.region).map((region) => (
            <option key={region} value={region}>
              {region === UNKNOWN_REGION ? "not known" : `${region} (${placeName(region)})`}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span className="mb-1 block text-muted">State</span>
        <select className="input" value={filters.state ?? ""} onChange={({ target }) => setFilters({ state: target.value })}>
          <option value="">any</option>
          {choices(HEALTHS, filters.state).map((state) => (
            <option key={state} value={state}>
              {HEALTH_WORDS[state as keyof typeof HEALTH_WORDS] ?? state}
            </option>
          ))}
        </select>
      </label>
      <p role="status" className="py-2 text-muted">
        {shown} of {total} {total === 1 ? "node" : "nodes"}
        {total > rows.length && `; the map takes the first ${rows.length}`}
      </p>
    </div>
  );
}

function Legend() {
  return (
    <p className="mt-2 text-xs text-muted">
      ● up, or proves slots · ▲ draining, or proved nothing lately · ✕ active on chain, but does not answer · ■ not active on chain · ◌ not known. Lines are control links between relays; one that drains, or that only one
      end knows, is amber. Choose a node to see its own.
    </p>
  );
}
