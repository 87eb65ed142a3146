import { formatX0t } from "../../../../core/amounts.ts";
import type { Support, Tally } from "../../../../core/proposal.ts";
import { formatBallots } from "../../../../core/verdict.ts";
import { quorumShare, sharesOf, SIDES } from "./proposals.ts";

const COLOURS: Record<Support, string> = { for: "bg-good", against: "bg-bad", abstain: "bg-muted" };

/** Both tallies side by side: a proposal needs more stake, and more ballots or twice the stake. */
export function TallyBars({ stake, ballots }: { stake: Tally; ballots: Tally }) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Tallied title="Stake" note="X0T in nodes" tally={stake} format={(wei) => `${formatX0t(wei)} X0T`} />
      <Tallied title="Ballots" note="the square root of each voter's stake" tally={ballots} format={formatBallots} />
    </div>
  );
}

function Tallied({ title, note, tally, format }: { title: string; note: string; tally: Tally; format: (amount: bigint) => string }) {
  const shares = sharesOf(tally);
  return (
    <section className="min-w-0">
      <h3 className="text-sm font-medium">
        {title} <span className="font-normal text-muted">· {note}</span>
      </h3>
      <TallyBar tally={tally} />
      <ul className="mt-2 grid gap-1 text-sm">
        {SIDES.map((side) => (
          <li key={side} className="flex items-baseline justify-between gap-2">
            <span className="flex items-center gap-2">
              <span className={`size-2 rounded-full ${COLOURS[side]}`} aria-hidden="true" />
              {side}
            </span>
            <span className="tabular-nums">
              {format(tally[side])}
              {shares !== undefined && <span className="text-muted"> · {shares[side]} %</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function TallyBar({ tally }: { tally: Tally }) {
  const shares = sharesOf(tally);
  return (
    <div className="mt-2 flex h-2 overflow-hidden rounded-full bg-raised" aria-hidden="true">
      {shares !== undefined && SIDES.map((side) => shares[side] > 0 && <div key={side} className={COLOURS[side]} style={{ width: `${shares[side]}%` }} />)}
    </div>
  );
}

/** For and Abstain, in stake, of what they must reach. */
export function QuorumBar({ reached, needed, isPreview = false }: { reached: bigint; needed: bigint; isPreview?: boolean }) {
  const share = quorumShare({ reached, needed });
  const said = `${formatX0t(reached)} of ${formatX0t(needed)} X0T`;
  return (
    <div>
      <p className="flex flex-wrap justify-between gap-2 text-sm">
        <span className="font-medium">Quorum {share >= 100 && <span className="text-good">reached</span>}</span>
        <span className="tabular-nums">
          {said}
          {isPreview && <span className="text-muted"> as of now</span>}
        </span>
      </p>
      <div className="mt-1 h-2 overflow-hidden rounded-full bg-raised" role="meter" aria-label="Quorum" aria-valuemin={0} aria-valuemax={100} aria-valuenow={share} aria-valuetext={said}>
        <div className={share >= 100 ? "h-full bg-good" : "h-full bg-info"} style={{ width: `${share}%` }} />
      </div>
    </div>
  );
}
