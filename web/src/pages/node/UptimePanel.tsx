import { Amount } from "../../ui/Amount.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { TableTwin } from "../../ui/TableTwin.tsx";
import { dateTime } from "../../ui/time.ts";
import { slotList, STATE_WORDS, type SlotAnswer, type SlotState } from "./explainSlot.ts";
import { SlotCalendar } from "./SlotCalendar.tsx";
import { PAGE_EPOCHS, type NodeEpoch, type usePage } from "./useNodeEpochs.ts";

/** Uptime as a calendar; every slot that is missing is explained. */
export function UptimePanel({ epochs, page }: { epochs: readonly NodeEpoch[]; page: ReturnType<typeof usePage> }) {
  const [newest, oldest] = [epochs[0], epochs.at(-1)];
  const lost = epochs.reduce((total, { earning }) => total + (earning.lostWei ?? 0n), 0n);
  return (
    <Panel title="Uptime" aside={<EpochPager page={page} of="uptime" />}>
      {newest !== undefined && oldest !== undefined && (
        <p className="mb-3 text-sm text-muted">
          Epochs {oldest.epoch.toLocaleString("en")} to {newest.epoch.toLocaleString("en")}, from {dateTime(oldest.startsAt)} on. Each row is an epoch, each cell a slot in which other
          nodes sign that they saw this one relay.{lost > 0n && <> What is missing here cost about <Amount wei={lost} />.</>}
        </p>
      )}
      <TableTwin name="the calendar" picture={<SlotCalendar epochs={epochs} />} table={<CalendarTable epochs={epochs} />} />
    </Panel>
  );
}

function CalendarTable({ epochs }: { epochs: readonly NodeEpoch[] }) {
  return (
    <DataTable
      caption="Slots of each epoch"
      rows={epochs}
      rowKey={({ epoch }) => epoch}
      columns={[
        { name: "Epoch", cell: ({ epoch, startsAt }) => <span title={dateTime(startsAt)}>{epoch.toLocaleString("en")}</span> },
        { name: "Begins", cell: ({ startsAt }) => <span className="whitespace-nowrap">{dateTime(startsAt)}</span> },
        { name: "Proved", isNumber: true, cell: ({ slots }) => <span className="whitespace-nowrap">{`${slots.filter(({ state }) => state === "proved" || state === "challenged").length} of ${slots.length}`}</span> },
        {
          name: "Why the others are not",
          cell: ({ slots }) => {
            const groups = groupsOf(slots);
            if (groups.length === 0) return "all are proved";
            return (
              <ul className="grid min-w-72 gap-1">
                {groups.map(({ state, why, places }) => (
                  <li key={`${state} ${places[0]}`}>
                    <span className="font-medium">
                      {slotList(places)}: {STATE_WORDS[state]}.
                    </span>{" "}
                    {why}
                  </li>
                ))}
              </ul>
            );
          },
        },
      ]}
    />
  );
}

/** Slots that are not simply proved, by reason. */
function groupsOf(slots: readonly SlotAnswer[]): { state: SlotState; why: string; places: number[] }[] {
  const groups = new Map<string, { state: SlotState; why: string; places: number[] }>();
  for (const [slot, { state, why }] of slots.entries()) {
    if (state === "proved") continue;
    // Each slot that lies ahead has a time of its own: one sentence is enough.
    const key = state === "ahead" ? state : why;
    const group = groups.get(key) ?? { state, why, places: [] };
    group.places.push(slot);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Turns pages of epochs; the page stands in the URL. */
export function EpochPager({ page, of }: { page: ReturnType<typeof usePage>; of: string }) {
  const { last, isNewest, turnTo } = page;
  if (last === undefined) return null;
  return (
    <nav aria-label={`Pages of epochs: ${of}`} className="flex flex-wrap gap-2">
      <button type="button" className="button min-h-8 px-3 py-1" disabled={last < PAGE_EPOCHS} onClick={() => turnTo(last - PAGE_EPOCHS)}>
        Older
      </button>
      <button type="button" className="button min-h-8 px-3 py-1" disabled={isNewest} onClick={() => turnTo(last + PAGE_EPOCHS)}>
        Newer
      </button>
      {!isNewest && (
        <button type="button" className="button min-h-8 px-3 py-1" onClick={() => turnTo(undefined)}>
          Newest
        </button>
      )}
    </nav>
  );
}
