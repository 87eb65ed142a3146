import { epochAt, epochEnd, finalBefore, slotAt, slotSeconds } from "../../../../core/epochTime.ts";
import { getConfig } from "../../config.ts";
import { useNow } from "../../data/useNow.ts";
import { Unknown } from "../../ui/Amount.tsx";
import { Countdown } from "../../ui/Countdown.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { dateTime, duration } from "../../ui/time.ts";

/** Where the network's clock stands. */
export function EpochPanel() {
  const { parameters } = getConfig();
  const now = useNow();
  if (now === undefined) {
    return (
      <Panel title="Epoch">
        <Unknown why="the chain's time is not known yet" /> <span className="text-muted">The chain's time is not known yet.</span>
      </Panel>
    );
  }
  const epoch = epochAt(parameters, now);
  const slot = slotAt(parameters, now);
  const ends = epochEnd(parameters, epoch);
  const done = now - (ends - parameters.epochSeconds);
  return (
    <Panel title={`Epoch ${epoch.toLocaleString("en")}`} aside={<span className="text-sm text-muted">ends at {dateTime(ends)}</span>}>
      <div className="flex flex-wrap items-baseline gap-x-6 gap-y-1">
        <p className="text-xl font-semibold tabular-nums">
          <Countdown until={ends} /> <span className="text-sm font-normal text-muted">left</span>
        </p>
        <p>
          Slot {slot + 1} of {parameters.slotsPerEpoch}
        </p>
      </div>
      <div
        role="progressbar"
        aria-label="Epoch"
        aria-valuemin={0}
        aria-valuemax={parameters.epochSeconds}
        aria-valuenow={done}
        aria-valuetext={`slot ${slot + 1} of ${parameters.slotsPerEpoch}`}
        className="my-3 flex h-3 gap-px overflow-hidden rounded"
      >
        {Array.from({ length: parameters.slotsPerEpoch }, (_, place) => (
          <span key={place} className={`min-w-0 flex-1 ${place < slot ? "bg-accent" : place === slot ? "animate-pulse bg-accent/60" : "bg-raised"}`} />
        ))}
      </div>
      <p className="text-sm text-muted">
        In each slot of {duration(slotSeconds(parameters))} other nodes, drawn by lot, test whether a node relays. After the epoch it commits what they signed; once that is final,{" "}
        {duration(parameters.commitSeconds + parameters.challengeSeconds + parameters.responseSeconds)} later, its share of the pool may be claimed. Final are all epochs before{" "}
        {finalBefore(parameters, now).toLocaleString("en")}.
      </p>
    </Panel>
  );
}
