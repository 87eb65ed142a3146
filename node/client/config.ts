import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { addressBookSchema } from "../../core/addressBook.ts";
import { readConfig } from "../../runtime/config.ts";
import { DEFAULT_HOPS, MAX_HOPS } from "../directory/selectPath.ts";

export const CLIENT_CONFIG_FILE = "config.json";

const ip = z.union([z.ipv4(), z.ipv6()]);
/** 0 lets the system choose: tests only. */
const port = z.number().int().min(0).max(65_535);
const url = z.string().refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), { message: "must be an http(s) URL" });

export const clientConfigSchema = z.strictObject({
  chainId: z.number().int().positive(),
  /** With two or more, they must agree on a finalized block before a circuit is built (NET-2). */
  rpcUrls: z.array(url).min(1).max(4),
  contracts: addressBookSchema,
  parameters: z.union([
    z.literal("production"),
    z.strictObject({ devnetEpochSeconds: z.number().int().min(12).multipleOf(12) }),
  ]),
  ipfsUrl: url,
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
export type ClientConfig = z.infer<typeof clientConfigSchema>;

/** Reads a client home's config; `keyFile` is relative to the home. @throws X0T_CONFIG */
export async function readClientConfig(home: string): Promise<ClientConfig> {
  const config = await readConfig(join(home, CLIENT_CONFIG_FILE), clientConfigSchema as unknown as z.ZodType<ClientConfig>);
  return { ...config, keyFile: isAbsolute(config.keyFile) ? config.keyFile : join(home, config.keyFile) };
}
