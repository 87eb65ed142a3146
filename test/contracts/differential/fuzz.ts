import { X0T } from "../../../core/parameters.ts";
import { random } from "../support/protocol.ts";

/** One seed, so that a failure is the same on every machine; another by X0T_FUZZ_SEED. */
export const SEED = Number(process.env.X0T_FUZZ_SEED ?? 0x7830_7461);

export const SUPPLY = 1_000_000_000n * X0T;
export const MAX_UINT96 = 2n ** 96n - 1n;

/** What an arithmetic mistake shows at: nothing, a wei, around the divisors, the supply, the widest type. */
export const EDGES: readonly bigint[] = [0n, 1n, 2n, 9n, 10n, 11n, 99n, 100n, 101n, X0T - 1n, X0T, X0T + 1n, SUPPLY - 1n, SUPPLY, SUPPLY + 1n, MAX_UINT96 - 1n, MAX_UINT96];

export interface Fuzz {
  /** [0, below). */
  below(limit: number): number;
  chance(probability: number): boolean;
  /** Any number of so many bits. */
  bits(count: number): bigint;
  /** [0, most], an edge a third of the time. */
  amount(most?: bigint): bigint;
  pick<T>(from: readonly T[]): T;
}

export function fuzzer(seed: number): Fuzz {
  const next = random(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  const bits = (count: number) => {
    let value = 0n;
    for (let got = 0; got < count; got += 32) value = (value << 32n) | BigInt(below(2 ** 32));
    return count === 0 ? 0n : value & (2n ** BigInt(count) - 1n);
  };
  return {
    below,
    chance: (probability) => next() < probability,
    bits,
    amount(most = MAX_UINT96) {
      const value = next() < 1 / 3 ? EDGES[below(EDGES.length)]! : bits(1 + below(most.toString(2).length));
      return value <= most ? value : value % (most + 1n);
    },
    pick: (from) => from[below(from.length)]!,
  };
}

/** A test of `cases` random cases. Its title names the seed, its failure the case. */
export function itFuzz(title: string, cases: number, body: (fuzz: Fuzz, index: number) => Promise<void>): void {
  it(`${title} (${cases} cases, seed ${SEED})`, async () => {
    const fuzz = fuzzer(SEED);
    for (let index = 0; index < cases; index++) {
      await body(fuzz, index).catch((cause: unknown) => {
        throw new Error(`case ${index} of seed ${SEED}`, { cause });
      });
    }
  });
}
