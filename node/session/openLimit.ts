/** OPENs a second that fail, and in all (NET-11): who scans mostly fails. */
const FAILED_PER_SECOND = 50;
const PER_SECOND = 5_000;

export interface OpenLimit {
  /** False: too many of late. */
  take(): boolean;
  /** One that was taken led nowhere. */
  failed(): void;
}

export function createOpenLimit(nowMs: () => number = () => performance.now()): OpenLimit {
  let tokens = PER_SECOND;
  let failures = FAILED_PER_SECOND;
  let atMs = nowMs();
  return {
    take() {
      const now = nowMs();
      tokens = Math.min(PER_SECOND, tokens + ((now - atMs) / 1_000) * PER_SECOND);
      failures = Math.min(2 * FAILED_PER_SECOND, failures + ((now - atMs) / 1_000) * FAILED_PER_SECOND);
      atMs = now;
      if (tokens < 1 || failures < 1) return false;
      tokens--;
      return true;
    },
    failed() {
      failures--;
    },
  };
}
