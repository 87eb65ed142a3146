import { InvalidArgumentError, Option } from "commander";

/** Options that several commands share. */
export const jsonOption = () => new Option("--json", "print one line of JSON");

export const stateDirOption = () =>
  new Option("--state-dir <dir>", "where the devnet's state lies (default: .x0t beside the launcher)").env("X0T_STATE_DIR");

export function parseWhole(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(value);
}

/** "60", "60s", "2m" or "1h", in seconds. */
export function parseDuration(value: string): number {
  const match = /^(\d+)(s|m|h)?$/.exec(value);
  if (match === null) throw new InvalidArgumentError("It must be a time such as 60s, 2m or 1h.");
  const factor = { s: 1, m: 60, h: 3600 }[match[2] ?? "s"] ?? 1;
  return Number(match[1]) * factor;
}
