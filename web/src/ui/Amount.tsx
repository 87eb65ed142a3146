import { formatUnits } from "viem";

const SHOWN_DIGITS = 4;

/** Every digit: "1,234.000000000000000001". For whatever is signed. */
export function exactX0t(wei: bigint): string {
  const [whole = "0", fraction] = formatUnits(wei, 18).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** At most four digits after the point, rounded down; "<0.0001" rather than 0 for what is not 0. */
export function shortX0t(wei: bigint): string {
  const exact = exactX0t(wei);
  const [whole = "0", fraction = ""] = exact.split(".");
  const cut = fraction.slice(0, SHOWN_DIGITS).replace(/0+$/, "");
  if (cut !== "") return `${whole}.${cut}`;
  if (fraction !== "" && (whole === "0" || whole === "-0")) return wei < 0n ? ">-0.0001" : "<0.0001";
  return whole;
}

/** An amount of X0T; undefined shows that it is unknown. Short ones tell all digits on hover; `exact` shows them. */
export function Amount({ wei, exact = false, unit = "X0T" }: { wei: bigint | undefined; exact?: boolean; unit?: string }) {
  if (wei === undefined) return <Unknown />;
  return (
    <span className="tabular-nums" title={`${exactX0t(wei)} ${unit}`}>
      {exact ? exactX0t(wei) : shortX0t(wei)}&nbsp;{unit}
    </span>
  );
}

/** What is not known is never shown as 0. */
export function Unknown({ why = "not known" }: { why?: string }) {
  return (
    <span className="text-muted" title={why}>
      <span aria-hidden="true">—</span>
      <span className="sr-only">{why}</span>
    </span>
  );
}
