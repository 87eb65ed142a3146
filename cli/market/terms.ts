import { readHead } from "../../chain/readHead.ts";
import { epochAt, epochStart } from "../../core/epochTime.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Network } from "../network.ts";

/** The number of a listing or a lease. @throws X0T_USAGE */
export function parseId(text: string, what: "listing" | "lease"): bigint {
  if (/^[1-9]\d{0,9}$/.test(text)) return BigInt(text);
  const command = what === "listing" ? "list" : "leases";
  throw new X0tError("X0T_USAGE", `"${text}" is no ${what}: give its number, as ./x0t market ${command} shows it.`);
}

/** "99" or "99.5" percent in 1/10,000. @throws X0T_USAGE */
export function parsePercent(text: string): number {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?%?$/.exec(text);
  const bps = match === null ? NaN : Number(match[1]) * 100 + Number((match[2] ?? "0").padEnd(2, "0"));
  if (bps <= 10_000) return bps;
  throw new X0tError("X0T_USAGE", `"${text}" is no percentage: write it like 99 or 97.5.`);
}

export function formatPercent(bps: number): string {
  return `${bps / 100} %`;
}

/** The chain's time, in seconds since 1970 and in epochs. */
export interface Now {
  timestamp: number;
  epoch: number;
}

export async function readNow(network: Network): Promise<Now> {
  const { timestamp } = await readHead(network.client);
  return { timestamp, epoch: epochAt(network.parameters, timestamp) };
}

/** "34 s", "12 min", "5 h" or "9 days". */
export function formatWait(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.ceil(seconds))} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** How long until an epoch begins. */
export function waitFor(network: Network, now: Now, epoch: number): string {
  return formatWait(epochStart(network.parameters, epoch) - now.timestamp);
}

/** "1 epoch", "3 epochs". */
export function epochsOf(count: number): string {
  return `${count} epoch${count === 1 ? "" : "s"}`;
}
