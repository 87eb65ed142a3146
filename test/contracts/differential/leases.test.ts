import assert from "node:assert/strict";
import { maxUint256, type Address } from "viem";
import { X0T } from "../../../core/parameters.ts";
import {
  BURNED,
  endOf,
  ESCROW,
  mayReject,
  open,
  reject,
  settle,
  shorten,
  type ModelLease,
  type Purses,
  type Terms,
  type World,
} from "../support/leaseModel.ts";
import { FINAL_AFTER } from "../support/leases.ts";
import { commitArgs } from "../support/proofs.ts";
import {
  alice,
  assertions,
  at,
  bob,
  challenger,
  EPOCH,
  loadFixture,
  networkFixture,
  P,
  random,
  SLOTS,
  time,
  wallets,
  type Protocol,
} from "../support/protocol.ts";

const SEEDS = [11, 12, 13, 14];
const EPOCHS = 200n;
const LONGEST = 14;
const NODES = [0, 1];
const operatorOf = (node: number) => wallets[node + 1]!.account;
/** The first provider rents too, also from itself. */
const tenants = [alice.account, bob.account, operatorOf(0)];
const people = [...tenants, operatorOf(1)].map(({ address }) => address);

/** One run: the chain, the model beside it, and the dice. */
interface Run {
  protocol: Protocol;
  draw: (below: number) => number;
  /** Of the last block that this run asked for. */
  clock: bigint;
  stakes: bigint[];
  /** Stake at the first second of an epoch, by node. */
  starts: Map<bigint, bigint[]>;
  proved: Map<string, bigint>;
  voids: { node: number; epoch: bigint }[];
  listings: Terms[];
  leases: ModelLease[];
  purses: Purses;
  world: World;
  /** How often each act was done, and refused: a run in which nothing happens proves nothing. */
  tally: Map<string, number>;
}

type Refusal = `Marketplace_${"BadPrice" | "NotActive" | "Booked" | "NothingToSettle" | "NothingToEnd" | "NotRejectable" | "AlreadyRejected"}`;

const key = (node: number, epoch: bigint) => `${node} ${epoch}`;

async function begin(seed: number): Promise<Run> {
  const protocol = await loadFixture(networkFixture);
  for (const account of tenants) await protocol.token.write.approve([protocol.marketplace.address, maxUint256], { account });
  const dice = random(seed);
  const run: Omit<Run, "world"> = {
    protocol,
    draw: (below) => Math.floor(dice() * below),
    clock: BigInt(await time.latest()),
    stakes: NODES.map(() => 1_000n * X0T),
    starts: new Map(),
    proved: new Map(),
    voids: [],
    listings: [],
    leases: [],
    purses: new Map(),
    tally: new Map(),
  };
  const serviceOf = (node: number, epoch: bigint) => {
    const [start, end] = [stakeAtStart(run, node, epoch), stakeAtStart(run, node, epoch + 1n)];
    return { slotsUp: run.proved.get(key(node, epoch)) ?? 0n, stake: start < end ? start : end };
  };
  return { ...run, world: { slots: BigInt(SLOTS), serviceOf } };
}

function stakeAtStart({ starts }: Pick<Run, "starts">, node: number, epoch: bigint): bigint {
  const stakes = starts.get(epoch);
  assert.ok(stakes, `the stakes at the start of epoch ${epoch}`);
  return stakes[node]!;
}

/** The next transaction comes a second later, at `instant` or, by chance, in the last second of this epoch. */
async function tick(run: Run, instant?: bigint): Promise<bigint> {
  const { clock } = run;
  const edge = (clock / EPOCH + 1n) * EPOCH - 1n;
  const next = instant !== undefined && instant > clock ? instant : edge > clock && run.draw(12) === 0 ? edge : clock + 1n;
  for (let epoch = clock / EPOCH + 1n; epoch <= next / EPOCH; epoch++) run.starts.set(epoch, [...run.stakes]);
  run.clock = next;
  await at(next);
  return next / EPOCH;
}

