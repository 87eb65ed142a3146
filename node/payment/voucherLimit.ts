/** An honest payer needs some ten vouchers a second, for moments one at each look at its meter. */
const PER_SECOND = 20;
const BURST = 50;

/** How often a payer's vouchers are looked at: checking a signature costs milliseconds, and one may pay a single wei. */
export function createVoucherLimit(nowMs: () => number = () => performance.now()): { take(): boolean } {
  let tokens = BURST;
  let atMs = nowMs();
  return {
    take() {
      const now = nowMs();
      tokens = Math.min(BURST, tokens + ((now - atMs) / 1_000) * PER_SECOND);
      atMs = now;
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
  };
}
