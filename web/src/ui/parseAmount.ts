import { parseUnits } from "viem";

/** What a person typed as an amount of X0T; undefined while it is empty. */
export type TypedAmount = { wei: bigint } | { problem: string } | undefined;

/** "1,234.5" → wei. Exact: nothing is rounded. */
export function parseAmount(text: string): TypedAmount {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (trimmed.includes(",") && !/^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/.test(trimmed)) return { problem: "Use a point for decimals, such as 2.5." };
  const plain = trimmed.replaceAll(",", "");
  if (!/^\d{1,12}(?:\.\d*)?$|^\.\d+$/.test(plain)) return { problem: "Write a number such as 100 or 2.5." };
  if ((plain.split(".")[1] ?? "").length > 18) return { problem: "X0T has 18 digits after the point at most." };
  const wei = parseUnits(plain as `${number}`, 18);
  return wei === 0n ? { problem: "Choose an amount greater than 0." } : { wei };
}
