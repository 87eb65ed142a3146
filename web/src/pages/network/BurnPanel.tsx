import { useMemo } from "react";
import { BURNS, type BurnsAnswer } from "../../data/queries/network.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { getConfig } from "../../config.ts";
import { Amount, shortX0t } from "../../ui/Amount.tsx";
import { Chart, type Series } from "../../ui/Chart.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { TableTwin } from "../../ui/TableTwin.tsx";
import { dateTime } from "../../ui/time.ts";
import { asNumber, burnCurve, type BurnRow } from "./burnCurve.ts";

const DAYS = 366;
const EPOCHS = 120;
const REFRESH_MS = 10_000;
const DAY_SECONDS = 86_400;
/** Younger networks are shown by epoch. */
const ENOUGH_DAYS = 3;

/** How the supply shrinks. */
export default function BurnPanel() {
  const query = useGraphql<BurnsAnswer>(BURNS, { days: DAYS, epochs: EPOCHS }, { refreshMs: REFRESH_MS });
  return (
    <Panel title="Supply and burns">
      <QueryView
        query={query}
        isEmpty={({ token, days, epochs }) => token === null || (days.items.length === 0 && epochs.items.length === 0)}
        empty="Nothing was burned yet: the first payment to a relay burns 1 % of it."
      >
        {(answer) => <Burns answer={answer} />}
      </QueryView>
    </Panel>
  );
}

function Burns({ answer }: { answer: BurnsAnswer }) {
  const byDay = answer.days.items.length >= ENOUGH_DAYS;
  const burnedNow = BigInt(answer.token?.totalBurned ?? 0);
  const supplyNow = BigInt(answer.token?.totalSupply ?? 0);
  const { epochSeconds } = getConfig().parameters;
  const rows = useMemo(() => {
    const periods = byDay
      ? answer.days.items.map(({ day, startsAt, burned }) => ({ key: day, startsAt: Number(startsAt), burned: BigInt(burned) }))
      : answer.epochs.items.map(({ epoch, startsAt, burned }) => ({ key: epoch, startsAt: Number(startsAt), burned: BigInt(burned) }));
    return burnCurve(periods, burnedNow, byDay ? DAY_SECONDS : epochSeconds);
  }, [answer, byDay, burnedNow, epochSeconds]);
  const period = byDay ? "day" : "epoch";
  const x = useMemo(() => rows.map(({ startsAt }) => startsAt), [rows]);
  const bars = useMemo(() => [seriesOf(`Burned in the ${period}`, "warn", rows.map(({ burned }) => burned), true)], [rows, period]);
  const line = useMemo(() => [seriesOf("Burned in all", "accent", rows.map(({ total }) => total), false)], [rows]);
  return (
    <>
      <p className="mb-3 text-sm">
        Supply <Amount wei={supplyNow} />, burned <Amount wei={burnedNow} />. <span className="text-muted">By {period}: {byDay ? "days of UTC" : "it is too young for days"}.</span>
      </p>
      <TableTwin
        name="the burns"
        picture={
          <div className="grid gap-4">
            <Chart x={x} series={bars} isTime height={170} label={`X0T burned by ${period}, ${rows.length} of them`} />
            <Chart x={x} series={line} isTime height={170} label="X0T burned since the network began: the supply is that much below 1,000,000,000" />
          </div>
        }
        table={
          <div className="max-h-96 overflow-y-auto">
            <DataTable<BurnRow>
              caption={`Burns by ${period}, the latest first`}
              rows={rows.toReversed()}
              rowKey={({ key }) => key}
              columns={[
                { name: byDay ? "Day" : "Epoch", cell: ({ key, startsAt }) => (byDay ? dateTime(startsAt).slice(0, 10) : key.toLocaleString("en")) },
                { name: "Burned", isNumber: true, cell: ({ burned }) => <Amount wei={burned} /> },
                { name: "Burned in all", isNumber: true, cell: ({ total }) => <Amount wei={total} /> },
                { name: "Supply then", isNumber: true, cell: ({ total }) => <Amount wei={supplyNow + burnedNow - total} /> },
              ]}
            />
          </div>
        }
      />
    </>
  );
}

function seriesOf(label: string, color: string, amounts: readonly bigint[], isBars: boolean): Series {
  return { label: `${label}, X0T`, color, isBars, values: amounts.map(asNumber), format: (value) => shortX0t(BigInt(Math.round(value * 1e9)) * 1_000_000_000n) };
}
