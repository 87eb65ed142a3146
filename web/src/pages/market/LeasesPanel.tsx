import { Link } from "@tanstack/react-router";
import { epochAt } from "../../../../core/epochTime.ts";
import { getConfig } from "../../config.ts";
import { LEASES, type LeasesAnswer } from "../../data/queries/market.graphql.ts";
import { useFilters } from "../../data/useFilters.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { useNow } from "../../data/useNow.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { LeaseBadge } from "./LeaseBadge.tsx";
import { describeState, leaseOf, type Lease } from "./leases.ts";
import { SplitBar } from "./SplitBar.tsx";

const MOST = 100;

/** Leases of the connected account: what it rents, and what others rent of it. */
export function LeasesPanel({ account }: { account: string | undefined }) {
  const [search, change] = useFilters();
  const me = account?.toLowerCase() ?? "";
  const isOpen = search.open === "yes";
  const where = { OR: [{ tenant: me }, { provider: me }], ...(isOpen && { settled: false }) };
  const query = useGraphql<LeasesAnswer>(LEASES, { where, limit: MOST }, { isOff: account === undefined });
  const now = useNow();
  if (account === undefined) {
    return (
      <Panel title="My leases">
        <p className="text-muted">Connect a wallet (top right) to see what it rents and what is rented of it.</p>
      </Panel>
    );
  }
  return (
    <Panel
      title="My leases"
      aside={
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" className="size-4 accent-accent" checked={isOpen} onChange={(event) => change({ open: event.target.checked ? "yes" : undefined })} />
          With something in escrow only
        </label>
      }
    >
      <QueryView
        query={query}
        isEmpty={({ leases }) => leases.items.length === 0}
        empty={
          <p>
            {isOpen ? "None of your leases has anything in escrow." : "You have no lease yet."}{" "}
            <Link to="/market" search={{}} className="link">
              See what is on offer
            </Link>
          </p>
        }
      >
        {({ leases }) => (
          <>
            <DataTable caption="Table of my leases" columns={columns(me, now)} rows={leases.items.map(leaseOf)} rowKey={({ id }) => id} />
            {leases.totalCount > leases.items.length && <p className="mt-3 text-sm text-muted">The newest {leases.items.length} of {leases.totalCount}.</p>}
          </>
        )}
      </QueryView>
    </Panel>
  );
}

function columns(me: string, now: number | undefined): Column<Lease>[] {
  const { parameters } = getConfig();
  return [
    {
      name: "Lease",
      cell: ({ id, node }) => (
        <>
          <Link to="/leases/$lease" params={{ lease: String(id) }} className="link whitespace-nowrap">
            Lease {id}
          </Link>
          <div className="text-muted">
            <Link to="/nodes/$index" params={{ index: String(node) }} className="link whitespace-nowrap">
              Node {node}
            </Link>
          </div>
        </>
      ),
    },
    { name: "You are", cell: ({ tenant }) => <Badge>{tenant === me ? "tenant" : "operator"}</Badge> },
    {
      name: "State",
      cell: (lease) => (
        <div className="max-w-72 min-w-40">
          <LeaseBadge lease={lease} epoch={now === undefined ? undefined : epochAt(parameters, now)} />
          {now !== undefined && <p className="mt-1 text-xs text-muted">{describeState(lease, now, parameters)}</p>}
        </div>
      ),
    },
    { name: "An epoch", isNumber: true, cell: ({ priceWei }) => <Amount wei={priceWei} /> },
    {
      name: "Settled",
      isNumber: true,
      cell: ({ first, next, end }) => (
        <span className="whitespace-nowrap">
          {next - first} of {end - first}
        </span>
      ),
    },
    { name: "Money", cell: (lease) => <SplitBar lease={lease} /> },
  ];
}
