/** What a relay said that it forwarded over its life, and when. */
export interface Count {
  bytes: number;
  atMs: number;
}

/** By registry index; relays that did not answer are missing. */
export interface Sample {
  atMs: number;
  counts: ReadonlyMap<number, Count>;
}

export interface Rate {
  /** Seconds since 1970. */
  at: number;
  bytesPerSecond: number;
  /** Relays that the figure is of. */
  relays: number;
}

const MOST_SAMPLES = 200;

export function addSample(samples: readonly Sample[], next: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && next.atMs <= last.atMs) return samples;
  return [...samples, next].slice(-MOST_SAMPLES);
}

/**
 * Bytes per second of all relays: each by its own two latest answers, so that one which comes or goes makes no leap. One
 * whose count fell was set up anew and is known again from the next answer on; one that was not asked again meanwhile
 * keeps its rate. A sample gives nothing, rather than too little, before the rate of each of its relays is known.
 */
export function ratesOf(samples: readonly Sample[]): Rate[] {
  let before = new Map<number, number>();
  return samples.slice(1).flatMap((sample, place) => {
    const earlier = (samples[place] as Sample).counts;
    const known = new Map<number, number>();
    let isWhole = true;
    for (const [index, { bytes, atMs }] of sample.counts) {
      const then = earlier.get(index);
      const kept = before.get(index);
      if (then === undefined || bytes < then.bytes) continue;
      if (atMs > then.atMs) known.set(index, ((bytes - then.bytes) * 1_000) / (atMs - then.atMs));
      else if (kept !== undefined) known.set(index, kept);
      else isWhole = false;
    }
    before = known;
    if (known.size === 0 || !isWhole) return [];
    return [{ at: sample.atMs / 1_000, bytesPerSecond: [...known.values()].reduce((sum, rate) => sum + rate, 0), relays: known.size }];
  });
}
