import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { parseStrict } from "../core/schema.ts";
import { X0tError } from "../core/x0tError.ts";

/**
 * Reads a JSON config file once and strictly: an unknown key or a bad value names the key and the rule.
 * Environment variables `X0T_<KEY>` (upper snake case) override top-level string values.
 * @throws X0T_CONFIG
 */
export async function readConfig<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new X0tError("X0T_CONFIG", `${file}: ${(cause as Error).message}.`, { cause, data: { file } });
  }
  if (typeof raw === "object" && raw !== null) {
    for (const [key, value] of Object.entries(raw)) {
      const override = process.env[`X0T_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`];
      if (typeof value === "string" && override !== undefined) (raw as Record<string, unknown>)[key] = override;
    }
  }
  return parseStrict(schema, raw, "X0T_CONFIG", file);
}
