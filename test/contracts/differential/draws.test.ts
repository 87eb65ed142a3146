import assert from "node:assert/strict";
import { encodeAbiParameters, keccak256, toHex, type Hex } from "viem";
import { EPOCH, epochNow, goTo, viem } from "../support/protocol.ts";
import { itFuzz, MAX_UINT96, type Fuzz } from "./fuzz.ts";

/** The last entry not above a key, found by looking at all of them. */
function lastNotAbove<T>(entries: readonly (readonly [bigint, T])[], key: bigint): T | undefined {
  return entries.filter(([at]) => at <= key).at(-1)?.[1];
}

const sum = (weights: readonly bigint[]) => weights.reduce((total, weight) => total + weight, 0n);

/** Draws from a hat: every wei is a lot, and the lots of who is drawn are taken out. */
function drawFromHat(entropy: Hex, weights: readonly bigint[], excluded: number, count: number): number[] {
  const hat = weights.map((weight, index) => ({ index, weight })).filter(({ index, weight }) => index !== excluded && weight > 0n);
  const drawn: number[] = [];
  while (drawn.length < count && hat.length > 0) {
    const lots = sum(hat.map(({ weight }) => weight));
    const lot = BigInt(keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "uint256" }], [entropy, BigInt(drawn.length)]))) % lots;
    const ends = hat.map((_, at) => sum(hat.slice(0, at + 1).map(({ weight }) => weight)));
    const [winner] = hat.splice(ends.findIndex((end) => lot < end), 1);
    drawn.push(winner!.index);
  }
  return drawn;
}

describe("differential: draws", () => {
  itFuzz("PRF-2 Bits.count counts the ones", 8, async (fuzz, index) => {
    const harness = await viem.deployContract("LibraryHarness");
    const bitmaps = Array.from({ length: 128 }, (_, bit) => {
      if (index === 0) return 1n << BigInt(bit);
      if (index === 1) return (1n << BigInt(bit + 1)) - 1n;
      return fuzz.bits(128) & (fuzz.chance(0.3) ? fuzz.bits(128) : 2n ** 128n - 1n);
    });
    const counts = await harness.read.count([[0n, ...bitmaps]]);
    assert.deepEqual([...counts], [0n, ...bitmaps].map((bitmap) => [...bitmap.toString(2)].filter((digit) => digit === "1").length));
  });

  itFuzz("REG-7 Trace answers like a list", 6, async (fuzz) => {
    const harness = await viem.deployContract("LibraryHarness");
    const list: [bigint, bigint][] = [];
    let key = BigInt(1 + fuzz.below(3));
    for (let round = 0; round < 40; round++) {
      const value = fuzz.amount(2n ** 128n - 1n);
      await harness.write.push([Number(key), value]);
      if (list.at(-1)?.[0] === key) list.pop();
      list.push([key, value]);
      assert.equal(await harness.read.latest(), value);
      const keys = [0n, key - 1n, key, key + 1n, 2n ** 48n, ...list.map(([at]) => at), ...list.map(([at]) => at - 1n)];
      const [found, values] = await harness.read.lookup([keys]);
      assert.deepEqual(found, keys.map((asked) => lastNotAbove(list, asked) !== undefined));
      assert.deepEqual(values, keys.map((asked) => lastNotAbove(list, asked) ?? 0n));
      key += BigInt(fuzz.pick([0, 0, 1, 1, 2, 1000]));
    }
    await assert.rejects(harness.write.push([Number(list.at(-1)![0]) - 1, 1n]), /0x1\b|assert/i, "keys never fall");
  });

  itFuzz("REG-7 StakeTree answers like a list of lists", 5, async (fuzz) => {
    const harness = await viem.deployContract("LibraryHarness");
    const weights: bigint[] = [];
    const history: [bigint, bigint[]][] = [];
    let epoch = BigInt(1 + fuzz.below(5));
    for (let round = 0; round < 30; round++) {
      for (let step = 0; step < 3; step++) await grow(harness, fuzz, weights, epoch);
      history.push([epoch, [...weights]]);
      const asked = fuzz.pick([epoch, epoch + 1n, epoch - 1n, ...history.map(([at]) => at)]);
      const then = lastNotAbove(history, asked) ?? [];
      assert.equal(await harness.read.totalAt([asked]), sum(then));
      // Only what existed then has a place on the line of then.
      const indices = Array.from({ length: then.length + 1 }, (_, index) => index);
      assert.deepEqual(await harness.read.before([indices, asked]), indices.map((index) => sum(then.slice(0, index))));
      const total = sum(then);
      if (total > 0n) {
        const points = [0n, total - 1n, ...then.flatMap((_, index) => [sum(then.slice(0, index)), sum(then.slice(0, index + 1)) - 1n]), fuzz.bits(96)]
          .map((point) => (point < 0n ? 0n : point % total));
        const places = points.map((point) => then.findIndex((_, index) => sum(then.slice(0, index + 1)) > point));
        const [found, sums] = await harness.read.find([points, asked]);
        assert.deepEqual([...found], places);
        assert.deepEqual([...sums], places.map((index) => sum(then.slice(0, index))));
      }
      epoch += BigInt(fuzz.below(3));
    }
  });

  itFuzz("REG-7 the registry draws like lots from a hat, in every epoch of its past", 4, async (fuzz) => {
    const registry = await viem.deployContract("RegistryHarness", [EPOCH]);
    const nodes: { weight: bigint; benched: boolean }[] = [];
    const history: [bigint, bigint[]][] = [];
    const first = (await epochNow()) + 1n;
    for (let round = 0n; round < 5n; round++) {
      await goTo(first + round, 1);
      const grown = Array.from({ length: fuzz.below(8) }, () => weightOf(fuzz));
      await registry.write.fill([grown]);
      nodes.push(...grown.map((weight) => ({ weight, benched: false })));
      for (const [index, node] of nodes.entries()) {
        const dice = fuzz.below(6);
        if (dice === 0) await registry.write.set([index, (node.weight = weightOf(fuzz))]);
        if (dice === 1) await registry.write.setBenched([index, (node.benched = fuzz.chance(0.5))]);
      }
      history.push([first + round + 1n, nodes.map(({ weight, benched }) => (benched ? 0n : weight))]);
    }
    for (const [epoch, weights] of [...history, [first, []] as const, [first + 9n, history.at(-1)![1]] as const]) {
      for (let draw = 0; draw < 12; draw++) {
        const entropy = toHex(fuzz.bits(256), { size: 32 });
        const [excluded, count] = [fuzz.below(nodes.length + 2), fuzz.below(7)];
        const drawn = await registry.read.draw([entropy, epoch, excluded, BigInt(count)]);
        assert.deepEqual([...drawn], drawFromHat(entropy, weights, excluded, count), `epoch ${epoch}`);
      }
    }
  });
});

/** Appends a weight, or changes one. */
async function grow(harness: LibraryHarness, fuzz: Fuzz, weights: bigint[], epoch: bigint): Promise<void> {
  const weight = weightOf(fuzz);
  if (weights.length === 0 || fuzz.chance(0.4)) {
    await harness.write.append([weight, Number(epoch)]);
    weights.push(weight);
    return;
  }
  const index = fuzz.below(weights.length);
  await harness.write.change([index, weights[index]!, weight, Number(epoch)]);
  weights[index] = weight;
}

type LibraryHarness = Awaited<ReturnType<typeof viem.deployContract<"LibraryHarness">>>;

const weightOf = (fuzz: Fuzz) => (fuzz.chance(0.2) ? 0n : fuzz.amount(MAX_UINT96));
