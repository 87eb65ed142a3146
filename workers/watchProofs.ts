import { randomInt } from "node:crypto";
import { challengeCommit } from "../chain/challengeCommit.ts";
import { readCommit, type ProofCommit } from "../chain/readCommit.ts";
import { bitmapOf, slotsOf } from "../core/bundle.ts";
import { challengeDeadline, slotSeconds } from "../core/epochTime.ts";
import { MAX_CHALLENGED_SLOTS } from "../core/parameters.ts";
import { isRevert } from "../core/revert.ts";
import type { Tick } from "./chainView.ts";
import { rankOf } from "./stagger.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

/** Bundles that are fetched and judged at the same time. */
const AT_ONCE = 8;
/** Longest step between two watchers, seconds. */
const LONGEST_STEP_SECONDS = 60;

interface Suspicion {
  /** Claimed slots to name. */
  slots: number[];
  /** Chain time from which this watcher may bond. */
  from: number;
  reason: string;
}

interface WatchState {
  /** Commits, by `keyOf`, that need no further look. */
  settled: Set<string>;
  suspicions: Map<string, Suspicion>;
  /** Commits whose bundle was missing, and the chain time at which to look again. */
  missing: Map<string, number>;
  /** Epochs in which a bond stands on a bundle that was merely missing. */
  riskedEpochs: Set<number>;
}

/**
 * Re-verifies every other node's commit from IPFS and challenges what is false (PRF-4). Watchers wait in an order that
 * differs for each commit, so that one bond is enough; a bundle that nobody serves is challenged near the window's end,
 * at most one an epoch and watcher: if its node answers, the bond burns.
 */
export function createWatchProofs(node: WorkerNode): Job {
  const state: WatchState = { settled: new Set(), suspicions: new Map(), missing: new Map(), riskedEpochs: new Set() };
  return {
    name: "watchProofs",
    async run(tick, signal) {
      for (let epoch = tick.epoch - 1; epoch >= 0 && tick.timestamp < challengeDeadline(node.parameters, epoch); epoch--) {
        const commits = await node.view.commits(tick, epoch);
        await eachOf(commits, signal, (commit) => watch(node, state, commit, tick, signal));
      }
      forget(node, state, tick);
    },
  };
}

function keyOf(commit: ProofCommit): string {
  return `${commit.epoch}/${commit.node}/${commit.committedAt}/${commit.receiptsRoot}`;
}

/** A few at a time, so that bundles that nobody serves do not hold up the others. @throws the first failure, at the end */
async function eachOf(commits: readonly ProofCommit[], signal: AbortSignal, look: (commit: ProofCommit) => Promise<void>) {
  const failures: unknown[] = [];
  for (let first = 0; first < commits.length; first += AT_ONCE) {
    signal.throwIfAborted();
    const results = await Promise.allSettled(commits.slice(first, first + AT_ONCE).map(look));
    failures.push(...results.filter((result) => result.status === "rejected").map(({ reason }) => reason as unknown));
  }
  if (failures.length > 0) throw failures[0];
}

async function watch(node: WorkerNode, state: WatchState, commit: ProofCommit, tick: Tick, signal: AbortSignal) {
  const key = keyOf(commit);
  if (state.settled.has(key)) return;
  if (commit.node === node.index || commit.bitmap === 0n) return void state.settled.add(key);
  const suspicion = state.suspicions.get(key) ?? (await suspect(node, state, commit, tick, signal));
  if (suspicion === undefined) return;
  if (isNamed(commit, suspicion)) {
    // Somebody bonded on it. Answered means that it was true after all; unanswered, that it becomes void.
    if (commit.openChallenges === 0) state.settled.add(key);
    return;
  }
  if (tick.timestamp < suspicion.from) return;
  // What `view` remembers may be half a slot old: long enough to bond beside another watcher, or beside oneself.
  const fresh = await readCommit(node.view.client, { ledger: node.contracts.ProofLedger, node: commit.node, epoch: commit.epoch });
  if (fresh !== undefined && !isNamed(fresh, suspicion)) await bond(node, state, fresh, suspicion, signal);
}

function isNamed(commit: ProofCommit, suspicion: Suspicion): boolean {
  return (commit.named & bitmapOf(suspicion.slots)) !== 0n;
}

