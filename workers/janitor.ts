import { readLeases } from "../chain/readLeases.ts";
import type { Lease } from "../chain/readLease.ts";
import { settleLeases, type CutLease, type SettledEpoch } from "../chain/settleLeases.ts";
import { epochStart, finalBefore, slotSeconds } from "../core/epochTime.ts";
import { dueEpochs, OUTCOMES, settleBatches, type SettleBatch } from "../core/leases.ts";
import type { NodeIndex } from "../core/ids.ts";
import { MAX_SETTLE_LEASES, PRODUCTION, X0T } from "../core/parameters.ts";
import { isRevert } from "../core/revert.ts";
import { X0tError } from "../core/x0tError.ts";
import type { Tick } from "./chainView.ts";
import { readIndexedLeases } from "./indexedLeases.ts";
import { createLeaseSweep, type LeaseSweep } from "./leaseSweep.ts";
import { rankOf } from "./stagger.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

/** Where epochs are hours, a lease is settled when so many of them are due, or its last one: each call costs gas. */
const PRODUCTION_BATCH = 6;
/**
 * Below this price an epoch's gas is worth more than the epoch. Otherwise one transaction that leases a node of one's own
 * for a year at 1 wei would make everybody's janitor pay for 8,760 settlements. Such leases are settled by the node's own
 * worker, and by whoever cares.
 */
export const DUST_WEI = X0T / 100n;
/** Leases of neighbouring numbers have the same janitor, so that one transaction settles many. */
const BLOCK = 256n;
/** Calls of one run: what is left waits for the next. */
const MOST_CALLS = 16;
/** Pages of the chain's leases that are read at a look while no indexer helps, and once an epoch while one does. */
const PAGES_ALONE = 5;
const PAGES_BESIDE = 1;

/** What this janitor knows in one epoch. A restart loses nothing: all of it is read again. */
interface Look {
  epoch: number;
  /** When this worker first saw the epoch: those that start in its middle wait for each other too. */
  since: number;
  /** Chain time of the next look for leases. */
  nextAt: number;
  /** Leases with something to settle, by whoever said so. */
  found: Set<bigint>;
  /** Leases that need no further look in this epoch. */
  handled: Set<bigint>;
  /** True once every lease was looked at, by the indexer or here. */
  whole: boolean;
  /** Pages of the sweep so far. */
  pages: number;
}

/**
 * Settles what is due for everybody's leases (MKT-3): pays good epochs, refunds bad ones, without anyone asking. The
 * indexer says where to look; without one, or beside it in case that it keeps something back, the chain is walked page by
 * page. Only the chain decides: each lease is read again before a transaction. Each block of leases has its own order of
 * janitors in each epoch; the next one comes when those before it did nothing.
 */
export function createJanitor(node: WorkerNode): Job {
  const sweep = createLeaseSweep(node);
  let look: Look | undefined;
  /** Looks in a row that an indexer was no help with: one, while it starts beside this worker, is no news. */
  let silent = 0;
  return {
    name: "janitor",
    async run(tick, signal) {
      if (look === undefined || look.epoch !== tick.epoch) look = newLook(node, tick);
      if (!look.whole && tick.timestamp >= look.nextAt) {
        const answered = await search(node, look, sweep, tick, signal);
        if (node.indexerUrl !== undefined) {
          if (answered && silent > 1) node.log.info("the indexer knows the leases again");
          silent = answered ? 0 : silent + 1;
          if (silent === 2) node.log.warn({ indexer: node.indexerUrl }, "the indexer is silent or behind: looking for leases on the chain");
        }
        look.nextAt = tick.timestamp + stepSeconds(node);
      }
      await settleDue(node, look, tick, signal);
    },
  };
}

function newLook(node: WorkerNode, tick: Tick): Look {
  const since = Math.max(tick.timestamp, epochStart(node.parameters, tick.epoch));
  return { epoch: tick.epoch, since, nextAt: since, found: new Set(), handled: new Set(), whole: false, pages: 0 };
}

/** About the time that a transaction takes to be seen by others. */
function stepSeconds(node: WorkerNode): number {
  return Math.max(2, slotSeconds(node.parameters));
}

/** Fewest epochs that are worth a transaction while more are to come. */
function leastEpochs(node: WorkerNode): number {
  return node.parameters.epochSeconds < PRODUCTION.epochSeconds ? 1 : PRODUCTION_BATCH;
}

/** @returns whether the indexer could be used. */
async function search(node: WorkerNode, look: Look, sweep: LeaseSweep, tick: Tick, signal: AbortSignal): Promise<boolean> {
  const final = finalBefore(node.parameters, tick.timestamp);
  const due = { finalBefore: final, least: leastEpochs(node) };
  const indexed = node.indexerUrl === undefined ? undefined : await readIndexedLeases(node.indexerUrl, due, signal);
  // A lease is due long after it was rented: an index of this epoch or the last one has it.
  const current = indexed !== undefined && indexed.indexedAt >= tick.timestamp - node.parameters.epochSeconds;
  node.metrics.leaseLooks.inc({ source: current ? "indexer" : "chain" });
  const note = (lease: bigint) => void (look.handled.has(lease) || look.found.add(lease));
  if (current) indexed.leases.forEach(note);
  look.whole = current && indexed.whole;
  const most = current ? PAGES_BESIDE : look.pages + PAGES_ALONE;
  for (; look.pages < most; look.pages++) {
    signal.throwIfAborted();
    const { leases, roundOf } = await sweep.page(tick.epoch);
    for (const lease of leases) if (isDue(node, lease, final)) note(lease.lease);
    // An older round has missed what became final since it began: the next one is whole.
    if (roundOf === tick.epoch) {
      look.whole = true;
      break;
    }
  }
  return current;
}

