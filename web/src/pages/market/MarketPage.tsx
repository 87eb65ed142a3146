import { Tabs } from "@base-ui/react/tabs";
import { useConnection } from "wagmi";
import { useFilters } from "../../data/useFilters.ts";
import { PageTitle } from "../../ui/Panel.tsx";
import { LeasesPanel } from "./LeasesPanel.tsx";
import { OffersPanel } from "./OffersPanel.tsx";
import { OperatorPanel } from "./OperatorPanel.tsx";

const VIEWS = [
  { view: "offers", title: "Offers" },
  { view: "leases", title: "My leases" },
  { view: "operator", title: "Offer a node" },
];

/** Rent nodes, follow one's leases, offer one's own nodes. */
export default function MarketPage() {
  const [search, change] = useFilters();
  const { address } = useConnection();
  const view = VIEWS.some((known) => known.view === search.view) ? search.view : "offers";
  return (
    <>
      <PageTitle title="Market">
        Rent a node for your own traffic. The price of all epochs waits in escrow: an epoch that keeps the promised uptime is paid to the operator, one that fails comes back to you whole.
      </PageTitle>
      <Tabs.Root value={view} onValueChange={(value: string) => change({ view: value === "offers" ? undefined : value, rent: undefined })}>
        <Tabs.List className="mb-4 flex gap-1 overflow-x-auto border-b border-line" aria-label="Parts of the market">
          {VIEWS.map((known) => (
            <Tabs.Tab
              key={known.view}
              value={known.view}
              className="cursor-pointer border-b-2 border-transparent px-4 py-2 text-sm whitespace-nowrap text-muted hover:text-text data-active:border-accent data-active:font-medium data-active:text-text"
            >
              {known.title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="offers">
          <OffersPanel />
        </Tabs.Panel>
        <Tabs.Panel value="leases">
          <LeasesPanel account={address} />
        </Tabs.Panel>
        <Tabs.Panel value="operator">
          <OperatorPanel account={address} />
        </Tabs.Panel>
      </Tabs.Root>
    </>
  );
}
