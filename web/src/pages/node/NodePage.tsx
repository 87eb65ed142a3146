import { Link, useParams } from "@tanstack/react-router";
import { getConfig } from "../../config.ts";
import { NODE, type NodeAnswer, type NodeDetail } from "../../data/queries/node.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { Amount, Unknown } from "../../ui/Amount.tsx";
import { byteSize } from "../../ui/bytes.ts";
import { Notice } from "../../ui/Notice.tsx";
import { PageTitle, Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { Stat, Stats } from "../../ui/Stat.tsx";
import type { LiveStatus } from "../network/nodeHealth.ts";
import { useLiveNodes } from "../network/useLiveNodes.ts";
import { BonusPanel } from "./BonusPanel.tsx";
import { ChallengesPanel } from "./ChallengesPanel.tsx";
import { EarningsPanel } from "./EarningsPanel.tsx";
import { ProofsPanel } from "./ProofsPanel.tsx";
import { StakePanel } from "./StakePanel.tsx";
import { StatePanel } from "./StatePanel.tsx";
import { percentDown, recentUptime } from "./uptime.ts";
import { UptimePanel } from "./UptimePanel.tsx";
import { useNodeEpochs, usePage, type NodeEpoch } from "./useNodeEpochs.ts";

/** Registry indices are below 2^24. */
const MAX_INDEX = 2 ** 24;

export default function NodePage() {
  const { index: text = "" } = useParams({ strict: false });
  const index = /^\d{1,8}$/.test(text) && Number(text) < MAX_INDEX ? Number(text) : undefined;
  const query = useGraphql<NodeAnswer>(NODE, { index }, { isOff: index === undefined });
  const missing = (
    <>
      There is no node {text}
      {query.data?.network != null && `: ${query.data.network.nodes} are registered, counted from 0`}. <Link to="/nodes" className="link">All nodes</Link>
    </>
  );
  return (
    <>
      <PageTitle title={`Node ${text}`} />
      {index === undefined ? (
        <Notice tone="bad" title="This is no node's number">{missing}</Notice>
      ) : (
        // keepPreviousData shows the last node's until this one's is there: that would be another node's figures.
        <QueryView query={query.isPlaceholderData ? { ...query, data: undefined, isPending: true } : query} isEmpty={({ node }) => node === null} empty={missing} skeleton={<Skeleton className="h-96" />}>
          {({ node, network }) => node !== null && <NodeView key={node.index} node={node} network={network} />}
        </QueryView>
      )}
    </>
  );
}

function NodeView({ node, network }: { node: NodeDetail; network: NodeAnswer["network"] }) {
  const live = useLiveNodes([node.index]).live.get(node.index) ?? { state: "none" };
  const ownReceipts = live.state === "up" ? (live.status as LiveStatus & { receipts?: Record<string, Record<number, number>> }).receipts : undefined;
  const page = usePage(network?.epoch);
  const { query, epochs } = useNodeEpochs(node, page.last, ownReceipts);
  return (
    <>
      <Figures node={node} network={network} />
      <div className="grid gap-5 lg:grid-cols-2">
        <StatePanel node={node} network={network} live={live} proved={page.isNewest ? latestProved(epochs) : undefined} />
        {network !== null && <BonusPanel node={node} epoch={network.epoch} />}
        <div className="min-w-0 lg:col-span-2">
          <UptimeOrNot query={query} hasEpochs={epochs !== undefined}>
            {epochs !== undefined && <UptimePanel epochs={epochs} page={page} />}
          </UptimeOrNot>
        </div>
        {epochs !== undefined && (
          <div className="min-w-0 lg:col-span-2">
            <EarningsPanel node={node} epochs={epochs} page={page} />
          </div>
        )}
        <StakePanel node={node} />
        <ChallengesPanel node={node} />
        {epochs !== undefined && (
          <div className="min-w-0 lg:col-span-2">
            <ProofsPanel index={node.index} epochs={epochs} page={page} />
          </div>
        )}
      </div>
    </>
  );
}

/** Of the latest epoch whose commits are in. */
function latestProved(epochs: readonly NodeEpoch[] | undefined): { epoch: number; slots: number } | undefined {
  const latest = epochs?.find(({ earning }) => earning.state !== "running" && earning.state !== "awaited");
  if (latest === undefined) return undefined;
  return { epoch: latest.epoch, slots: latest.commit === undefined || latest.commit.voided ? 0 : latest.commit.slots };
}

/** The panel, its skeleton, or why its data is not there. */
function UptimeOrNot({ query, hasEpochs, children }: { query: ReturnType<typeof useNodeEpochs>["query"]; hasEpochs: boolean; children: React.ReactNode }) {
  if (hasEpochs && query.error === null) return children;
  return (
    <div className="min-w-0">
      {hasEpochs && children}
      <Panel title={hasEpochs ? "Epochs" : "Uptime"} className={hasEpochs ? "mt-5" : ""}>
        <QueryView query={query} skeleton={<Skeleton className="h-64" />}>
          {() => !hasEpochs && <p className="text-sm text-muted">The chain&apos;s time is not known yet.</p>}
        </QueryView>
      </Panel>
    </div>
  );
}

function Figures({ node, network }: { node: NodeDetail; network: NodeAnswer["network"] }) {
  const uptime = network === null ? undefined : recentUptime(node, network.finalBefore, getConfig().parameters.slotsPerEpoch);
  return (
    <Stats>
      <Stat
        label="Uptime"
        value={uptime === undefined ? <Unknown why="no epoch of it is final yet" /> : percentDown(uptime.share)}
        note={uptime === undefined ? "no epoch of it is final yet" : `slots proved in its ${uptime.epochs} latest final epochs`}
      />
      <Stat label="At stake" value={<Amount wei={BigInt(node.stake)} />} note={node.slashCount === 0 ? "never slashed" : `slashed ${node.slashCount}×`} />
      <Stat label="Carried" value={byteSize(BigInt(node.relayedBytes))} note="for others, by its own word in its proofs" />
      <Stat label="Earned" value={<Amount wei={BigInt(node.earned) + BigInt(node.redeemed) + BigInt(node.leaseIncome)} />} note="uptime, relaying and leases, before the burn of 1 %" />
    </Stats>
  );
}
