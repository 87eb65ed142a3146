import { useEffect, useMemo, useState } from "react";
import { NODES_ON_MAP, type NodesAnswer } from "../../data/queries/network.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { Unknown } from "../../ui/Amount.tsx";
import { byteSize } from "../../ui/bytes.ts";
import { Chart } from "../../ui/Chart.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { TableTwin } from "../../ui/TableTwin.tsx";
import { clockTime } from "../../ui/time.ts";
import { NODES_REFRESH, useLiveNodes, type LiveNodes } from "./useLiveNodes.ts";
import { addSample, ratesOf, type Rate, type Sample } from "./throughput.ts";

const SAMPLE_MS = 3_000;

/** What the relays forward now, measured by this page from what they say. */
export default function ThroughputPanel() {
  const query = useGraphql<NodesAnswer>(NODES_ON_MAP, {}, NODES_REFRESH);
  const { data } = query;
  const nodes = useLiveNodes(useMemo(() => data?.nodes.items.map(({ index }) => index) ?? [], [data]));
  const rates = useRates(nodes);
  const latest = rates.at(-1);
  const answering = [...nodes.live.values()].filter(({ state }) => state === "up").length;
  return (
    <Panel title="Throughput" aside={nodes.isAsked && <span className="text-sm text-muted">measured by this page, every {SAMPLE_MS / 1_000} s</span>}>
      {!nodes.isAsked ? (
        <p className="text-muted">
          Relays tell what they forward on their own machines only: this page was not loaded from one that runs them. What they proved of it stands in the table of epochs.
        </p>
      ) : (
        <QueryView query={query} isEmpty={({ nodes: { items } }) => items.length === 0} empty="No node is registered yet.">
          {() => <Measured latest={latest} rates={rates} answering={answering} />}
        </QueryView>
      )}
    </Panel>
  );
}

function Measured({ latest, rates, answering }: { latest: Rate | undefined; rates: readonly Rate[]; answering: number }) {
  if (answering === 0 && rates.length === 0) return <p className="text-muted">No relay answers so far: what they forward is not known.</p>;
  return (
    <>
      <p className="mb-3 text-xl font-semibold tabular-nums">
        {latest === undefined ? <Unknown why="two samples are needed" /> : `${byteSize(latest.bytesPerSecond)}/s`}{" "}
        <span className="text-sm font-normal text-muted">
          {latest === undefined ? "known after two samples" : `forwarded by ${latest.relays} ${latest.relays === 1 ? "relay" : "relays"}; each relay on the way of a download counts it`}
        </span>
      </p>
      <Rates rates={rates} />
    </>
  );
}

function Rates({ rates }: { rates: readonly Rate[] }) {
  const x = useMemo(() => rates.map(({ at }) => at), [rates]);
  const series = useMemo(() => [{ label: "Bytes per second", color: "accent", values: rates.map(({ bytesPerSecond }) => bytesPerSecond), format: (value: number) => `${byteSize(value)}/s` }], [rates]);
  if (rates.length < 2) return <Skeleton className="h-56" />;
  return (
    <TableTwin
      name="the throughput"
      picture={<Chart x={x} series={series} isTime label={`Bytes per second that all relays forwarded, ${rates.length} samples`} />}
      table={
        <div className="max-h-80 overflow-y-auto">
          <DataTable<Rate>
            caption="Throughput, the latest first"
            rows={rates.toReversed()}
            rowKey={({ at }) => at}
            columns={[
              { name: "Until", cell: ({ at }) => clockTime(at) },
              { name: "Forwarded", isNumber: true, cell: ({ bytesPerSecond }) => `${byteSize(bytesPerSecond)}/s` },
              { name: "Relays", isNumber: true, cell: ({ relays }) => relays },
            ]}
          />
        </div>
      }
    />
  );
}

/** A sample every few seconds while the page is open. */
function useRates(nodes: LiveNodes): readonly Rate[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const { live } = nodes;
  useEffect(() => {
    const up = [...live].flatMap(([index, each]) => (each.state === "up" ? [{ index, ...each }] : []));
    if (up.length === 0) return;
    const atMs = Math.max(...up.map(({ askedAtMs }) => askedAtMs));
    const next = { atMs, counts: new Map(up.map(({ index, status, askedAtMs }) => [index, { bytes: Number(status.relayedBytes), atMs: askedAtMs }])) };
    setSamples((before) => (atMs - (before.at(-1)?.atMs ?? 0) < SAMPLE_MS - 500 ? before : addSample(before, next)));
  }, [live]);
  return useMemo(() => ratesOf(samples), [samples]);
}
