import assert from "node:assert/strict";
import { maxUint256 } from "viem";
import { bitmapOf } from "../../../core/bundle.ts";
import { devnetParameters, X0T, type ProtocolParameters } from "../../../core/parameters.ts";
import { earnsBonus, mayAnnounce, setStake, stakeAt, stakeThrough, weightOf, type BonusRules, type NodeHistory } from "../support/bonusModel.ts";
import { commitArgs } from "../support/proofs.ts";
import { assertions, challenger, deployProtocol, loadFixture, random, registerNode, time, wallets, type Protocol } from "../support/protocol.ts";

/** A minute an epoch; four epochs are open for commits at once. */
const P: ProtocolParameters = { ...devnetParameters(60), commitSeconds: 240, responseSeconds: 120, unbondingSeconds: 600 };
const RULES: BonusRules = { epochSeconds: P.epochSeconds, slots: P.slotsPerEpoch, lag: 8, minStake: P.minStake };
const OPEN = P.commitSeconds / P.epochSeconds;
const EPOCHS = 640;
const STAKE = 1_000n * X0T;
const by = challenger.account;
const operatorOf = (node: number) => wallets[node + 1]!.account;

/** How each node lives; probabilities are per epoch. */
interface Life {
  /** Of one slot down: 0.12 keeps a week near its 99 %. */
  lossy: number;
  /** Of an outage, and how long it is at most. */
  outage: number;
  longest: number;
  /** Of a challenge that nobody answers. */
  lie: number;
  /** Of a change of stake, and of leaving for a while. */
  stake: number;
  leave: number;
  maintenance: number;
}
const LIVES: readonly Life[] = [
  { lossy: 0.09, outage: 0, longest: 0, lie: 0, stake: 0.02, leave: 0, maintenance: 0 },
  { lossy: 0.09, outage: 0.006, longest: 3, lie: 0, stake: 0.02, leave: 0, maintenance: 0.2 },
  { lossy: 0.02, outage: 0.012, longest: 230, lie: 0, stake: 0, leave: 0, maintenance: 0.05 },
  { lossy: 0.02, outage: 0, longest: 0, lie: 0.004, stake: 0.01, leave: 0.004, maintenance: 0.02 },
];

interface World {
  protocol: Protocol;
  next: () => number;
  epoch: number;
  nodes: (NodeHistory & { downUntil: number; awayUntil: number; done: Set<number> })[];
  weights: Map<number, bigint>;
  /** Lies to enforce, with the last second in which they could be answered. */
  challenged: { node: number; epoch: number; deadline: number }[];
  seen: Record<"bonus" | "none" | "announced" | "refused" | "voided" | "reversed", number>;
}

async function bonusNetwork() {
  const protocol = await deployProtocol(P);
  await time.increaseTo((BigInt(Math.floor((await time.latest()) / P.epochSeconds)) + 1n) * BigInt(P.epochSeconds));
  for (let node = 0; node < LIVES.length; node++) await registerNode(protocol, node);
  await protocol.token.write.approve([protocol.ledger.address, maxUint256], { account: by });
  return protocol;
}

describe("differential: the bonus", function () {
  this.timeout(300_000);

  for (const seed of [3]) {
    it(`PRF-2, PRF-3 weights are those of the model over ${EPOCHS} epochs of four lives (seed ${seed})`, async () => {
      const protocol = await loadFixture(bonusNetwork);
      const now = await time.latest();
      const world: World = {
        protocol,
        next: random(seed),
        epoch: Math.floor(now / P.epochSeconds),
        nodes: LIVES.map(() => {
          const node = { slots: new Map(), voided: new Set<number>(), maintenance: new Set<number>(), stakes: [], activatedIn: -1, downUntil: 0, awayUntil: 0, done: new Set<number>() };
          setStake(RULES, node, now - 1, STAKE);
          return node;
        }),
        weights: new Map(),
        challenged: [],
        seen: { bonus: 0, none: 0, announced: 0, refused: 0, voided: 0, reversed: 0 },
      };
      const last = world.epoch + EPOCHS;
      while (world.epoch < last) {
        world.epoch++;
        await time.increaseTo(world.epoch * P.epochSeconds);
        for (const [node, life] of LIVES.entries()) await liveEpoch(world, node, life);
        await enforceDue(world);
      }
      for (const [epoch, weight] of world.weights) assert.equal(await protocol.ledger.read.totalWeight([BigInt(epoch)]), weight, `total of ${epoch}`);
      for (const [what, count] of Object.entries(world.seen)) assert.ok(count > 0, `no ${what} in this history`);
      assert.ok(world.seen.bonus > 100 && world.seen.none > 100, JSON.stringify(world.seen));
    });
  }
});

