import { isAbsolute, join } from "node:path";
import { getAddress, isAddress, type Address } from "viem";
import { z } from "zod";
import { addressBookSchema } from "../core/addressBook.ts";
import { exitRuleSchema, type ExitRule } from "../core/didDocument.ts";
import type { NodeId } from "../core/ids.ts";
import { readConfig } from "../runtime/config.ts";

export const CONFIG_FILE = "config.json";
export const KEYSTORE_FILE = "keystore.json";
export const DID_FILE = "did.cbor";

const ip = z.union([z.ipv4(), z.ipv6()]);
/** 0 lets the system choose: tests only, a DID document names fixed ports. */
const port = z.number().int().min(0).max(65_535);
const url = z.string().refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), {
  message: "must be an http(s) URL",
});

export const nodeConfigSchema = z.strictObject({
  chainId: z.number().int().positive(),
  rpcUrls: z.array(url).min(1).max(4),
  contracts: addressBookSchema,
  parameters: z.union([
    z.literal("production"),
    z.strictObject({ devnetEpochSeconds: z.number().int().min(12).multipleOf(12) }),
  ]),
  ipfsUrl: url,
  /** The worker's: GraphQL of an indexer. */
  indexerUrl: url.optional(),
  nodeId: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/, { message: "must be 0x and 64 lower-case hex digits" })
    .transform((value) => value as NodeId),
  operator: z
    .string()
    .refine((value) => isAddress(value), { message: "must be an address" })
    .transform((value): Address => getAddress(value)),
  region: z.string().min(1).max(32),
  /** `reachable: false`, as in its DID document: behind NAT, it listens on nothing and dials all its peers itself (NET-20). */
  listen: z.strictObject({ host: ip, relayPort: port, controlPort: port, reachable: z.boolean().optional() }),
  /** Local address of outgoing connections. */
  dialFrom: ip,
  /** Loopback unless told otherwise (NET-24); `tokenFile` holds the bearer token of what changes state. */
  api: z.strictObject({ host: ip, port, tokenFile: z.string().min(1).optional() }),
  passphraseFile: z.string().min(1),
  roles: z.array(z.enum(["relay", "exit"])).min(1).max(2),
  exitPolicy: z
    .array(exitRuleSchema)
    .max(64)
    .transform((rules): ExitRule[] => rules),
  /** `address` or `address:port`; empty = the system's. */
  dnsServers: z.array(z.string().min(1)).max(4),
  allowLoopbackExit: z.boolean(),
});
export type NodeConfig = z.infer<typeof nodeConfigSchema>;

/** Reads a home's config; relative paths in it are relative to the home. @throws X0T_CONFIG */
export async function readNodeConfig(home: string): Promise<NodeConfig> {
  const config = await readConfig(join(home, CONFIG_FILE), nodeConfigSchema as unknown as z.ZodType<NodeConfig>);
  const inHome = (path: string) => (isAbsolute(path) ? path : join(home, path));
  const { tokenFile } = config.api;
  return {
    ...config,
    passphraseFile: inHome(config.passphraseFile),
    api: tokenFile === undefined ? config.api : { ...config.api, tokenFile: inHome(tokenFile) },
  };
}
