import { getAddress, type Address, type Hex } from "viem";
import { z } from "zod";
import { hexOf } from "./hex.ts";
import { X0tError } from "./x0tError.ts";

/** Byte fields of signed dag-cbor bodies, read as 0x hex. */
export function bytesField(length: number) {
  return z
    .instanceof(Uint8Array)
    .refine((bytes) => bytes.length === length, { message: `must have ${length} bytes` })
    .transform((bytes): Hex => hexOf(bytes));
}

export const addressField = bytesField(20).transform((hex): Address => getAddress(hex));

/** A whole number that fits exactly in a JavaScript number. */
export const uintField = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** Parses strictly. @throws X0tError with `code`, naming the field and the rule. */
export function parseStrict<T>(schema: z.ZodType<T>, value: unknown, code: string, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  throw new X0tError(code, `${what}: ${path === "" ? "" : `${path}: `}${issue?.message ?? "is not valid"}.`, {
    data: { path },
    cause: result.error,
  });
}