function isDue(node: WorkerNode, lease: Lease, final: number): boolean {
  const worthIt = lease.pricePerEpoch >= DUST_WEI || lease.node === node.index;
  const epochs = dueEpochs(lease, final);
  return worthIt && epochs > 0 && (epochs >= leastEpochs(node) || lease.end <= final);
}

/** Settles those leases whose turn has come for this janitor. @throws the first failure, when the others are settled */
async function settleDue(node: WorkerNode, look: Look, tick: Tick, signal: AbortSignal): Promise<void> {
  if (look.found.size === 0) return;
  const mine = await dueTurns(node, look, tick);
  if (mine.length === 0) return;
  const final = finalBefore(node.parameters, tick.timestamp);
  const fresh = await readLeases(node.view.client, { marketplace: node.contracts.Marketplace, leases: mine });
  const due = fresh.filter((lease) => isDue(node, lease, final));
  const owed = new Set(due.map(({ lease }) => lease));
  const batches = settleBatches(due.map((lease) => ({ lease: lease.lease, epochs: dueEpochs(lease, final) })));
  const failures: unknown[] = [];
  for (const batch of batches.slice(0, MOST_CALLS)) {
    signal.throwIfAborted();
    await settle(node, batch, fresh, signal).catch((error: unknown) => {
      // A batch that the contract refuses must not hold up the others; its leases stay in `found`.
      if (!(error instanceof X0tError && error.code === "X0T_REVERTED")) throw error;
      failures.push(error);
    });
  }
  const undone = new Set(failures.length > 0 ? owed : batches.slice(MOST_CALLS).flatMap(({ leases }) => leases));
  for (const lease of mine) {
    if (undone.has(lease)) continue;
    look.found.delete(lease);
    look.handled.add(lease);
  }
  if (failures.length > 0) throw failures[0];
}

/** Lowest numbers first, no more than one run can settle. */
async function dueTurns(node: WorkerNode, look: Look, tick: Tick): Promise<bigint[]> {
  const active = (await node.view.nodes(tick)).filter((other) => other.active).map((other) => other.index);
  const waits = new Map<bigint, number>();
  const waitOf = (block: bigint) => {
    const known = waits.get(block) ?? waitSeconds(node, active, rankOf(active, node.index, `settle/${tick.epoch}/${block}`));
    waits.set(block, known);
    return known;
  };
  return [...look.found]
    .filter((lease) => tick.timestamp >= look.since + waitOf(lease / BLOCK))
    .sort((a, b) => (a < b ? -1 : 1))
    .slice(0, MOST_CALLS * MAX_SETTLE_LEASES);
}

/** The first few take turns in half an epoch; whoever comes after them is spread over the other half. */
function waitSeconds(node: WorkerNode, active: readonly NodeIndex[], rank: number): number {
  const half = node.parameters.epochSeconds / 2;
  const turn = rank * stepSeconds(node);
  return turn <= half ? turn : half + (half * 0.8 * rank) / active.length;
}

async function settle(node: WorkerNode, batch: SettleBatch, known: readonly Lease[], signal: AbortSignal): Promise<void> {
  const { leases, epochs } = batch;
  let settled: SettledEpoch[];
  let cut: CutLease[];
  try {
    ({ settled, cut } = await settleLeases(node.sender, { marketplace: node.contracts.Marketplace, leases, epochs }, signal));
  } catch (error) {
    if (isRevert(error, "Marketplace_NothingToSettle")) return;
    throw error;
  }
  // Somebody was faster.
  if (settled.length === 0) return;
  const prices = new Map(known.map(({ lease, pricePerEpoch }) => [lease, pricePerEpoch]));
  const sums: Record<string, string> = {};
  for (const outcome of OUTCOMES) {
    const such = settled.filter((epoch) => epoch.outcome === outcome);
    const wei = such.reduce((sum, { lease }) => sum + (prices.get(lease) ?? 0n), 0n);
    node.metrics.settledEpochs.inc({ outcome }, such.length);
    node.metrics.settledWei.inc({ outcome }, Number(wei));
    sums[`${outcome}Wei`] = wei.toString();
  }
  const cutOffWei = cut.reduce((sum, { refundedWei }) => sum + refundedWei, 0n);
  const count = new Set(settled.map(({ lease }) => lease)).size;
  node.log.info({ leases: count, epochs: settled.length, ...sums, ...(cut.length > 0 && { cutOffWei: cutOffWei.toString() }) }, "settled leases");
}
