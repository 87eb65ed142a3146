import { formatEther } from "viem";

/** The way out of a refusal: a sentence, or one made of the error's values in the order of its declaration. */
export type Hint = string | ((values: readonly unknown[]) => string);

/** An amount in wei, every digit: "12,345.5 X0T". */
export function x0t(wei: unknown): string {
  const [whole = "0", fraction] = formatEther(wei as bigint).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${grouped}${fraction === undefined ? "" : `.${fraction}`} X0T`;
}

/** Seconds since 1970: "2026-11-20 14:03:05 UTC". Some contracts mean "never" by their greatest number. */
export function utc(seconds: unknown): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? "the end of time" : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A bitmap of slots: "slots 3, 7 and 11". */
export function slotNames(bitmap: unknown): string {
  const slots: number[] = [];
  for (let bits = BigInt(bitmap as bigint), slot = 0; bits > 0n; bits >>= 1n, slot++) if ((bits & 1n) === 1n) slots.push(slot);
  if (slots.length === 0) return "no slot";
  if (slots.length === 1) return `slot ${slots[0]}`;
  return `slots ${slots.slice(0, -1).join(", ")} and ${slots.at(-1)}`;
}