function count({ tally }: Run, what: string): void {
  tally.set(what, (tally.get(what) ?? 0) + 1);
}

async function holdings({ token, marketplace }: Protocol): Promise<bigint[]> {
  return Promise.all([
    ...people.map((who) => token.read.balanceOf([who])),
    token.read.totalBurned(),
    marketplace.read.escrowed(),
  ]);
}

/** What the model says has changed by `during`, as `holdings` orders it. */
function modelled(purses: Purses): bigint[] {
  return [...people, BURNED, ESCROW].map((who) => purses.get(who) ?? 0n);
}

/** Sends an act of the marketplace and compares every wei, or sees it refused with `error`. */
async function compare(run: Run, name: string, send: () => Promise<unknown>, error: Refusal | undefined, before: readonly bigint[]) {
  const { protocol, purses } = run;
  if (error !== undefined) {
    await assertions.revertWithCustomError(send(), protocol.marketplace, error);
    count(run, `${name} refused`);
    return;
  }
  const held = await holdings(protocol);
  await send();
  const changed = (await holdings(protocol)).map((amount, i) => amount - held[i]!);
  assert.deepEqual(changed, modelled(purses).map((amount, i) => amount - before[i]!), name);
  count(run, name);
}

function tooLittle(stake: bigint, price: bigint): Refusal | undefined {
  if (stake < P.minStake) return "Marketplace_NotActive";
  return price * 10n > stake ? "Marketplace_BadPrice" : undefined;
}

/** Often one that whole slots meet exactly. */
function levelOf({ draw }: Run): number {
  return [5_000, 7_500, 9_900, 5_000 + draw(4_901)][draw(4)]!;
}

async function list(run: Run): Promise<void> {
  const { draw, protocol, listings, stakes } = run;
  const node = draw(NODES.length);
  const price = X0T * BigInt(20 + draw(75)) + BigInt(draw(1_000));
  const terms = { node, provider: operatorOf(node).address, price, minUptimeBps: BigInt(levelOf(run)) };
  await tick(run);
  const error = tooLittle(stakes[node]!, price);
  const send = () => protocol.marketplace.write.list([node, price, Number(terms.minUptimeBps), LONGEST], { account: operatorOf(node) });
  await compare(run, "list", send, error, modelled(run.purses));
  if (error === undefined) listings.push(terms);
}

async function rent(run: Run): Promise<void> {
  const { draw, protocol, listings, leases, stakes, purses, world } = run;
  // Or the run is nothing but refusals.
  const free = NODES.some((node) => leases.every((lease) => lease.node !== node || endOf(lease, world) <= run.clock / EPOCH + 1n));
  if (listings.length === 0 || (!free && draw(4) > 0)) return;
  const chosen = draw(listings.length);
  const terms = listings[chosen]!;
  const [epochs, who] = [1 + draw(LONGEST), tenants[draw(tenants.length)]!];
  const now = await tick(run);
  const booked = leases.some((lease) => lease.node === terms.node && endOf(lease, world) > now + 1n);
  const error = tooLittle(stakes[terms.node]!, terms.price) ?? (booked ? "Marketplace_Booked" : undefined);
  const before = modelled(purses);
  if (error === undefined) leases.push(open(terms, who.address, now, BigInt(epochs), purses));
  const send = () => protocol.marketplace.write.rent([BigInt(chosen) + 1n, epochs], { account: who });
  await compare(run, "rent", send, error, before);
}

/** Mostly one that is under way, or was until lately. */
function anyLease({ leases, draw, clock, world }: Run): { lease: ModelLease; id: bigint } | undefined {
  const running = leases.filter((lease) => endOf(lease, world) >= clock / EPOCH);
  const among = running.length > 0 && draw(5) > 0 ? running : leases;
  const lease = among[draw(among.length)];
  return lease && { lease, id: BigInt(leases.indexOf(lease)) + 1n };
}

