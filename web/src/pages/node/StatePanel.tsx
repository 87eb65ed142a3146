import type { ReactNode } from "react";
import { getConfig } from "../../config.ts";
import type { NodeAnswer, NodeDetail } from "../../data/queries/node.graphql.ts";
import { useDidDocuments } from "../../data/useDidDocuments.ts";
import { useIndexStatus } from "../../data/useIndexStatus.ts";
import { Address } from "../../ui/Address.tsx";
import { Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { clockTime } from "../../ui/time.ts";
import { explainHealth, HEALTH_TONES, HEALTH_WORDS, healthOf, type Live, type Proved } from "../network/nodeHealth.ts";
import { NodeStates, OperatorLink } from "./NodeTable.tsx";

/** One state, with who says so and when. */
export function StatePanel({ node, network, live, proved }: { node: NodeDetail; network: NodeAnswer["network"]; live: Live; proved: Proved | undefined }) {
  const { data: status } = useIndexStatus();
  const document = useDidDocuments([node]).get(node.index);
  const health = healthOf(node, live, proved);
  const isChallenged = node.challenges.items.some(({ status: each }) => each === "open");
  const source = status?.indexed == null ? "the chain" : `the chain, block ${status.indexed.number} at ${clockTime(status.indexed.timestamp)}`;
  return (
    <Panel title="State" aside={<Badge tone={HEALTH_TONES[health]}>{HEALTH_WORDS[health]}</Badge>}>
      <p className="mb-3 text-sm">{explainHealth(node, live, proved)}</p>
      <dl className="grid gap-2 text-sm sm:grid-cols-[max-content_minmax(0,1fr)] sm:gap-x-6">
        <Fact name="On chain">
          <NodeStates node={node} isChallenged={isChallenged} /> {activeText(node, network)} <Source>{source}</Source>
        </Fact>
        <Fact name="Its own API">
          <LiveText live={live} />
        </Fact>
        <Fact name="Region">{document?.region ?? <Unknown why="its document is not here yet" />}</Fact>
        <Fact name="Address">
          {document === undefined ? (
            <Unknown why="its document is not here yet" />
          ) : document.endpoint.reachable === false ? (
            `behind NAT at ${document.endpoint.host}: it connects to others, nobody to it`
          ) : (
            `${document.endpoint.host}, port ${document.endpoint.relayPort}`
          )}
          {document?.roles.includes("exit") === true && " · lets traffic out to the internet"}
        </Fact>
        <Fact name="Operator">
          <OperatorLink address={node.operator} />
        </Fact>
        <Fact name="Node id">
          <Address value={node.nodeId} full />
        </Fact>
        <Fact name="Hot key">
          <Address value={node.witness} full /> signs receipts{network !== null && node.witnessFromEpoch > network.epoch ? `, from epoch ${node.witnessFromEpoch} on` : ""} and sends the proofs
        </Fact>
        <Fact name="Document">
          <Address value={node.metadata} />
        </Fact>
      </dl>
    </Panel>
  );
}

function activeText({ active, activeFromEpoch }: NodeDetail, network: NodeAnswer["network"]): string {
  if (active && activeFromEpoch !== null) return `since epoch ${activeFromEpoch.toLocaleString("en")}.`;
  if (!active && activeFromEpoch !== null && network !== null && activeFromEpoch > network.epoch) return `It will be from epoch ${activeFromEpoch.toLocaleString("en")} on.`;
  return "Its stake is below the minimum.";
}

function LiveText({ live }: { live: Live }) {
  if (live.state === "up") {
    const { version, peers, circuits, draining } = live.status;
    return (
      <>
        answers: version {version}, {peers} peers, {circuits} circuits{draining && ", draining: it is about to stop"}. <Source>its own word, at {clockTime(live.askedAtMs / 1000)}</Source>
      </>
    );
  }
  if (live.state === "silent") return <span className="text-bad">does not answer: {live.why}</span>;
  if (live.state === "asking") return <span className="text-muted">is being asked …</span>;
  return <span className="text-muted">{getConfig().nodesUrl === null ? "cannot be asked from here: each relay shows it to its own machine only" : "is not on this machine: it was registered by hand"}</span>;
}

const Source = ({ children }: { children: ReactNode }) => <span className="text-xs text-muted">({children})</span>;

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
