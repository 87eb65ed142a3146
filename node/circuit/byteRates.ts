/** How often spent bytes are charged and new ones given out. */
export const CHARGE_EVERY_MS = 20;
/** Seconds' worth of bytes that an unused bucket saves up. */
const BURST_SECONDS = 0.5;
/** Given to each at least, or small writes would stand still in a large crowd. */
const MIN_PART_BYTES = 4_096;

/** Bytes a second for a crowd of circuits (NET-16), by a token bucket; who asks for more than is there gets an equal part. */
export interface ByteRate<T> {
  /**
   * @param spent what each has moved since the last call
   * @returns those that owe, who must stand still until a later call leaves them out, and what each of the others may move until then
   */
  charge(spent: ReadonlyMap<T, number>): { owing: ReadonlySet<T>; part: number };
}

export function createByteRate<T>(bytesPerSecond: number, nowMs: () => number = () => performance.now()): ByteRate<T> {
  const burst = bytesPerSecond * BURST_SECONDS;
  let debts = new Map<T, number>();
  let available = burst;
  let atMs = nowMs();
  return {
    charge(spent) {
      const now = nowMs();
      available = Math.min(burst, available + ((now - atMs) / 1_000) * bytesPerSecond);
      atMs = now;
      const active = [...spent].map(([each, bytes]): [T, number] => [each, bytes + (debts.get(each) ?? 0)]).filter(([, debt]) => debt > 0);
      // The smallest first: what one does not need of its part goes to the others.
      active.sort(([, a], [, b]) => a - b);
      debts = new Map();
      for (const [i, [each, debt]] of active.entries()) {
        const paid = Math.min(debt, available / (active.length - i));
        available -= paid;
        if (debt - paid >= 1) debts.set(each, debt - paid);
      }
      return { owing: new Set(debts.keys()), part: Math.max(MIN_PART_BYTES, available / (active.length + 1)) };
    },
  };
}
