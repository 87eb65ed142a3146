/** What one direction of a link does to packets. */
export interface LinkState {
  delayMs: number;
  /** Added on top, uniform in [0, jitterMs]. */
  jitterMs: number;
  /** Share of packets that vanish, 0 to 1. */
  loss: number;
  /** True: packets may overtake each other, as jitter has it. */
  reorders: boolean;
}

/** Random numbers in [0, 1) that a seed repeats (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Decides when, if ever, packets of one direction arrive. @returns undefined for a lost one */
export function createArrivals(random: () => number): (link: LinkState, nowMs: number) => number | undefined {
  let lastMs = 0;
  return (link, nowMs) => {
    if (link.loss > 0 && random() < link.loss) return undefined;
    const dueMs = nowMs + link.delayMs + (link.jitterMs > 0 ? random() * link.jitterMs : 0);
    if (link.reorders) return dueMs;
    lastMs = Math.max(lastMs, dueMs);
    return lastMs;
  };
}

/** Packets by the time they are due; of equal times the earlier comes first. */
export interface DelayLine<T> {
  push(dueMs: number, packet: T): void;
  /** When the next is due; Infinity if there is none. */
  nextMs(): number;
  /** The next that is due by `nowMs`. */
  pop(nowMs: number): T | undefined;
  readonly size: number;
}

export function createDelayLine<T>(): DelayLine<T> {
  const heap: { dueMs: number; order: number; packet: T }[] = [];
  let count = 0;
  const before = (a: number, b: number) => {
    const [x, y] = [heap[a], heap[b]];
    if (x === undefined || y === undefined) return x !== undefined;
    return x.dueMs < y.dueMs || (x.dueMs === y.dueMs && x.order < y.order);
  };
  const swap = (a: number, b: number) => {
    const x = heap[a] as (typeof heap)[number];
    heap[a] = heap[b] as (typeof heap)[number];
    heap[b] = x;
  };
  return {
    push(dueMs, packet) {
      heap.push({ dueMs, order: count++, packet });
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (!before(i, parent)) return;
        swap(i, parent);
        i = parent;
      }
    },
    nextMs: () => heap[0]?.dueMs ?? Number.POSITIVE_INFINITY,
    pop(nowMs) {
      const first = heap[0];
      if (first === undefined || first.dueMs > nowMs) return undefined;
      const last = heap.pop() as typeof first;
      if (heap.length > 0) heap[0] = last;
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2];
        const least = before(right, left) ? right : left;
        if (!before(least, i)) return first.packet;
        swap(i, least);
        i = least;
      }
    },
    get size() {
      return heap.length;
    },
  };
}