async function suspect(
  node: WorkerNode,
  state: WatchState,
  commit: ProofCommit,
  tick: Tick,
  signal: AbortSignal,
): Promise<Suspicion | undefined> {
  const key = keyOf(commit);
  if (tick.timestamp < (state.missing.get(key) ?? 0)) return undefined;
  const verdict = await node.view.verdict(commit, signal);
  node.metrics.bundles.inc({ verdict: verdict === undefined ? "unavailable" : verdict.valid ? "true" : "false" });
  // Other receipts than the committed ones prove nothing, nor do they show what the node cannot answer: as good as none.
  if (verdict?.rootHolds !== true) return suspectUnseen(node, state, commit, tick, verdict?.problems[0]);
  if (verdict.unprovedSlots.length === 0) {
    // A wrong total or signature beside proved slots: no slot to name, so nothing to challenge.
    if (!verdict.valid) node.log.warn({ ...about(commit), problems: verdict.problems.slice(0, 3) }, "bundle is false, its slots are proved");
    state.settled.add(key);
    return undefined;
  }
  const wait = await waitSeconds(node, commit, tick, node.parameters.challengeSeconds / 2);
  // A restart begins to wait anew; it must not wait beyond the window.
  const latest = challengeDeadline(node.parameters, commit.epoch) - 3 * slotSeconds(node.parameters);
  const from = Math.min(tick.timestamp + wait, latest);
  const suspicion = { slots: verdict.unprovedSlots, from, reason: verdict.problems.at(-1) ?? "unproved" };
  state.suspicions.set(key, suspicion);
  return suspicion;
}

/** The committed receipts cannot be seen: the node may hold them, so a bond on random slots is a risk. */
async function suspectUnseen(
  node: WorkerNode,
  state: WatchState,
  commit: ProofCommit,
  tick: Tick,
  reason = "the bundle is not available",
): Promise<Suspicion | undefined> {
  const { challengeSeconds } = node.parameters;
  const lastThird = challengeDeadline(node.parameters, commit.epoch) - challengeSeconds / 3;
  const from = lastThird + (await waitSeconds(node, commit, tick, challengeSeconds / 6));
  if (tick.timestamp < from || state.riskedEpochs.has(commit.epoch)) {
    const again = tick.timestamp + Math.max(slotSeconds(node.parameters), challengeSeconds / 20);
    state.missing.set(keyOf(commit), tick.timestamp < from ? Math.min(again, from) : again);
    return undefined;
  }
  // Not remembered: the bundle may still turn up, and the next look decides anew.
  return { slots: unnamed(commit, slotsOf(commit.bitmap)), from, reason };
}

/** Seconds that this watcher leaves to those before it, within `spread`. */
async function waitSeconds(node: WorkerNode, commit: ProofCommit, tick: Tick, spread: number): Promise<number> {
  const others = (await node.view.nodes(tick)).filter((other) => other.active && other.index !== commit.node);
  const rank = rankOf(others.map((other) => other.index), node.index, `watch/${commit.node}/${commit.epoch}`);
  return rank * Math.min(spread / Math.max(1, others.length), LONGEST_STEP_SECONDS);
}

async function bond(node: WorkerNode, state: WatchState, commit: ProofCommit, suspicion: Suspicion, signal: AbortSignal) {
  const slots = pick(unnamed(commit, suspicion.slots), MAX_CHALLENGED_SLOTS);
  const unavailable = !state.suspicions.has(keyOf(commit));
  if (slots.length === 0) return;
  const { X0TToken: token, ProofLedger: ledger } = node.contracts;
  const { challengeBond: bondWei } = node.parameters;
  try {
    await challengeCommit(node.sender, { token, ledger, node: commit.node, epoch: commit.epoch, slots, bondWei }, signal);
  } catch (error) {
    // Another watcher was faster, or the window closed meanwhile: the next look at the commit tells.
    if (isRevert(error, "ProofLedger_BadSlots", "ProofLedger_Void", "ProofLedger_ChallengeClosed")) return;
    throw error;
  }
  if (unavailable) {
    state.riskedEpochs.add(commit.epoch);
    state.settled.add(keyOf(commit));
  }
  node.metrics.challenges.inc();
  node.log.info({ ...about(commit), slots, reason: suspicion.reason }, "challenged a commit");
}

function about(commit: ProofCommit) {
  return { of: commit.node, epoch: commit.epoch };
}

function unnamed(commit: ProofCommit, slots: readonly number[]): number[] {
  const named = new Set(slotsOf(commit.named));
  return slots.filter((slot) => !named.has(slot));
}

/** `count` of `slots` at random: a liar must not know which it will have to answer. */
function pick(slots: readonly number[], count: number): number[] {
  const left = [...slots];
  const picked: number[] = [];
  while (picked.length < count && left.length > 0) picked.push(...left.splice(randomInt(left.length), 1));
  return picked.sort((a, b) => a - b);
}

/** Nothing is kept of epochs whose window is closed. */
function forget(node: WorkerNode, state: WatchState, tick: Tick): void {
  const open = (epoch: number) => tick.timestamp < challengeDeadline(node.parameters, epoch);
  for (const kept of [state.settled, state.suspicions, state.missing]) {
    for (const key of [...kept.keys()]) if (!open(Number(key.split("/")[0]))) kept.delete(key);
  }
  for (const epoch of state.riskedEpochs) if (!open(epoch)) state.riskedEpochs.delete(epoch);
}
