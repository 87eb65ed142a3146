import { Link } from "@tanstack/react-router";
import { getConfig } from "../../config.ts";
import type { ListedNode, NodeListAnswer } from "../../data/queries/node.graphql.ts";
import { useDidDocuments } from "../../data/useDidDocuments.ts";
import { Address } from "../../ui/Address.tsx";
import { Amount, Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { byteSize } from "../../ui/bytes.ts";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { percentDown, recentUptime } from "./uptime.ts";

/** One page of nodes. `region`: only those whose document names it. */
export function NodeTable({ answer, region, withOperator = true }: { answer: Pick<NodeListAnswer, "nodes" | "challenges" | "network">; region?: string | undefined; withOperator?: boolean }) {
  const { items } = answer.nodes;
  const documents = useDidDocuments(items);
  const challenged = new Set(answer.challenges.items.map(({ node }) => node));
  const rows = region === undefined ? items : items.filter(({ index }) => documents.get(index)?.region === region);
  const regionOf = (index: number) => documents.get(index)?.region;
  if (region !== undefined && rows.length === 0) {
    return <p className="py-6 text-center text-muted">None of these {items.length} nodes says in its document that it is in {region}. Look at the next page.</p>;
  }
  return <DataTable caption="Nodes" columns={columnsOf(answer.network, challenged, regionOf, withOperator)} rows={rows} rowKey={({ index }) => index} />;
}

function columnsOf(network: NodeListAnswer["network"], challenged: ReadonlySet<number>, regionOf: (index: number) => string | undefined, withOperator: boolean): Column<ListedNode>[] {
  const operator: Column<ListedNode>[] = [
    {
      name: "Operator",
      cell: ({ operator: address }) => (
        <Link to="/operators/$address" params={{ address }} className="link whitespace-nowrap" title={address}>
          <code>
            {address.slice(0, 8)}…{address.slice(-4)}
          </code>
        </Link>
      ),
    },
  ];
  return [
    {
      name: "Node",
      cell: ({ index, nodeId }) => (
        <Link to="/nodes/$index" params={{ index: String(index) }} className="link whitespace-nowrap" title={nodeId}>
          Node {index}
        </Link>
      ),
    },
    { name: "State", cell: (node) => <NodeStates node={node} isChallenged={challenged.has(node.index)} /> },
    { name: "Region", cell: ({ index }) => regionOf(index) ?? <Unknown why="its document is not here yet" /> },
    {
      name: "Uptime",
      isNumber: true,
      cell: (node) => {
        const uptime = network === null ? undefined : recentUptime(node, network.finalBefore, getConfig().parameters.slotsPerEpoch);
        if (uptime === undefined) return <Unknown why="no epoch of it is final yet" />;
        return <span title={`${node.recentSlots} slots proved in ${uptime.epochs} final epochs`}>{percentDown(uptime.share)}</span>;
      },
    },
    { name: "Stake", isNumber: true, cell: ({ stake }) => <Amount wei={BigInt(stake)} /> },
    { name: "Carried", isNumber: true, cell: ({ relayedBytes }) => <span className="whitespace-nowrap">{byteSize(BigInt(relayedBytes))}</span> },
    {
      name: "Earned",
      isNumber: true,
      cell: ({ earned, redeemed, leaseIncome }) => <Amount wei={BigInt(earned) + BigInt(redeemed) + BigInt(leaseIncome)} />,
    },
    { name: "Trust", cell: (node) => <TrustParts node={node} epoch={network?.epoch} /> },
    ...(withOperator ? operator : []),
  ];
}

export function NodeStates({ node, isChallenged }: { node: Pick<ListedNode, "active" | "benched">; isChallenged: boolean }) {
  return (
    <span className="inline-flex flex-wrap gap-1">
      <Badge tone={node.active ? "good" : "plain"}>{node.active ? "active" : "not active"}</Badge>
      {node.benched && (
        <Badge tone="warn" title="It committed nothing in 12 final epochs: it is not drawn as a witness until it commits again.">
          benched
        </Badge>
      )}
      {isChallenged && (
        <Badge tone="bad" title="Somebody doubts a slot that it claims.">
          challenged
        </Badge>
      )}
    </span>
  );
}

/** What speaks for and against a node; no single number is made of it. */
function TrustParts({ node, epoch }: { node: ListedNode; epoch: number | undefined }) {
  const age = epoch === undefined ? undefined : epoch - node.registeredEpoch;
  const leases = node.leaseEpochsPaid + node.leaseEpochsRefunded;
  const parts = [
    age === undefined ? undefined : `${age.toLocaleString("en")} ${age === 1 ? "epoch" : "epochs"} old`,
    node.recentVoids > 0 ? `${node.recentVoids} void` : "none void",
    node.slashCount > 0 ? `slashed ${node.slashCount}×` : "never slashed",
    leases > 0 ? `${node.leaseEpochsPaid} of ${leases} lease epochs kept` : undefined,
  ];
  return <span className="inline-block min-w-52 text-xs text-muted">{parts.filter((part) => part !== undefined).join(" · ")}</span>;
}

export function OperatorLink({ address }: { address: string }) {
  return (
    <span className="inline-flex max-w-full flex-wrap items-baseline gap-2">
      <Address value={address} />
      <Link to="/operators/$address" params={{ address: address.toLowerCase() }} className="link">
        its nodes
      </Link>
    </span>
  );
}

/** Before, next: thousands of nodes are never loaded at once. */
export function Pager({ pageInfo, onPage }: { pageInfo: NodeListAnswer["nodes"]["pageInfo"]; onPage: (page: { after?: string | undefined; before?: string | undefined }) => void }) {
  if (!pageInfo.hasNextPage && !pageInfo.hasPreviousPage) return null;
  return (
    <nav aria-label="Pages of the list" className="mt-4 flex flex-wrap gap-2">
      <button type="button" className="button" disabled={!pageInfo.hasPreviousPage} onClick={() => onPage({ before: pageInfo.startCursor ?? undefined })}>
        Previous
      </button>
      <button type="button" className="button" disabled={!pageInfo.hasNextPage} onClick={() => onPage({ after: pageInfo.endCursor ?? undefined })}>
        Next
      </button>
    </nav>
  );
}
