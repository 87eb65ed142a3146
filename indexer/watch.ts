import { setTimeout as sleep } from "node:timers/promises";
import type { PublicClient } from "viem";
import { z } from "zod";
import { MAX_LAG_BLOCKS } from "./health.ts";

const READY_POLL_MS = 100;
const MAX_CHECK_MS = 5_000;
const REQUEST_MS = 10_000;

const healthSchema = z.object({
  problem: z.string().nullable(),
  indexed: z.object({ number: z.number() }).nullable(),
  head: z.object({ number: z.number() }).nullable(),
  lagBlocks: z.number().nullable(),
});
type Health = z.infer<typeof healthSchema>;

/** Resolves once HTTP is answered. */
export async function untilServing(origin: string, signal: AbortSignal): Promise<void> {
  await until(() => isOk(`${origin}/health`), signal);
}

/**
 * Resolves once Ponder's /ready answers 200 and what was the head then is indexed. Ponder alone is ready when it has the
 * blocks that it takes for final: the last 30 may still be missing.
 */
export async function untilReady(origin: string, client: PublicClient, signal: AbortSignal): Promise<void> {
  let target: number | undefined;
  await until(async () => {
    if (target !== undefined) return ((await readHealth(origin)).indexed?.number ?? -1) >= target;
    if (await isOk(`${origin}/ready`)) target = Number(await client.getBlockNumber({ cacheTime: 0 }));
    return false;
  }, signal);
}

/**
 * Resolves with the reason when the index no longer follows the chain and will not again: Ponder stays up with stale data
 * after a reorganisation deeper than its finality, or when the chain was restored from an older state.
 */
export async function untilDiverged(origin: string, staleMs: number, signal: AbortSignal): Promise<string> {
  let reason = "stopped";
  await until(
    async () => {
      const health = await readHealth(origin);
      reason = whyDiverged(health) ?? reason;
      return whyDiverged(health) !== undefined;
    },
    signal,
    Math.min(MAX_CHECK_MS, staleMs / 8),
  );
  return reason;
}

/** A short stretch without progress may be the chain's fault. */
function whyDiverged({ problem, indexed, head, lagBlocks }: Health): string | undefined {
  if (problem === "diverged") return `block ${indexed?.number} is no longer the one that was indexed`;
  if (problem !== "stuck" || (lagBlocks ?? 0) <= MAX_LAG_BLOCKS) return undefined;
  return `stands at block ${indexed?.number} while the chain is at ${head?.number}`;
}

async function readHealth(origin: string): Promise<Health> {
  const response = await fetch(`${origin}/v1/ready`, { signal: AbortSignal.timeout(REQUEST_MS) });
  return healthSchema.parse(await response.json());
}

async function isOk(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(REQUEST_MS) })).ok;
}

/** Asks until it is so; no answer counts as no. */
async function until(holds: () => Promise<boolean>, signal: AbortSignal, everyMs = READY_POLL_MS): Promise<void> {
  while (!signal.aborted && !(await holds().catch(() => false))) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
