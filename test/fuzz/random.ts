/** Numbers that a seed repeats, on every machine (sfc32). */
export interface Random {
  /** 0 to below `end`. */
  int(end: number): number;
  /** True once in `n`. */
  oneIn(n: number): boolean;
  pick<T>(items: readonly T[]): T;
  bytes(count: number): Buffer;
}

export function createRandom(seed: number): Random {
  let [a, b, c, d] = [seed | 0, (seed / 2 ** 32) | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  const int = (end: number) => Math.floor((next() / 2 ** 32) * end);
  return {
    int,
    oneIn: (n) => int(n) === 0,
    pick: (items) => items[int(items.length)] as (typeof items)[number],
    bytes(count) {
      const bytes = Buffer.allocUnsafe(count);
      // Long payloads need no entropy, only bytes that differ.
      if (count > 256) return bytes.fill(next() & 0xff);
      for (let i = 0; i < count; i++) bytes[i] = next() & 0xff;
      return bytes;
    },
  };
}
