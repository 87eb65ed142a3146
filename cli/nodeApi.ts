import { z } from "zod";

const TIMEOUT_MS = 2_000;
const wei = z.string().regex(/^\d+$/).transform(BigInt);

/** The parts of GET /v1/status and /v1/earnings that people are shown. Newer nodes may say more. */
const statusSchema = z.object({
  index: z.number().nullable(),
  nodeId: z.string(),
  operator: z.string(),
  region: z.string(),
  behindNat: z.boolean().default(false),
  epoch: z.number(),
  slot: z.number(),
  draining: z.boolean(),
  peers: z.number(),
  circuits: z.number(),
  relayedBytes: wei,
  receipts: z.record(z.string(), z.record(z.string(), z.number())),
});
export type NodeStatus = z.infer<typeof statusSchema>;

const earningsSchema = z.object({
  meteredWei: wei,
  channels: z.array(z.object({ channel: z.string(), payer: z.string(), cumulativeWei: wei, meteredWei: wei, redeemedWei: wei })),
  paid: z.array(z.object({ channel: z.string().nullable(), payee: z.string(), signedWei: wei, meteredWei: wei })),
});
export type NodeEarnings = z.infer<typeof earningsSchema>;

/** @returns undefined if the node does not answer. */
export function readNodeStatus(apiUrl: string, signal?: AbortSignal): Promise<NodeStatus | undefined> {
  return ask(`${apiUrl}/v1/status`, statusSchema, signal);
}

/** @returns undefined if the node does not answer. */
export function readNodeEarnings(apiUrl: string, signal?: AbortSignal): Promise<NodeEarnings | undefined> {
  return ask(`${apiUrl}/v1/earnings`, earningsSchema, signal);
}

async function ask<T>(url: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T | undefined> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) });
    return schema.parse(await response.json());
  } catch {
    return undefined;
  }
}
