import { Link as RouterLink } from "@tanstack/react-router";
import { Amount, Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import type { Link } from "./links.ts";
import type { MapRow } from "./mapRows.ts";
import { explainHealth, HEALTH_TONES, HEALTH_WORDS } from "./nodeHealth.ts";
import { placeName } from "./regions.ts";

export function NodesTable({ rows, loads }: { rows: readonly MapRow[]; loads: ReadonlyMap<number, number> }) {
  const told = ({ live }: MapRow) => (live.state === "up" ? live.status : undefined);
  const own = (row: MapRow, value: (status: NonNullable<ReturnType<typeof told>>) => React.ReactNode) => {
    const status = told(row);
    return status === undefined ? <Unknown why="only the node itself tells it, and it does not answer here" /> : value(status);
  };
  return (
    <DataTable<MapRow>
      caption="Nodes"
      rows={rows}
      rowKey={({ node }) => node.index}
      columns={[
        {
          name: "Node",
          cell: ({ node }) => (
            <RouterLink to="/nodes/$index" params={{ index: String(node.index) }} className="link">
              Node {node.index}
            </RouterLink>
          ),
        },
        { name: "Region", cell: ({ region }) => (region === undefined ? <Unknown why="its document could not be read yet" /> : placeName(region)) },
        { name: "State", cell: (row) => <Health row={row} /> },
        { name: "On chain", cell: ({ node }) => (node.active ? (node.benched ? "active, benched" : "active") : "not active") },
        { name: "Stake", isNumber: true, cell: ({ node }) => <Amount wei={BigInt(node.stake)} /> },
        { name: "Version", cell: (row) => own(row, ({ version }) => version) },
        { name: "Peers", isNumber: true, cell: (row) => own(row, ({ peers }) => peers) },
        { name: "Circuits", isNumber: true, cell: (row) => own(row, ({ circuits }) => circuits) },
        { name: "Load", isNumber: true, cell: ({ node }) => (loads.has(node.index) ? `${loads.get(node.index)} of 9` : <Unknown why="no neighbour told it" />) },
      ]}
    />
  );
}

export function LinksTable({ links }: { links: readonly Link[] }) {
  if (links.length === 0) return <p className="text-sm text-muted">No relay that answers tells of a link between these nodes.</p>;
  return (
    <DataTable<Link>
      caption="Links between the nodes"
      rows={links}
      rowKey={({ from, to }) => `${from} ${to}`}
      columns={[
        { name: "Link", cell: ({ from, to }) => `Node ${from} – Node ${to}` },
        { name: "Round trip", isNumber: true, cell: ({ rttMs }) => (rttMs === undefined ? <Unknown why="no beacon came back yet" /> : `${rttMs.toFixed(1)} ms`) },
        { name: "State", cell: (link) => linkState(link) },
      ]}
    />
  );
}

export function Health({ row }: { row: MapRow }) {
  return (
    <Badge tone={HEALTH_TONES[row.health]} title={explainHealth(row.node, row.live, row.proved)}>
      {HEALTH_WORDS[row.health]}
    </Badge>
  );
}

export function linkState({ draining, oneSided }: Link): string {
  if (draining) return "an end of it drains";
  return oneSided ? "only one end says that it is there" : "well";
}