async function settleSome(run: Run): Promise<void> {
  const chosen = anyLease(run);
  if (chosen === undefined) return;
  const { protocol, purses, world } = run;
  const most = BigInt(1 + run.draw(run.draw(2) === 0 ? 3 : 168));
  const now = await tick(run);
  const before = modelled(purses);
  const done = settle(chosen.lease, most, now - FINAL_AFTER + 1n, purses, world);
  const send = () => protocol.marketplace.write.settle([chosen.id, most]);
  await compare(run, "settle", send, done === 0n ? "Marketplace_NothingToSettle" : undefined, before);
}

async function settleMany(run: Run): Promise<void> {
  const { draw, protocol, purses, world } = run;
  const chosen = Array.from({ length: 1 + draw(4) }, () => anyLease(run)).filter((lease) => lease !== undefined);
  const most = BigInt(1 + draw(12));
  const now = await tick(run);
  const before = modelled(purses);
  let left = most;
  for (const { lease } of chosen) if (left > 0n) left -= settle(lease, left, now - FINAL_AFTER + 1n, purses, world);
  const send = () => protocol.marketplace.write.settleMany([chosen.map(({ id }) => id), most]);
  await compare(run, "settleMany", send, undefined, before);
}

async function endIt(run: Run, name: "cancel" | "terminate"): Promise<void> {
  const chosen = anyLease(run);
  if (chosen === undefined) return;
  const { protocol, purses, world } = run;
  const now = await tick(run);
  const before = modelled(purses);
  const done = shorten(chosen.lease, now + (name === "cancel" ? 2n : 1n), purses, world);
  const account = (name === "cancel" ? chosen.lease.tenant : chosen.lease.provider) as Address;
  const send = () => protocol.marketplace.write[name]([chosen.id], { account });
  await compare(run, name, send, done ? undefined : "Marketplace_NothingToEnd", before);
}

async function rejectOne(run: Run): Promise<void> {
  const chosen = anyLease(run);
  if (chosen === undefined) return;
  const { protocol, purses, world } = run;
  const { lease, id } = chosen;
  const now = await tick(run);
  const epoch = now + 1n - BigInt(run.draw(4));
  const before = modelled(purses);
  const allowed = mayReject(lease, epoch, now, world);
  const error = !allowed ? "Marketplace_NotRejectable" : lease.rejected.has(epoch) ? "Marketplace_AlreadyRejected" : undefined;
  if (error === undefined) reject(lease, epoch, now, purses, world);
  const send = () => protocol.marketplace.write.reject([id, Number(epoch)], { account: lease.tenant as Address });
  await compare(run, "reject", send, error, before);
}

/** To what just covers an offer's price, or just does not; to anything; or, now and then, below MIN_STAKE. */
async function restake(run: Run): Promise<void> {
  const { draw, protocol, stakes } = run;
  const node = draw(NODES.length);
  const offer = run.listings[draw(run.listings.length + 1)];
  const enough = offer?.node === node ? offer.price * 10n - BigInt(draw(2)) : X0T * BigInt(600 + draw(500));
  const target = draw(6) === 0 ? X0T : enough;
  const change = target - stakes[node]!;
  if (change === 0n) return;
  await tick(run);
  const account = operatorOf(node);
  if (change > 0n) await protocol.registry.write.stake([node, change], { account });
  else await protocol.registry.write.unstake([node, -change], { account });
  stakes[node] = target;
  count(run, "restake");
}

/** What a node proved of the epoch before, if it may: enough, too little, a lie, nothing. */
async function prove(run: Run, node: number, moods: readonly number[]): Promise<void> {
  const { draw, protocol, proved, voids, world } = run;
  const epoch = run.clock / EPOCH - 1n;
  if (world.serviceOf(node, epoch).stake < P.minStake) return;
  // A node in a bad mood fails for some epochs on end.
  const up = draw(10) < (moods[node] === 0 ? 1 : 8);
  const slots = up ? SLOTS - draw(4) : draw(SLOTS / 2);
  if (!up && draw(2) === 0) return;
  await tick(run, run.clock + 1n);
  const bitmap = Array.from({ length: slots }, (_, slot) => slot);
  await protocol.ledger.write.commit([commitArgs(node, epoch, bitmap)], { account: operatorOf(node) });
  if (slots > 0 && draw(12) === 0) {
    await tick(run, run.clock + 1n);
    await protocol.ledger.write.challenge([node, epoch, 1n], { account: challenger.account });
    voids.push({ node, epoch });
    count(run, "void");
  } else proved.set(key(node, epoch), BigInt(slots));
}

