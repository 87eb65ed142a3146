import type { Reader } from "../chain/client.ts";
import { readHead } from "../chain/readHead.ts";
import type { EpochClock } from "../runtime/epochClock.ts";

/**
 * Looks at the chain's head and corrects the clock where that is right. A live chain's time is the wall clock's, also
 * while its blocks stall. A development chain may be warped: ahead at any time; behind only before we began, for one
 * that stalls must not turn our clock back.
 * @returns call it now and then. It throws if the chain cannot be read.
 */
export function createChainFollower(reader: Reader, clock: EpochClock, live: boolean): () => Promise<void> {
  let begun = false;
  return async () => {
    const { timestamp } = await readHead(reader);
    if (!live && (!begun || timestamp * 1000 > clock.nowMs())) clock.follow(timestamp);
    begun = true;
  };
}
