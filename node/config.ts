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

/** NET-16: what this relay gives at most. Whatever is left out has the default; rates without one are unlimited. */
const limitsSchema = z.strictObject({
  /** Tunnels on the relay port: circuits and clients' account tunnels. 2,000 (NET-7). */
  tunnels: z.number().int().min(16).max(20_000).optional(),
  /** Circuits that one peer extends to this relay. 1,000. */
  tunnelsPerPeer: z.number().int().min(1).max(20_000).optional(),
  /** Circuits of one client. 96 (NET-7). */
  tunnelsPerAccount: z.number().int().min(1).max(1_000).optional(),
  /** Connections that this exit keeps to the world, over all. 16,384. */
  streams: z.number().int().min(1).max(200_000).optional(),
  /** Those of one peer's circuits: beyond it new sessions are refused. 8,192. */
  streamsPerPeer: z.number().int().min(1).max(200_000).optional(),
  /** Bytes a second of all circuits together, both ways, read and written counted on the incoming side. */
  bytesPerSecond: z.number().int().min(100_000).optional(),
  /** The same for all circuits of one peer, and for those of one client. */
  bytesPerSecondPerPeer: z.number().int().min(100_000).optional(),
  /** A circuit without a byte for so long ends; sessions ping every 5 s. 300. */
  idleSeconds: z.number().int().min(15).max(86_400).optional(),
  /** So does one of which a side reads nothing though bytes wait for it. 60. */
  stalledSeconds: z.number().int().min(5).max(3_600).optional(),
  /** Megabytes that may wait for slow readers, on circuits and as many at the exit; beyond it the slowest end. 256. */
  bufferMegabytes: z.number().int().min(16).max(65_536).optional(),
  /** Part of the event loop's time that handshakes may take. 0.25 (NET-6). */
  handshakeShare: z.number().min(0.05).max(0.9).optional(),
});
export type NodeLimits = z.infer<typeof limitsSchema>;

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
  limits: limitsSchema.optional(),
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
