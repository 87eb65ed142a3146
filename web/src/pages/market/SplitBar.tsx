import { Amount } from "../../ui/Amount.tsx";
import { splitOf, type Lease } from "./leases.ts";

const COLOURS = { paid: "bg-good", refunded: "bg-info", burned: "bg-bad", pending: "bg-warn" } as const;

/** A lease's money by what became of it; the list says what the bar shows. */
export function SplitBar({ lease, isLong = false }: { lease: Lease; isLong?: boolean }) {
  const { wholeWei, parts } = splitOf(lease);
  const shown = parts.filter(({ wei }) => wei > 0n || isLong);
  return (
    <div className="min-w-44">
      <div className="flex h-2 overflow-hidden rounded-full bg-raised" aria-hidden="true">
        {parts.map(({ name, wei }) => wei > 0n && <div key={name} className={COLOURS[name]} style={{ width: `${Number((wei * 1_000n) / wholeWei) / 10}%` }} />)}
      </div>
      <ul className={isLong ? "mt-3 grid gap-2" : "mt-1 text-xs"}>
        {shown.map(({ name, wei, epochs, meaning }) => (
          <li key={name} className="flex items-baseline gap-2">
            <span className={`size-2 shrink-0 rounded-full ${COLOURS[name]}`} aria-hidden="true" />
            {isLong ? (
              <span className="min-w-0">
                <strong>
                  <Amount wei={wei} exact />
                </strong>{" "}
                {name}, {epochs} {epochs === 1 ? "epoch" : "epochs"}: <span className="text-muted">{meaning}</span>
              </span>
            ) : (
              <span className="whitespace-nowrap">
                <Amount wei={wei} /> {name}
              </span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
