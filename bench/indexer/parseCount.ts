import { X0tError } from "../../core/x0tError.ts";

/** @throws X0T_USAGE */
export function parseCount(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new X0tError("X0T_USAGE", `--${option}: "${text}" must be a whole number above 0.`);
  return Number(text);
}
