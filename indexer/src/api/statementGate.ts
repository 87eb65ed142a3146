import { AsyncLocalStorage } from "node:async_hooks";

/** A costly query's statement goes ahead of cheap ones after so long. */
const PATIENCE_MS = 250;

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
 * here one by one, each when no other statement is under way: a cheap query waits for one of them at most.
 */
export function gateStatements(database: Queryable): void {
  const query = database.query.bind(database);
  let underWay = 0;
  let last: Promise<unknown> = Promise.resolve();
  let wake: () => void = () => undefined;

  const untilQuiet = async (): Promise<void> => {
    if (underWay === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
  const done = () => {
    if (--underWay === 0) wake();
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
