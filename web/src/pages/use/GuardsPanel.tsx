import { Unknown } from "../../ui/Amount.tsx";
import { Address } from "../../ui/Address.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { countryOf } from "../network/regions.ts";
import type { ClientStatus } from "./clientStatus.ts";

/** The relays that see the user's address. */
export function GuardsPanel({ status }: { status: ClientStatus }) {
  return (
    <Panel title="Your guards">
      <p className="mb-3 text-sm text-muted">Only these relays see your address. The client keeps the same few for long: fewer relays ever learn that you use the network.</p>
      {status.guards.length === 0 ? (
        <p className="py-4 text-center text-muted">None is chosen yet: the client is still reading the network from the chain. This takes some seconds after its first start.</p>
      ) : (
        <DataTable<ClientStatus["guards"][number]>
          caption="Guards"
          rows={status.guards}
          rowKey={({ nodeId }) => nodeId}
          columns={[
            { name: "Country", cell: ({ region }) => (region === undefined ? <Unknown why="its document is not known" /> : countryOf(region)) },
            { name: "Node id", cell: ({ nodeId }) => <Address value={nodeId} /> },
            {
              name: "State",
              cell: ({ connected, ready }) =>
                ready ? <Badge tone="good">ready</Badge> : connected ? <Badge tone="warn" title="It answers, but is not paid: no channel with deposit">connected, not paid</Badge> : <Badge tone="bad">not connected</Badge>,
            },
            { name: "Round trip", isNumber: true, cell: ({ rttMs }) => (rttMs === null ? <Unknown why="not measured yet" /> : `${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms`) },
          ]}
        />
      )}
    </Panel>
  );
}
