import { useMemo } from "react";
import { Amount, Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Chart, type Series } from "../../ui/Chart.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { TableTwin } from "../../ui/TableTwin.tsx";
import { dateTime } from "../../ui/time.ts";
import type { LeaseEpoch } from "./leases.ts";

const TONES = { paid: "good", refunded: "info", burned: "bad", due: "warn", open: "plain", running: "plain", "to come": "plain" } as const;

/** Proved slots of each epoch against what was promised, and why each was paid or not. */
export default function LeaseEpochs({ rows, priceWei }: { rows: readonly LeaseEpoch[]; priceWei: bigint }) {
  // A chart is drawn anew when its data is another array.
  const key = JSON.stringify(rows.map(({ epoch, slotsUp }) => [epoch, slotsUp ?? null]));
  const { x, series } = useMemo(() => chartOf(rows), [key]);
  const slots = rows[0]?.slots ?? 0;
  return (
    <div className="grid grid-cols-1 gap-4">
      {rows.length > 1 && (
        <TableTwin
          name="the proved slots"
          picture={(
            <>
              <Chart x={x} series={series} label={`Proved slots of ${slots} in each epoch of the lease, and how many were promised`} height={180} />
              <p className="text-center text-xs text-muted">Epochs of the lease, from the first on; slots of {slots}.</p>
            </>
          )}
          table={
            <DataTable
              caption="Proved slots of each epoch"
              rows={rows}
              rowKey={({ epoch }) => epoch}
              columns={[
                { name: "Epoch", cell: ({ epoch }) => epoch },
                { name: "Proved slots", isNumber: true, cell: ({ slotsUp }) => slotsUp ?? <Unknown why="no proof yet" /> },
                { name: "Promised slots", isNumber: true, cell: ({ needed }) => needed },
              ]}
            />
          }
        />
      )}
      <DataTable
        caption="Epochs of the lease"
        rows={rows.toReversed()}
        rowKey={({ epoch }) => epoch}
        columns={[
          {
            name: "Epoch",
            cell: ({ epoch, place, startsAt }) => (
              <>
                {epoch}
                <span className="text-muted"> ({place}.)</span>
                <div className="text-xs whitespace-nowrap text-muted">{dateTime(startsAt)}</div>
              </>
            ),
          },
          {
            name: "Slots up",
            isNumber: true,
            cell: ({ slotsUp, slots: of, needed }) => (
              <>
                <span className="whitespace-nowrap">{slotsUp === undefined ? <Unknown why="no proof yet" /> : `${slotsUp} of ${of}`}</span>
                <div className="text-xs whitespace-nowrap text-muted">{needed} needed</div>
              </>
            ),
          },
          { name: "Price", isNumber: true, cell: () => <Amount wei={priceWei} /> },
          { name: "State", cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge> },
          { name: "Why", cell: ({ reason }) => <div className="min-w-56">{reason}</div> },
        ]}
      />
    </div>
  );
}

function chartOf(rows: readonly LeaseEpoch[]): { x: number[]; series: Series[] } {
  const kept = (row: LeaseEpoch) => row.slotsUp !== undefined && row.slotsUp >= row.needed;
  return {
    x: rows.map(({ place }) => place),
    series: [
      { label: "Proved, enough", color: "good", isBars: true, values: rows.map((row) => (kept(row) ? (row.slotsUp ?? null) : null)) },
      { label: "Proved, too few", color: "bad", isBars: true, values: rows.map((row) => (kept(row) ? null : (row.slotsUp ?? null))) },
      { label: "Promised", color: "info", values: rows.map(({ needed }) => needed) },
    ],
  };
}
