import { isIP } from "node:net";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { addressBookSchema } from "../../core/addressBook.ts";
import type { NodeId } from "../../core/ids.ts";
import { readConfig } from "../../runtime/config.ts";
import { DEFAULT_HOPS, MAX_HOPS } from "../directory/selectPath.ts";

export const CLIENT_CONFIG_FILE = "config.json";

/** A relay that a client may ask before it knows any other. */
export interface BootstrapRelay {
  nodeId: NodeId;
  host: string;
  relayPort: number;
}

const BOOTSTRAP = /^(0x[0-9a-f]{64})@(?:\[([0-9a-fA-F:]+)\]|([0-9.]+)):(\d{1,5})$/;

/** `nodeId@address:relayPort`, an IPv6 address in brackets. */
const bootstrap = z.string().transform((text, context): BootstrapRelay => {
  const [, nodeId, v6, v4, port] = BOOTSTRAP.exec(text) ?? [];
  const host = v6 ?? v4 ?? "";
  if (nodeId === undefined || isIP(host) === 0 || Number(port) < 1 || Number(port) > 65_535) {
    context.addIssue({ code: "custom", message: "must be nodeId@address:relayPort" });
    return z.NEVER;
  }
  return { nodeId: nodeId as NodeId, host, relayPort: Number(port) };
});

const ip = z.union([z.ipv4(), z.ipv6()]);
/** 0 lets the system choose: tests only. */
const port = z.number().int().min(0).max(65_535);
const url = z.string().refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), { message: "must be an http(s) URL" });

const fields = z.strictObject({
  chainId: z.number().int().positive(),
  /** With two or more, they must agree on a finalized block before a circuit is built (NET-2). */
  rpcUrls: z.array(url).min(1).max(4),
  contracts: addressBookSchema,
  parameters: z.union([
    z.literal("production"),
    z.strictObject({ devnetEpochSeconds: z.number().int().min(12).multipleOf(12) }),
  ]),
  /** Where documents come from: IPFS, relays of which at least one is named, or both. */
  ipfsUrl: url.optional(),
  /** Documents are taken from relays then, checked against the chain; the first ones from these (NET-18). */
  bootstrap: z.array(bootstrap).max(8).default([]),
  /** Loopback unless you mean to serve others (NET-14). */
  socks: z.strictObject({
    host: ip,
    port,
    /** Connections to these ports go over two circuits at once (NET-12): a silent relay costs no keystroke. They cost double. */
    duplicatePorts: z.array(z.number().int().min(1).max(65_535)).max(64).default([22]),
  }),
  api: z.strictObject({ host: ip, port }),
  /** 64 hex digits: the payer of the client's channels. */
  keyFile: z.string().min(1),
  hops: z.number().int().min(1).max(MAX_HOPS).default(DEFAULT_HOPS),
  /** Entries that are kept for weeks (NET-8). */
  guards: z.number().int().min(1).max(8).default(3),
  /** Deposit of a channel that the client opens to a guard, wei of X0T. */
  depositWei: z
    .string()
    .regex(/^[1-9]\d{0,30}$/, { message: "must be a decimal amount of wei" })
    .transform(BigInt),
});
export const clientConfigSchema = fields.refine(({ ipfsUrl, bootstrap: relays }) => ipfsUrl !== undefined || relays.length > 0, {
  message: "needs ipfsUrl or a relay in bootstrap",
  path: ["bootstrap"],
});
export type ClientConfig = z.infer<typeof clientConfigSchema>;

/** Reads a client home's config; `keyFile` is relative to the home. @throws X0T_CONFIG */
export async function readClientConfig(home: string): Promise<ClientConfig> {
  const config = await readConfig(join(home, CLIENT_CONFIG_FILE), clientConfigSchema as unknown as z.ZodType<ClientConfig>);
  return { ...config, keyFile: isAbsolute(config.keyFile) ? config.keyFile : join(home, config.keyFile) };
}
