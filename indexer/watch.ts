import { setTimeout as sleep } from "node:timers/promises";
import type { PublicClient } from "viem";
import { z } from "zod";

const READY_POLL_MS = 200;
const CHECK_EVERY_MS = 10_000;
const REQUEST_MS = 5_000;
/** A reorganisation is taken up within a second or two: what is wrong at so many checks in a row stays wrong. */
const STRIKES = 3;
/** Ponder can take back at least 30 blocks; further behind than this without moving, it has stopped following. */
const STUCK_BLOCKS = 30;

const statusSchema = z.object({
  x0t: z.object({ block: z.object({ number: z.number(), timestamp: z.number() }) }),
});

/** Resolves once /ready answers 200. */
export async function untilReady(origin: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const ready = await fetch(`${origin}/ready`, { signal: AbortSignal.timeout(REQUEST_MS) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await sleep(READY_POLL_MS, undefined, { signal }).catch(() => undefined);
  }
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
  const response = await fetch(`${origin}/status`, { signal: AbortSignal.timeout(REQUEST_MS) });
  const { number, timestamp } = statusSchema.parse(await response.json()).x0t.block;
  const head = await client.getBlock({ blockTag: "latest" });
  const headNumber = Number(head.number);
  if (number > headNumber) return { number, headNumber, same: false };
  const block = await client.getBlock({ blockNumber: BigInt(number) });
  return { number, headNumber, same: Number(block.timestamp) === timestamp };
}
