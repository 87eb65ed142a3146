import { isAbsolute, join } from "node:path";
import { getAddress, isAddress, type Address } from "viem";
import { z } from "zod";
import { addressBookSchema, type AddressBook } from "../core/addressBook.ts";
import type { NodeId } from "../core/ids.ts";
import type { ParameterChoice } from "../core/parameters.ts";
import { readConfig } from "../runtime/config.ts";

/** What a worker needs of a node's config.json. */
export interface WorkerConfig {
  chainId: number;
  rpcUrls: string[];
  contracts: AddressBook;
  parameters: ParameterChoice;
  ipfsUrl: string;
  /** GraphQL of an indexer that saves reading the chain; the worker does without. */
  indexerUrl?: string | undefined;
  nodeId: NodeId;
  operator: Address;
  passphraseFile: string;
}

/** Not strict: the file is the node's, which checks all of its keys. */
const schema = z.object({
  chainId: z.number().int().positive(),
  rpcUrls: z.array(z.url()).min(1).max(4),
  contracts: addressBookSchema,
  parameters: z.union([
    z.literal("production"),
    z.strictObject({ devnetEpochSeconds: z.number().int().min(12).multipleOf(12) }),
  ]),
  ipfsUrl: z.url(),
  indexerUrl: z.url().optional(),
  nodeId: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/)
    .transform((value) => value as NodeId),
  operator: z
    .string()
    .refine((value) => isAddress(value), { message: "must be an address" })
    .transform((value): Address => getAddress(value)),
  passphraseFile: z.string().min(1),
});

/** @throws X0T_CONFIG */
export async function readWorkerConfig(home: string): Promise<WorkerConfig> {
  const config = await readConfig(join(home, "config.json"), schema as unknown as z.ZodType<WorkerConfig>);
  const { passphraseFile } = config;
  return { ...config, passphraseFile: isAbsolute(passphraseFile) ? passphraseFile : join(home, passphraseFile) };
}