async function liveEpoch(world: World, index: number, life: Life): Promise<void> {
  const { next, epoch } = world;
  const node = world.nodes[index]!;
  if (next() < life.outage) node.downUntil = epoch + 1 + Math.floor(next() * life.longest);
  if (next() < life.maintenance) await announce(world, index);
  if (next() < life.stake) await changeStake(world, index, stakeAt(node, maxTime) + BigInt(Math.floor(next() * 1e6) - 500_000) * 10n ** 14n);
  if (next() < life.leave) {
    await changeStake(world, index, 0n);
    // Sometimes back within the epoch.
    node.awayUntil = epoch + Math.floor(next() * 3);
  }
  if (stakeAt(node, maxTime) === 0n && epoch >= node.awayUntil) await changeStake(world, index, STAKE);
  // Late sometimes: then several epochs at once, in any order.
  if (epoch >= node.downUntil && next() < 0.9) await commitOpen(world, index, life);
}

const maxTime = Number.MAX_SAFE_INTEGER;

async function announce({ protocol, next, epoch, nodes, seen }: World, index: number): Promise<void> {
  const { ledger } = protocol;
  const node = nodes[index]!;
  const first = epoch + 2 + Math.floor(next() * 60);
  const count = 1 + Math.floor(next() * 4);
  const call = ledger.write.announceMaintenance([index, BigInt(first), BigInt(count)], { account: operatorOf(index) });
  if (!mayAnnounce(node, first, count)) {
    await assertions.revertWithCustomError(call, ledger, "ProofLedger_TooMuchMaintenance");
    seen.refused++;
    return;
  }
  await call;
  for (let k = 0; k < count; k++) node.maintenance.add(first + k);
  seen.announced++;
}

async function changeStake({ protocol: { registry }, nodes }: World, index: number, wei: bigint): Promise<void> {
  const node = nodes[index]!;
  const held = stakeAt(node, maxTime);
  const account = operatorOf(index);
  if (wei === held || (wei !== 0n && (wei < P.minStake || wei > 4n * STAKE))) return;
  if (wei > held) await registry.write.stake([index, wei - held], { account });
  else await registry.write.unstake([index, held - wei], { account });
  setStake(RULES, node, await time.latest(), wei);
}

async function commitOpen(world: World, index: number, life: Life): Promise<void> {
  const { next, epoch, protocol, seen } = world;
  const { ledger } = protocol;
  const node = world.nodes[index]!;
  const open = Array.from({ length: OPEN }, (_, k) => epoch - 1 - k).filter(
    // The oldest closes with this epoch, while transactions take a second each: left to its fate.
    (e) => e > epoch - OPEN && !node.done.has(e) && stakeThrough(RULES, node, e) > 0n,
  );
  if (open.length === 0) return;
  if (next() < 0.7) open.reverse();
  else if (open.length > 1) seen.reversed++;
  const claimed = open.map(() => P.slotsPerEpoch - (next() < life.lossy ? 1 : 0));
  const commits = open.map((e, i) => commitArgs(index, BigInt(e), Array.from({ length: claimed[i]! }, (_, slot) => slot)));
  await ledger.write.commitBatch([commits], { account: operatorOf(index) });
  for (const [i, e] of open.entries()) {
    const bonus = earnsBonus(RULES, node, e);
    const weight = weightOf(RULES, stakeThrough(RULES, node, e), claimed[i]!, bonus);
    node.done.add(e);
    node.slots.set(e, claimed[i]!);
    const kept = await ledger.read.commitOf([index, BigInt(e)]);
    assert.deepEqual([kept.bonus, kept.weight], [bonus, weight], `node ${index}, epoch ${e}`);
    seen[bonus ? "bonus" : "none"]++;
    if (next() < life.lie) await lie(world, index, e);
    else world.weights.set(e, (world.weights.get(e) ?? 0n) + weight);
  }
}

async function lie({ protocol: { ledger }, nodes, challenged, weights, seen }: World, node: number, epoch: number): Promise<void> {
  await ledger.write.challenge([node, BigInt(epoch), bitmapOf([0])], { account: by });
  challenged.push({ node, epoch, deadline: (await time.latest()) + P.responseSeconds });
  weights.set(epoch, weights.get(epoch) ?? 0n);
  nodes[node]!.voided.add(epoch);
  seen.voided++;
}

async function enforceDue(world: World): Promise<void> {
  const now = await time.latest();
  for (const due of world.challenged.filter(({ deadline }) => deadline < now)) {
    world.challenged.splice(world.challenged.indexOf(due), 1);
    await world.protocol.ledger.write.enforce([due.node, BigInt(due.epoch)]);
    const node = world.nodes[due.node]!;
    const held = stakeAt(node, maxTime);
    setStake(RULES, node, await time.latest(), held - held / 10n);
  }
}
