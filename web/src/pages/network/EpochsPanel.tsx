import { getConfig } from "../../config.ts";
import { EPOCHS, type EpochRow, type EpochsAnswer } from "../../data/queries/network.graphql.ts";
import { useFilters } from "../../data/useFilters.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { useNow } from "../../data/useNow.ts";
import { Amount, Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { byteSize } from "../../ui/bytes.ts";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { dateTime } from "../../ui/time.ts";
import { phaseOf } from "./epochPhase.ts";

const COUNTS = ["8", "24", "72"] as const;

/** What each epoch brought. */
export function EpochsPanel() {
  const [filters, setFilters] = useFilters();
  const count = COUNTS.find((each) => each === filters.epochs) ?? "8";
  const query = useGraphql<EpochsAnswer>(EPOCHS, { limit: Number(count) });
  const now = useNow();
  return (
    <Panel
      title="Epochs"
      aside={
        <label className="flex items-center gap-2 text-sm text-muted">
          Show the latest
          <select className="input w-auto py-1" value={count} onChange={({ target }) => setFilters({ epochs: target.value === "8" ? undefined : target.value })}>
            {COUNTS.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
      }
    >
      <QueryView query={query} isEmpty={({ epochs }) => epochs.items.length === 0} empty="Nothing happened on this chain yet: the first epoch shows here with its first event.">
        {({ epochs }) => <DataTable caption="Epochs, the latest first" columns={columnsOf(now)} rows={epochs.items} rowKey={({ epoch }) => epoch} />}
      </QueryView>
      <p className="mt-3 text-xs text-muted">
        Slots, commits and carried bytes are of nodes' commits for the epoch; redeemed and burned is what happened while it ran. Claimed rewards are before the burn of 1 %.
      </p>
    </Panel>
  );
}

function columnsOf(now: number | undefined): Column<EpochRow>[] {
  const { parameters } = getConfig();
  const phase = (row: EpochRow) => phaseOf(parameters, row, now);
  /** Until its commits are due, none of them is not 0 of them. */
  const known = (row: EpochRow, value: React.ReactNode, isNone: boolean) => (isNone && !phase(row).commitsAreIn ? <Unknown why={phase(row).why} /> : value);
  const begun = (row: EpochRow, wei: string) => (phase(row).word === "ahead" ? <Unknown why={phase(row).why} /> : <Amount wei={BigInt(wei)} />);
  return [
    { name: "Epoch", cell: ({ epoch, endsAt }) => <span title={`ended or ends at ${dateTime(Number(endsAt))}`}>{epoch.toLocaleString("en")}</span> },
    {
      name: "State",
      cell: (row) => (
        <Badge tone={phase(row).tone} title={phase(row).why}>
          {phase(row).word}
        </Badge>
      ),
    },
    {
      name: "Commits",
      isNumber: true,
      cell: (row) => known(row, row.voidCount > 0 ? `${row.commitCount}, ${row.voidCount} of them void` : row.commitCount, row.commitCount === 0),
    },
    { name: "Slots", isNumber: true, cell: (row) => known(row, row.slots.toLocaleString("en"), row.slots === 0) },
    { name: "Carried", isNumber: true, cell: (row) => known(row, byteSize(BigInt(row.relayedBytes)), row.relayedBytes === "0") },
    { name: "Redeemed", isNumber: true, cell: (row) => begun(row, row.redeemed) },
    { name: "Burned", isNumber: true, cell: (row) => begun(row, row.burned) },
    { name: "Claimed", isNumber: true, cell: (row) => (row.final ? <Amount wei={BigInt(row.claimed)} /> : <Unknown why="it cannot be claimed before the epoch is final" />) },
  ];
}
