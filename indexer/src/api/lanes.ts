import { standingBack } from "./statementGate.ts";

/** Queries up to this price go ahead of the others. */
export const LIGHT_COST = 1_500;
const LIGHT_AT_ONCE = 16;
const HEAVY_AT_ONCE = 1;
const MOST_WAITING = 256;
const WAIT_MS = 10_000;

/** The indexer has more to do than it can. */
export class BusyError extends Error {
  constructor() {
    super("The indexer is busy. Ask again in some seconds, or for less at once.");
    this.name = "BusyError";
  }
}

/**
 * Two queues in front of the database: costly queries run one at a time, and their statements stand back, so that they delay
 * a cheap query by one of these at most, however many of them there are. @throws BusyError
 */
export function createLanes() {
  const light = createLane(LIGHT_AT_ONCE);
  const heavy = createLane(HEAVY_AT_ONCE);
  return <T>(cost: number, run: () => Promise<T>): Promise<T> => (cost <= LIGHT_COST ? light(run) : heavy(() => standingBack(run)));
}

function createLane(atOnce: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  const turn = () =>
    new Promise<void>((resolve, reject) => {
      const go = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(go), 1);
        reject(new BusyError());
      }, WAIT_MS);
      waiting.push(go);
    });
  return async function take<T>(run: () => Promise<T>): Promise<T> {
    if (running < atOnce) running++;
    else if (waiting.length >= MOST_WAITING) throw new BusyError();
    // Whoever leaves hands his place on.
    else await turn();
    try {
      return await run();
    } finally {
      const go = waiting.shift();
      if (go === undefined) running--;
      else go();
    }
  };
}
