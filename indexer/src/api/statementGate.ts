import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";

/** A cheap query is a few statements one after the other: so long after one, the next may still come. */
const QUIET_MS = 20;
/** A costly query's statement goes ahead of cheap ones after so long. */
const PATIENCE_MS = 1_000;

const costly = new AsyncLocalStorage<true>();

/** Statements of `run` stand back behind all others. */
export function standingBack<T>(run: () => Promise<T>): Promise<T> {
  return costly.run(true, run);
}

interface Queryable {
  query(...args: unknown[]): Promise<unknown>;
}

/**
 * The fields of a query ask the database all at once. So that those of a costly one do not fill the way to it, they pass
 * here one by one, each when no other statement is under way or just was: a cheap query seldom waits for more than one.
 */
export function gateStatements(database: Queryable, patienceMs = PATIENCE_MS): void {
  const query = database.query.bind(database);
  let underWay = 0;
  let quietSinceMs = -QUIET_MS;
  let last: Promise<unknown> = Promise.resolve();

  const untilQuiet = async (): Promise<void> => {
    const deadlineMs = performance.now() + patienceMs;
    for (;;) {
      const nowMs = performance.now();
      const waitMs = underWay > 0 ? QUIET_MS : quietSinceMs + QUIET_MS - nowMs;
      if (waitMs <= 0 || nowMs >= deadlineMs) return;
      await sleep(waitMs);
    }
  };
  const done = () => {
    underWay--;
    quietSinceMs = performance.now();
  };
  database.query = (...args) => {
    if (costly.getStore() === true) {
      const turn = last.then(untilQuiet).then(() => query(...args));
      last = turn.catch(() => undefined);
      return turn;
    }
    underWay++;
    const answer = query(...args);
    void answer.then(done, done);
    return answer;
  };
}