/** Two epochs after the challenge: a tenth of the stake goes. */
async function enforce(run: Run): Promise<void> {
  const due = run.voids[0];
  if (due === undefined || run.clock / EPOCH < due.epoch + 3n) return;
  run.voids.shift();
  await tick(run, run.clock + 1n);
  await run.protocol.ledger.write.enforce([due.node, due.epoch], { account: challenger.account });
  run.stakes[due.node]! -= run.stakes[due.node]! / 10n;
}

const ACTS: readonly ((run: Run) => Promise<void>)[] = [
  list,
  rent,
  rent,
  rent,
  settleSome,
  settleMany,
  (run) => endIt(run, "cancel"),
  (run) => endIt(run, "terminate"),
  rejectOne,
  restake,
];

async function liveThrough(run: Run): Promise<void> {
  const last = run.clock / EPOCH + EPOCHS;
  run.starts.set(run.clock / EPOCH, [...run.stakes]);
  let moods = [1, 1];
  while (run.clock / EPOCH < last) {
    await tick(run, (run.clock / EPOCH + 1n) * EPOCH);
    const epoch = run.clock / EPOCH;
    // This first second goes to whoever acts first: a mark in time, no block.
    run.clock -= 1n;
    if (run.draw(4) === 0) moods = NODES.map(() => run.draw(3));
    const act = async () => ACTS[run.draw(ACTS.length)]!(run);
    if (run.draw(3) === 0) await act();
    if (run.clock / EPOCH < epoch) run.clock += 1n;
    if (run.clock / EPOCH === epoch) for (const node of NODES) await prove(run, node, moods);
    await enforce(run);
    for (let acts = run.draw(4); acts > 0 && run.clock / EPOCH === epoch; acts--) await act();
  }
}

describe("leases against a model", () => {
  for (const seed of SEEDS) {
    it(`MKT-1 to MKT-6: ${EPOCHS} epochs of everything, every wei as the model has it, act by act (seed ${seed})`, async () => {
      const run = await begin(seed);
      await liveThrough(run);
      const { protocol, leases, purses, world } = run;
      await tick(run, run.clock + EPOCH * (BigInt(LONGEST) + FINAL_AFTER + 1n));
      for (const [index, lease] of leases.entries()) {
        const before = modelled(purses);
        const now = await tick(run, run.clock + 1n);
        if (settle(lease, 168n, now - FINAL_AFTER + 1n, purses, world) === 0n) continue;
        const send = () => protocol.marketplace.write.settle([BigInt(index) + 1n, 168n]);
        await compare(run, "settle", send, undefined, before);
      }
      assert.equal(await protocol.marketplace.read.escrowed(), 0n);
      assert.equal(await protocol.token.read.balanceOf([protocol.marketplace.address]), 0n);
      assert.equal([...purses.values()].reduce((sum, amount) => sum + amount, 0n), 0n);
      for (const [index, lease] of leases.entries()) {
        if (lease.ends.every((end) => endOf(lease, world) < end)) count(run, "third failure");
        const { next, end } = await protocol.marketplace.read.leaseOf([BigInt(index) + 1n]);
        assert.deepEqual([BigInt(next), BigInt(end)], [lease.next, endOf(lease, world)]);
      }
      const often = ["list", "rent", "settle", "settleMany", "cancel", "terminate", "reject", "void", "restake", "third failure"];
      const rare = often.filter((what) => (run.tally.get(what) ?? 0) < 2);
      assert.deepEqual(rare, []);
    });
  }
});
