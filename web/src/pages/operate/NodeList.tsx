import { Link } from "@tanstack/react-router";
import type { OperatedNode } from "../../data/queries/operate.graphql.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Countdown } from "../../ui/Countdown.tsx";
import { DataTable } from "../../ui/DataTable.tsx";

/** The operator's nodes, one of which is worked on below. */
export function NodeList({ nodes, selected, onSelect }: { nodes: readonly OperatedNode[]; selected: number | undefined; onSelect: (index: number) => void }) {
  return (
    <DataTable
      caption="Your nodes"
      rows={nodes}
      rowKey={({ index }) => index}
      columns={[
        {
          name: "Node",
          cell: ({ index }) => (
            <Link className="link" to="/nodes/$index" params={{ index: String(index) }}>
              Node {index}
            </Link>
          ),
        },
        { name: "State", cell: (node) => <NodeState node={node} /> },
        { name: "At stake", isNumber: true, cell: ({ stake }) => <Amount wei={BigInt(stake)} /> },
        { name: "Unbonding", isNumber: true, cell: (node) => <Unbonding node={node} /> },
        { name: "Claimable", isNumber: true, cell: ({ earned, claimed }) => <Amount wei={BigInt(earned) - BigInt(claimed)} /> },
        {
          name: "Actions",
          cell: ({ index }) => (
            <button type="button" className="button" aria-pressed={index === selected} onClick={() => onSelect(index)}>
              {index === selected ? "Shown below" : "Work on it"}
              <span className="sr-only">: node {index}</span>
            </button>
          ),
        },
      ]}
    />
  );
}

/** By the registry, not by whether it answers: a node can be active and down. */
export function NodeState({ node }: { node: OperatedNode }) {
  if (node.challenges.items.length > 0) return <Badge tone="bad">challenged</Badge>;
  if (!node.active) {
    const isNew = node.activeFromEpoch !== null || node.lastCommitEpoch === null;
    return <Badge tone="warn" title="It does not take part in this epoch">{isNew && BigInt(node.stake) > 0n ? "active soon" : "not active"}</Badge>;
  }
  if (node.benched) return <Badge tone="warn" title="No proof in 12 epochs: it is not drawn as a witness until it proves again">benched</Badge>;
  return <Badge tone="good">active</Badge>;
}

function Unbonding({ node }: { node: OperatedNode }) {
  const wei = BigInt(node.unbonding);
  if (wei === 0n) return <span className="text-muted">none</span>;
  return (
    <>
      <Amount wei={wei} />
      <br />
      <span className="text-muted">
        <Countdown until={Number(node.unbondsAt)} over="ready to withdraw" />
      </span>
    </>
  );
}
