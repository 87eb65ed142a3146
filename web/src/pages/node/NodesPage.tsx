import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { NODE_LIST, type NodeListAnswer } from "../../data/queries/node.graphql.ts";
import { useFilters } from "../../data/useFilters.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { PageTitle, Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { NodeTable, Pager } from "./NodeTable.tsx";
import { useRegions } from "./useRegions.ts";

const PAGE_SIZE = 25;
/** A region is not on chain: more nodes are looked through at a time. */
const REGION_PAGE_SIZE = 100;

/** Value in the URL → column of the index, and which way is first. */
const SORTS = {
  index: { title: "Oldest first", orderBy: "index", orderDirection: "asc" },
  newest: { title: "Newest first", orderBy: "index", orderDirection: "desc" },
  uptime: { title: "Most proved slots lately", orderBy: "recentSlots", orderDirection: "desc" },
  stake: { title: "Largest stake", orderBy: "stake", orderDirection: "desc" },
  earned: { title: "Most earned by uptime", orderBy: "earned", orderDirection: "desc" },
  carried: { title: "Most carried", orderBy: "relayedBytes", orderDirection: "desc" },
} as const;
type Sort = keyof typeof SORTS;

const isSort = (text: string | undefined): text is Sort => text !== undefined && text in SORTS;

/** All nodes, a page at a time; filters and order stand in the URL. */
export default function NodesPage() {
  const [filters] = useFilters();
  const { region, active } = filters;
  const operator = /^0x[0-9a-f]{40}$/i.test(filters.operator ?? "") ? filters.operator?.toLowerCase() : undefined;
  const { orderBy, orderDirection } = SORTS[isSort(filters.sort) ? filters.sort : "index"];
  const query = useGraphql<NodeListAnswer>(NODE_LIST, {
    where: {
      ...(active === "yes" && { active: true }),
      ...(active === "no" && { active: false }),
      ...(operator !== undefined && { operator }),
    },
    orderBy,
    orderDirection,
    limit: region === undefined ? PAGE_SIZE : REGION_PAGE_SIZE,
    ...(filters.after !== undefined && { after: filters.after }),
    ...(filters.before !== undefined && { before: filters.before }),
  });
  const isFiltered = region !== undefined || active !== undefined || filters.operator !== undefined;
  return (
    <>
      <PageTitle title="Nodes">
        Every relay that was ever registered. Uptime is the share of slots that other nodes signed for in the last 168 final epochs; carried bytes are the node&apos;s own word;
        earned is from uptime, relaying and leases, before the 1 % that every payment burns.
      </PageTitle>
      <Panel title="Which nodes" className="mb-5">
        <Filters items={query.data?.nodes.items ?? []} />
      </Panel>
      <Panel title={query.data === undefined ? "Nodes" : `Nodes: ${query.data.nodes.totalCount.toLocaleString("en")}`}>
        <QueryView
          query={query}
          isEmpty={({ nodes }) => nodes.items.length === 0}
          empty={
            isFiltered ? (
              "No node fits these filters."
            ) : (
              <>
                No node is registered yet. Be the first: <Link to="/operate" className="link">Operate</Link> registers one.
              </>
            )
          }
        >
          {(answer) => (
            <>
              {region !== undefined && (
                <p className="mb-3 text-sm text-muted">
                  A region stands in each node&apos;s signed document, not on chain: these are the nodes of {region} among {answer.nodes.items.length} of {answer.nodes.totalCount.toLocaleString("en")}.
                </p>
              )}
              <NodeTable answer={answer} region={region} />
              <ListPager pageInfo={answer.nodes.pageInfo} />
            </>
          )}
        </QueryView>
      </Panel>
    </>
  );
}

function ListPager({ pageInfo }: { pageInfo: NodeListAnswer["nodes"]["pageInfo"] }) {
  const [, change] = useFilters();
  return <Pager pageInfo={pageInfo} onPage={({ after, before }) => change({ after, before })} />;
}

function Filters({ items }: { items: NodeListAnswer["nodes"]["items"] }) {
  const [filters, change] = useFilters();
  const regions = useRegions(items, filters.region);
  const note = useId();
  // Cursors belong to one order and one selection.
  const set = (next: Record<string, string | undefined>) => change({ after: undefined, before: undefined, ...next });
  const isBadOperator = filters.operator !== undefined && !/^0x[0-9a-f]{40}$/i.test(filters.operator);
  return (
    <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
      <label className="text-sm">
        Order
        <select className="input mt-1" value={isSort(filters.sort) ? filters.sort : "index"} onChange={({ target }) => set({ sort: target.value === "index" ? undefined : target.value })}>
          {Object.entries(SORTS).map(([value, { title }]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label className="text-sm">
        Active
        <select className="input mt-1" value={filters.active ?? ""} onChange={({ target }) => set({ active: target.value || undefined })}>
          <option value="">All</option>
          <option value="yes">Active now</option>
          <option value="no">Not active</option>
        </select>
      </label>
      <label className="text-sm">
        Region
        <select className="input mt-1" value={filters.region ?? ""} onChange={({ target }) => set({ region: target.value || undefined })}>
          <option value="">All</option>
          {regions.map((region) => (
            <option key={region}>{region}</option>
          ))}
        </select>
      </label>
      <label className="text-sm">
        Operator
        <input
          className="input mt-1 font-mono"
          placeholder="0x…"
          value={filters.operator ?? ""}
          aria-invalid={isBadOperator}
          aria-describedby={isBadOperator ? note : undefined}
          onChange={({ target }) => set({ operator: target.value.trim() || undefined })}
        />
        {isBadOperator && (
          <span id={note} className="mt-1 block text-bad">
            An address has 0x and 40 digits.
          </span>
        )}
      </label>
    </div>
  );
}
