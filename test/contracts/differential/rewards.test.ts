import assert from "node:assert/strict";
import { zeroHash } from "viem";
import { time, viem, wallets } from "../support/protocol.ts";
import { itFuzz, MAX_UINT96, type Fuzz } from "./fuzz.ts";
import { deployWorld, operatorOf, register, type World } from "./world.ts";

const NODES = 6;
const EPOCHS = 5;

/** What a node had at stake, from which second on. */
type History = { from: bigint; stake: bigint }[];

interface Life {
  world: World;
  stakes: History[];
  /** By epoch and node; absent if nothing was committed. */
  bitmaps: Map<bigint, Map<number, bigint>>;
}

/** The state before the first transaction of `second`. */
const stakeBefore = (history: History, second: bigint) => history.filter(({ from }) => from < second).at(-1)?.stake ?? 0n;

/** PRF-2 over the whole slots of an epoch. */
function weightModel({ world: { epochSeconds, slots }, stakes, bitmaps }: Life, node: number, epoch: bigint): bigint {
  const bitmap = bitmaps.get(epoch)?.get(node);
  if (bitmap === undefined) return 0n;
  const ones = BigInt([...bitmap.toString(2)].filter((digit) => digit === "1").length);
  const [start, end] = [stakeBefore(stakes[node]!, epoch * epochSeconds), stakeBefore(stakes[node]!, (epoch + 1n) * epochSeconds)];
  return ((start < end ? start : end) * ones * 100n) / (100n * BigInt(slots));
}

/** Some epochs in which stakes move at random and some nodes commit. */
async function live(fuzz: Fuzz): Promise<Life> {
  const world = await deployWorld({ slots: fuzz.pick([1, 12, 120, 128]) });
  const life: Life = { world, stakes: [], bitmaps: new Map() };
  const { registry, ledger, epochSeconds, slots } = world;
  let epoch = BigInt(await time.latest()) / epochSeconds + 1n;
  await time.increaseTo(epoch * epochSeconds + 1n);
  for (let node = 0; node < NODES; node++) {
    const stake = fuzz.amount(MAX_UINT96 / 2n) + 1n;
    await register(world, node, stake);
    life.stakes.push([{ from: BigInt(await time.latest()), stake }]);
  }
  for (let round = 0; round < EPOCHS; round++, epoch++) {
    await move(life, fuzz);
    await time.increaseTo((epoch + 1n) * epochSeconds + (fuzz.chance(0.3) ? -1n : 0n));
    await move(life, fuzz);
    if (BigInt(await time.latest()) < (epoch + 1n) * epochSeconds) await time.increaseTo((epoch + 1n) * epochSeconds);
    const made = new Map<number, bigint>();
    life.bitmaps.set(epoch, made);
    for (let node = 0; node < NODES; node++) {
      const stakes = life.stakes[node]!;
      const isActive = stakeBefore(stakes, epoch * epochSeconds) > 0n && stakeBefore(stakes, (epoch + 1n) * epochSeconds) > 0n;
      if (!isActive || fuzz.chance(0.2)) continue;
      const all = 2n ** BigInt(slots) - 1n;
      const bitmap = fuzz.pick([all, all, fuzz.bits(slots), 0n, 1n]);
      await ledger.write.commit([{ node, epoch, bitmap, receiptsRoot: zeroHash, relayedBytes: 0n, cid: zeroHash }], { account: operatorOf(node) });
      made.set(node, bitmap);
    }
    assert.equal(await registry.read.nodeCount(), NODES);
  }
  return life;
}

/** One of the nodes takes away from its stake or adds to it. */
async function move({ world: { registry }, stakes }: Life, fuzz: Fuzz): Promise<void> {
  const node = fuzz.below(NODES);
  const history = stakes[node]!;
  const { stake } = history.at(-1)!;
  const account = operatorOf(node);
  const adds = stake === 0n || fuzz.chance(0.5);
  const amount = fuzz.amount((adds ? MAX_UINT96 / 8n : stake) - 1n) + 1n;
  if (adds) await registry.write.stake([node, amount], { account });
  else await registry.write.unstake([node, amount], { account });
  history.push({ from: BigInt(await time.latest()), stake: adds ? stake + amount : stake - amount });
}

describe("differential: weights and rewards", () => {
  itFuzz("PRF-2, REW-1, REW-2 weights, earnings and shares are those of the model", 6, async (fuzz) => {
    const life = await live(fuzz);
    const { world } = life;
    const epochs = [...life.bitmaps.keys()];
    const totals = new Map<bigint, bigint>();
    for (const epoch of epochs) {
      let total = 0n;
      for (let node = 0; node < NODES; node++) {
        const weight = weightModel(life, node, epoch);
        assert.equal(await world.ledger.read.weightOf([node, epoch]), weight, `weight of ${node} in ${epoch}`);
        total += weight;
      }
      assert.equal(await world.ledger.read.totalWeight([epoch]), total);
      totals.set(epoch, total);
    }
    await time.increaseTo((epochs.at(-1)! + 4n) * world.epochSeconds);
    for (let round = 0; round < 6; round++) await claimAll(life, totals, fuzz);
  });
});

/** Everybody claims everything, in any order and in any pieces, from rewards of any size. */
async function claimAll(life: Life, totals: Map<bigint, bigint>, fuzz: Fuzz): Promise<void> {
  const { token, registry, ledger } = life.world;
  const timelock = wallets[0]!.account.address;
  const pool = fuzz.amount();
  const target = fuzz.amount(MAX_UINT96 - 1n) + 1n;
  const parameters = { poolPerEpoch: pool, maxPoolPerEpoch: MAX_UINT96, targetStake: target, minTargetStake: 1n, maxTargetStake: MAX_UINT96 };
  const rewards = await viem.deployContract("EpochRewards", [{ token: token.address, registry: registry.address, ledger: ledger.address, timelock, ...parameters }]);
  const reserve = fuzz.chance(0.4) ? pool + (pool * BigInt(fuzz.below(100))) / 33n : fuzz.amount();
  await token.write.setBalance([rewards.address, reserve]);

  let left = reserve;
  let paidInAll = 0n;
  const earned = new Map<bigint, bigint>();
  const claims = [...totals.keys()].flatMap((epoch) => Array.from({ length: NODES }, (_, node) => ({ epoch, node, order: fuzz.bits(32) })));
  claims.sort((a, b) => (a.order < b.order ? -1 : 1));
  for (const { epoch, node } of claims) {
    const total = totals.get(epoch)!;
    if (!earned.has(epoch)) {
      const wanted = total === 0n ? 0n : (pool * total) / (total > target ? total : target);
      earned.set(epoch, wanted < left ? wanted : left);
      left -= earned.get(epoch)!;
    }
    const share = total === 0n ? 0n : (earned.get(epoch)! * weightModel(life, node, epoch)) / total;
    const to = operatorOf(node).address;
    const before = await token.read.paid([to]);
    await rewards.write.claim([node, fuzz.chance(0.3) ? [epoch, epoch] : [epoch]]);
    assert.equal((await token.read.paid([to])) - before, share, `share of ${node} in ${epoch}`);
    assert.deepEqual(await rewards.read.earnedOf([epoch]), [true, earned.get(epoch)]);
    assert.equal(await rewards.read.unallocated(), left);
    paidInAll += share;
  }
  const earnedInAll = [...earned.values()].reduce((sum, amount) => sum + amount, 0n);
  assert.ok(paidInAll <= earnedInAll && earnedInAll <= reserve, "REW-4");
  assert.equal(await token.read.balanceOf([rewards.address]), reserve - paidInAll);
}
