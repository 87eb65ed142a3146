import { Link } from "@tanstack/react-router";
import { ACTIVITY, type ActivityAnswer } from "../../data/queries/network.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { useNow } from "../../data/useNow.ts";
import { Address } from "../../ui/Address.tsx";
import { shortX0t } from "../../ui/Amount.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { dateTime, duration } from "../../ui/time.ts";
import { describeEvent } from "./describeEvent.ts";

type Event = ActivityAnswer["events"]["items"][number];

const SHOWN = 12;

/** The latest events of all contracts; payments would drown the others. */
export function ActivityPanel() {
  const query = useGraphql<ActivityAnswer>(ACTIVITY, { limit: SHOWN });
  return (
    <Panel title="Latest activity" aside={<span className="text-sm text-muted">without payments: they stand in the table of epochs</span>}>
      <QueryView query={query} isEmpty={({ events }) => events.items.length === 0} empty="Nothing happened on this chain yet.">
        {({ events }) => (
          <ol className="divide-y divide-line text-sm">
            {events.items.map((event) => (
              <li key={event.id} className="flex flex-wrap items-baseline gap-x-3 py-2">
                <Ago at={Number(event.timestamp)} />
                <span className="min-w-0 flex-1 basis-64">
                  <Sentence event={event} />
                </span>
                <Address value={event.transactionHash} />
              </li>
            ))}
          </ol>
        )}
      </QueryView>
    </Panel>
  );
}

function Sentence({ event }: { event: Event }) {
  const said = describeEvent(event.name, JSON.parse(event.args) as Record<string, unknown>, (wei) => `${shortX0t(wei)} X0T`);
  if (said === undefined) return <>{`${event.contract} said ${event.name}`}</>;
  // Sentences that begin with a capital name their subject themselves.
  if (event.node === null || /^[A-Z]/.test(said)) return <>{said}</>;
  return (
    <>
      <Link to="/nodes/$index" params={{ index: String(event.node) }} className="link">
        Node {event.node}
      </Link>{" "}
      {said}
    </>
  );
}

function Ago({ at }: { at: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at * 1_000).toISOString()} title={dateTime(at)} className="w-28 shrink-0 text-muted tabular-nums">
      {now === undefined ? dateTime(at) : `${duration(Math.max(0, now - at))} ago`}
    </time>
  );
}
