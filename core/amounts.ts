import { formatUnits, parseUnits } from "viem";
import { X0tError } from "./x0tError.ts";

const DECIMALS = 18;

/** Wei as X0T for people: rounded down to four digits, with thousands set apart. */
export function formatX0t(wei: bigint): string {
  const sign = wei < 0n ? "-" : "";
  const [whole = "0", fraction = ""] = formatUnits(wei < 0n ? -wei : wei, DECIMALS).split(".");
  const shown = fraction.slice(0, 4).replace(/0+$/, "");
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${shown === "" ? "" : `.${shown}`}`;
}

/** "12.5" X0T as wei, exactly. @throws X0T_USAGE */
export function parseX0t(text: string): bigint {
  if (!/^\d+(\.\d{1,18})?$/.test(text)) {
    throw new X0tError("X0T_USAGE", `"${text}" is no amount of X0T. Write it like 100 or 12.5.`);
  }
  return parseUnits(text, DECIMALS);
}

export function formatMegabytes(bytes: bigint): string {
  return `${(Number(bytes / 10_000n) / 100).toFixed(1)} MB`;
}
