/** A stream's window (NET-11). */
export const MIN_WINDOW_BYTES = 256_000;
export const MAX_WINDOW_BYTES = 8_000_000;
/** What one session may hold. */
export const SESSION_BYTES = 32_000_000;
/** What all sessions of an exit may hold. */
export const PROCESS_BYTES = 512_000_000;
/** Kept free so that all 256 streams get at least 32 kB. */
const RESERVE_BYTES = 8_192_000;
const RESERVE_WINDOW_BYTES = 32_000;

/** Share of the process's bytes for the first streams of sessions that hold little: no client can take it from the others. */
const FIRST_SHARE = 1 / 8;
const FIRST_BYTES = 8 * RESERVE_WINDOW_BYTES;

/** Counts the windows granted; shared by all sessions of a process. */
export interface WindowBudget {
  granted: number;
  readonly limit: number;
}

export function createWindowBudget(limit = PROCESS_BYTES): WindowBudget {
  return { granted: 0, limit };
}

/** Grants windows so that what the other side may send never exceeds a session's or the process's share. */
export interface SessionWindows {
  /** A new stream's window; 0 if the process has no more. */
  take(): number;
  /** The window after growth, the old one if there is no room. */
  grow(window: number): number;
  give(window: number): void;
}

export function createSessionWindows(budget: WindowBudget): SessionWindows {
  let granted = 0;
  /** What the stream that ended last had grown to: the next one need not grow again. */
  let lastBytes = 0;
  const add = (bytes: number) => {
    granted += bytes;
    budget.granted += bytes;
  };
  const common = budget.limit * (1 - FIRST_SHARE);
  const fits = (bytes: number) => granted + bytes <= SESSION_BYTES - RESERVE_BYTES && budget.granted + bytes <= common;
  return {
    take() {
      const likeTheLast = Math.max(MIN_WINDOW_BYTES, lastBytes);
      const isAlone = granted + likeTheLast <= MAX_WINDOW_BYTES;
      const window = isAlone && fits(likeTheLast) ? likeTheLast : fits(MIN_WINDOW_BYTES) ? MIN_WINDOW_BYTES : RESERVE_WINDOW_BYTES;
      const isFirst = granted + window <= FIRST_BYTES;
      if (budget.granted + window > (isFirst ? budget.limit : common)) return 0;
      add(window);
      return window;
    },
    grow(window) {
      const grown = Math.min(2 * window, MAX_WINDOW_BYTES);
      if (!fits(grown - window)) return window;
      add(grown - window);
      return grown;
    },
    give(window) {
      lastBytes = window;
      add(-window);
    },
  };
}
