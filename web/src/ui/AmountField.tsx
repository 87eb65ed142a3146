import { useId, type ReactNode } from "react";
import { formatUnits } from "viem";
import { parseAmount } from "./parseAmount.ts";

interface Props {
  label: string;
  value: string;
  onChange: (text: string) => void;
  /** Fills in all of it at a click; undefined while it is not known. */
  mostWei?: bigint | undefined;
  /** What "all" is: "your balance". */
  mostName?: string;
  note?: ReactNode;
}

/** A labelled field for an amount of X0T; what cannot be read is said below it. Read the text with `parseAmount`. */
export function AmountField({ label, value, onChange, mostWei, mostName = "all", note }: Props) {
  const id = useId();
  const typed = parseAmount(value);
  const problem = typed !== undefined && "problem" in typed ? typed.problem : undefined;
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          className="input"
          inputMode="decimal"
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          aria-describedby={`${id}-note`}
          aria-invalid={problem !== undefined}
        />
        {mostWei !== undefined && mostWei > 0n && (
          <button type="button" className="button whitespace-nowrap" onClick={() => onChange(formatUnits(mostWei, 18))}>
            All<span className="sr-only">: {mostName}</span>
          </button>
        )}
      </div>
      <p id={`${id}-note`} className={`text-sm ${problem === undefined ? "text-muted" : "text-bad"}`}>
        {problem ?? note}
      </p>
    </div>
  );
}
