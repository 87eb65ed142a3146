import { memo, useState, type KeyboardEvent, type PointerEvent } from "react";
import { getConfig } from "../../config.ts";
import { clockTime, dateTime } from "../../ui/time.ts";
import { STATE_WORDS, type SlotAnswer, type SlotState } from "./explainSlot.ts";
import type { NodeEpoch } from "./useNodeEpochs.ts";

/** Colour, and how much of the cell's height is filled: the state can be told without colours. */
const LOOKS: Record<SlotState, { fill: string; height: number }> = {
  proved: { fill: "fill-good", height: 1 },
  challenged: { fill: "fill-warn", height: 1 },
  missed: { fill: "fill-bad", height: 0.45 },
  voided: { fill: "fill-bad", height: 1 },
  uncommitted: { fill: "fill-bad", height: 0.25 },
  awaited: { fill: "fill-info", height: 0.45 },
  maintenance: { fill: "fill-info", height: 0.7 },
  inactive: { fill: "fill-muted", height: 0.12 },
  running: { fill: "fill-info", height: 0.25 },
  ahead: { fill: "fill-line", height: 0.25 },
  unknown: { fill: "fill-line", height: 0.7 },
};
/** Of a cell's width: cells stay apart. */
const GAP = 0.14;

/** Rows are epochs, columns slots. One cell is chosen, by pointer or arrow keys, and its reason told below. */
export function SlotCalendar({ epochs }: { epochs: readonly NodeEpoch[] }) {
  const [chosen, setChosen] = useState<{ epoch: number; slot: number }>();
  const { slotsPerEpoch, epochSeconds } = getConfig().parameters;
  const row = chosen === undefined ? -1 : epochs.findIndex(({ epoch }) => epoch === chosen.epoch);
  const answer = chosen === undefined ? undefined : epochs[row]?.slots[chosen.slot];
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0], Home: [0, -slotsPerEpoch], End: [0, slotsPerEpoch] }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const [down = 0, right = 0] = step;
    const next = epochs[Math.min(epochs.length - 1, Math.max(0, row === -1 ? 0 : row + down))];
    if (next !== undefined) setChosen({ epoch: next.epoch, slot: Math.min(slotsPerEpoch - 1, Math.max(0, (chosen?.slot ?? 0) + right)) });
  };
  const focus = () => {
    const [newest] = epochs;
    if (row === -1 && newest !== undefined) setChosen({ epoch: newest.epoch, slot: 0 });
  };
  return (
    <div>
      <div tabIndex={0} role="group" aria-label="Slots of each epoch; arrow keys go from slot to slot" aria-describedby="slot-reason" onKeyDown={move} onFocus={focus} className="grid gap-[3px] rounded">
        {epochs.map((each) => (
          <Row
            key={each.epoch}
            label={clockTime(each.startsAt).slice(0, 5)}
            title={dateTime(each.startsAt)}
            epoch={each.epoch}
            signs={each.slots.map(({ state }) => state).join(" ")}
            chosen={each.epoch === chosen?.epoch ? chosen.slot : undefined}
            onChoose={setChosen}
          />
        ))}
      </div>
      <div id="slot-reason" role="status" className="mt-3 min-h-20 rounded-lg bg-raised px-3 py-2 text-sm">
        {answer === undefined || chosen === undefined ? (
          <p className="text-muted">Point at a slot, tap it, or use the arrow keys: the reason stands here.</p>
        ) : (
          <Reason answer={answer} epoch={chosen.epoch} slot={chosen.slot} startsAt={chosen.epoch * epochSeconds + (chosen.slot * epochSeconds) / slotsPerEpoch} />
        )}
      </div>
      <Legend states={new Set(epochs.flatMap(({ slots }) => slots.map(({ state }) => state)))} />
    </div>
  );
}

function Reason({ answer, epoch, slot, startsAt }: { answer: SlotAnswer; epoch: number; slot: number; startsAt: number }) {
  return (
    <>
      <p className="font-medium">
        Slot {slot} of epoch {epoch.toLocaleString("en")}, from {dateTime(startsAt)}: {STATE_WORDS[answer.state]}
      </p>
      <p className="break-words">{answer.why}</p>
    </>
  );
}

interface RowProps {
  label: string;
  title: string;
  epoch: number;
  /** States, apart by spaces: a row is drawn again only if one of them changes. */
  signs: string;
  chosen: number | undefined;
  onChoose: (cell: { epoch: number; slot: number }) => void;
}

const Row = memo(function Row({ label, title, epoch, signs, chosen, onChoose }: RowProps) {
  const states = signs.split(" ") as SlotState[];
  const count = states.length;
  const choose = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const slot = Math.floor(((event.clientX - box.left) / box.width) * count);
    if (slot >= 0 && slot < count && slot !== chosen) onChoose({ epoch, slot });
  };
  const proved = states.filter((state) => state === "proved" || state === "challenged").length;
  return (
    <div className="grid grid-cols-[3rem_minmax(0,1fr)_4rem] items-center gap-2 text-xs">
      <span className="text-muted tabular-nums" title={`epoch ${epoch}, from ${title}`}>
        {label}
      </span>
      <svg viewBox={`0 0 ${count} 1`} preserveAspectRatio="none" className="h-4 w-full touch-pan-y sm:h-5" aria-hidden="true" onPointerMove={choose} onPointerDown={choose}>
        <rect width={count} height={1} className="fill-raised" />
        {[...new Set(states)].map((state) => (
          <path key={state} className={LOOKS[state].fill} d={pathOf(states, state)} />
        ))}
        {chosen !== undefined && <rect x={chosen} width={1} height={1} className="fill-none stroke-text" strokeWidth={2} vectorEffect="non-scaling-stroke" />}
      </svg>
      <span className="text-right text-muted tabular-nums">
        {proved}/{count}
      </span>
    </div>
  );
});

/** All cells of one state as one shape: a page of production has 2,880 cells. */
function pathOf(states: readonly SlotState[], wanted: SlotState): string {
  const { height } = LOOKS[wanted];
  return states.map((state, slot) => (state === wanted ? `M${slot + GAP / 2} 1v${-height}h${1 - GAP}v${height}z` : "")).join("");
}

function Legend({ states }: { states: ReadonlySet<SlotState> }) {
  return (
    <ul className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {(Object.keys(LOOKS) as SlotState[])
        .filter((state) => states.has(state))
        .map((state) => (
          <li key={state} className="inline-flex items-center gap-1">
            <svg viewBox="0 0 1 1" className="size-3" aria-hidden="true">
              <rect width={1} height={1} className="fill-raised" />
              <rect y={1 - LOOKS[state].height} width={1} height={LOOKS[state].height} className={LOOKS[state].fill} />
            </svg>
            {STATE_WORDS[state]}
          </li>
        ))}
    </ul>
  );
}
