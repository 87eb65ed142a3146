import { setTimeout as sleep } from "node:timers/promises";
import type { PublicClient } from "viem";
import { z } from "zod";

const READY_POLL_MS = 100;
const CHECK_EVERY_MS = 5_000;
const REQUEST_MS = 5_000;
/** A reorganisation is taken up within a second or two: what is wrong at so many checks in a row stays wrong. */
const STRIKES = 3;
/** Ponder can take back at least 30 blocks; further behind than this without moving, it has stopped following. */
const STUCK_BLOCKS = 30;

const statusSchema = z.object({
  x0t: z.object({ block: z.object({ number: z.number(), timestamp: z.number() }) }),
});

/**
 * Resolves once /ready answers 200 and what was the head then is indexed. Ponder alone is ready when it has the blocks
 * that it takes for final: the last 30 may still be missing.
 */
export async function untilReady(origin: string, client: PublicClient, signal: AbortSignal): Promise<void> {
  let target: number | undefined;
  while (!signal.aborted) {
    if (target === undefined) {
      if (await isReady(origin)) target = await readHeadNumber(client).catch(() => undefined);
    } else {
      const indexed = await readIndexed(origin).catch(() => undefined);
      if (indexed !== undefined && indexed.number >= target) return;
    }
    await sleep(READY_POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function isReady(origin: string): Promise<boolean> {
  const request = fetch(`${origin}/ready`, { signal: AbortSignal.timeout(REQUEST_MS) });
  return request.then(
    (response) => response.ok,
    () => false,
  );
}

async function readHeadNumber(client: PublicClient): Promise<number> {
  return Number(await client.getBlockNumber({ cacheTime: 0 }));
}

/**
 * Resolves with the reason when the index no longer follows the chain: Ponder stays up with stale data after a
 * reorganisation deeper than its finality, or when the chain was restored from an older state.
 */
export async function untilDiverged(origin: string, client: PublicClient, signal: AbortSignal): Promise<string> {
  let strikes = 0;
  let lastNumber = -1;
  while (!signal.aborted) {
    await sleep(CHECK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    const check = await compare(origin, client).catch(() => undefined);
    if (check === undefined) continue;
    const stuck = check.headNumber - check.number > STUCK_BLOCKS && check.number === lastNumber;
    lastNumber = check.number;
    strikes = stuck || !check.same ? strikes + 1 : 0;
    if (strikes < STRIKES) continue;
    return check.same
      ? `stands at block ${check.number} while the chain is at ${check.headNumber}`
      : `block ${check.number} is no longer the one that was indexed`;
  }
  return "stopped";
}

async function compare(origin: string, client: PublicClient) {
  const { number, timestamp } = await readIndexed(origin);
  const headNumber = await readHeadNumber(client);
  if (number > headNumber) return { number, headNumber, same: false };
  const block = await client.getBlock({ blockNumber: BigInt(number) });
  return { number, headNumber, same: Number(block.timestamp) === timestamp };
}

async function readIndexed(origin: string): Promise<{ number: number; timestamp: number }> {
  const response = await fetch(`${origin}/status`, { signal: AbortSignal.timeout(REQUEST_MS) });
  return statusSchema.parse(await response.json()).x0t.block;
}
