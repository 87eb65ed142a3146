import { getBlock } from "viem/actions";
import type { Reader } from "./client.ts";
import { readHead } from "./readHead.ts";

/** Guesses by the pace of the blocks before the range is only halved: on a steady chain the first one or two hit. */
const GUESSES = 6;

interface Moment {
  number: bigint;
  /** Seconds since 1970. */
  timestamp: number;
}

/**
 * The first block that is not older than `timestamp` (seconds since 1970); undefined if there is none yet. Reads headers
 * only, which nodes keep for ever: four or five where blocks come at a steady pace.
 */
export async function findBlock(client: Reader, parameters: { timestamp: number }): Promise<bigint | undefined> {
  const { timestamp } = parameters;
  const read = async (number: bigint): Promise<Moment> => ({ number, timestamp: Number((await getBlock(client, { blockNumber: number })).timestamp) });
  let high: Moment = await readHead(client);
  if (high.timestamp < timestamp) return undefined;
  // Backwards until a block is older: at first as far as a block a second would reach.
  let low = high;
  for (let back = BigInt(high.timestamp - timestamp) + 1n; low.timestamp >= timestamp; back *= 2n) {
    if (low.number === 0n) return 0n;
    high = low;
    low = await read(high.number > back ? high.number - back : 0n);
  }
  for (let step = 0; high.number - low.number > 1n; step++) {
    const span = high.number - low.number;
    const pace = (span * BigInt(timestamp - low.timestamp)) / BigInt(high.timestamp - low.timestamp);
    const guess = step < GUESSES ? pace : span / 2n;
    const middle = await read(low.number + (guess < 1n ? 1n : guess >= span ? span - 1n : guess));
    if (middle.timestamp >= timestamp) high = middle;
    else low = middle;
  }
  return high.number;
}
