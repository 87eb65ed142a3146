import { readFile } from "node:fs/promises";
import { getAddress, isAddress, type Address } from "viem";
import { z } from "zod";
import { addressBookSchema, type AddressBook } from "../core/addressBook.ts";
import type { NodeId } from "../core/ids.ts";
import { parseStrict } from "../core/schema.ts";
import { X0tError } from "../core/x0tError.ts";
import type { DevnetSettings } from "./settings.ts";

/** A finished genesis: what the network is, so that the next `up` resumes it. */
export interface Genesis {
  version: 1;
  settings: DevnetSettings;
  contracts: AddressBook;
  /** When its chain began to follow the wall clock, seconds since 1970. */
  startedAt: number;
  client: Address;
  faucet: Address;
  nodes: { index: number; nodeId: NodeId; operator: Address; hotKey: Address; region: string }[];
}

const address = z
  .string()
  .refine((value) => isAddress(value))
  .transform((value): Address => getAddress(value));

const schema = z.strictObject({
  version: z.literal(1),
  settings: z.strictObject({ nodes: z.number().int(), epochSeconds: z.number().int(), portBase: z.number().int().nullable() }),
  contracts: addressBookSchema,
  startedAt: z.number().int(),
  client: address,
  faucet: address,
  nodes: z.array(
    z.strictObject({
      index: z.number().int(),
      nodeId: z.string().transform((value) => value as NodeId),
      operator: address,
      hotKey: address,
      region: z.string(),
    }),
  ),
});

/** @returns undefined if no genesis was finished here. @throws X0T_BAD_STATE */
export async function readGenesis(file: string): Promise<Genesis | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new X0tError("X0T_BAD_STATE", `${file} is damaged. Wipe the network with: ./x0t reset`, { cause });
  }
  try {
    return parseStrict(schema as unknown as z.ZodType<Genesis>, value, "X0T_BAD_STATE", file);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new X0tError("X0T_BAD_STATE", `This network was made by another release. Forget it with: ./x0t reset — then start a new one. (${reason})`, { cause });
  }
}
