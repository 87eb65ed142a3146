import type { Histogram } from "prom-client";
import type { NodeId, NodeIndex } from "../../core/ids.ts";
import type { X0tError } from "../../core/x0tError.ts";
import { buildCircuit, type Circuit } from "../circuit/buildCircuit.ts";
import type { TunnelPayer } from "../circuit/relayDeps.ts";
import type { DirectoryNode } from "../directory/directory.ts";
import { askEcho, ECHO_TARGET } from "../session/echo.ts";
import { drawPath } from "./drawPath.ts";
import { MISS_BAD_ANSWER, MISS_NO_ANSWER, MISS_NO_PATH, MISS_UNREACHABLE, type MissReason } from "./encoding.ts";
import { createLingering, endCircuit, LEAST_LINGER_MS, type EchoSession, type Standing } from "./lingering.ts";

/** Undefined: the target relayed. "unable": this node can pay nobody, which is its own fault. */
export type ProbeOutcome = MissReason | "unable" | undefined;

/** Asks a node to relay for us, as any client would (NET-21). */
export interface Prober {
  /**
   * @param committee of the target's slot
   * @param untilMs by the clock
   */
  probe(target: DirectoryNode, committee: readonly NodeIndex[], untilMs: number, signal: AbortSignal): Promise<ProbeOutcome>;
  /** Ends the circuits that linger; later probes are "unable". */
  close(): void;
}

export interface ProberDeps {
  self: NodeId;
  directory: { nodes(): readonly DirectoryNode[] };
  isLinked(nodeId: NodeId): boolean;
  payerFor(nodeId: NodeId): TunnelPayer;
  /** @throws X0T_NO_TICKET */
  takeTicket(nodeId: NodeId, depth: number, signal: AbortSignal): Promise<Uint8Array>;
  /** @param calm as of `createClientSession` */
  openSession(circuit: Circuit, calm: boolean): EchoSession;
  dialFrom: string;
  slotMs: number;
  nowMs(): number;
  sleepUntil(ms: number, signal: AbortSignal): Promise<void>;
  random(): number;
  metrics: { seconds: Histogram<"outcome"> };
}

const TRIES = 3;
/** With those that failed before they reached the target: they tell nothing of it. */
const MOST_ATTEMPTS = 6;
const TRY_MS = 4_000;
/** A circuit that serves again may be late so often in a row: a busy machine would only be busier with new ones. */
const MOST_LATE = 2;

type Attempt =
  | { session: EchoSession; circuit: Circuit }
  /** reached: the target may be guilty. suspects: who besides it. */
  | { reason: MissReason; reached: boolean; suspects: readonly DirectoryNode[] };

/** What is known of a probe that is not over. */
interface Progress {
  reason: MissReason | "unable";
}

export function createProber(deps: ProberDeps): Prober {
  const stopped = new AbortController();
  /** On a devnet's short slots new circuits for all would be most of its load: there a lingering one serves again. */
  const reuses = deps.slotMs < LEAST_LINGER_MS;
  const lingering = createLingering(reuses, deps.random);
  const builds = new Map<NodeId, { outcome: Promise<ProbeOutcome>; progress: Progress }>();
  const leftMs = (untilMs: number) => Math.max(0, Math.ceil(untilMs - deps.nowMs()));
  const sleep = (ms: number, untilMs: number, signal: AbortSignal) => deps.sleepUntil(Math.min(untilMs, deps.nowMs() + ms), signal);

  async function ask(session: EchoSession, signal: AbortSignal): Promise<boolean> {
    return askEcho(await session.openStream(ECHO_TARGET, signal), signal);
  }

  async function attempt(path: readonly DirectoryNode[], signal: AbortSignal): Promise<Attempt> {
    const entry = path[0] as DirectoryNode;
    let circuit: Circuit | undefined;
    let session: EchoSession | undefined;
    try {
      const ticket = await deps.takeTicket(entry.nodeId, path.length - 1, signal);
      const hops = path.map(({ nodeId, document }) => ({ nodeId, endpoint: (document as NonNullable<typeof document>).endpoint }));
      circuit = await buildCircuit({ path: hops, entry: { ticket }, payer: deps.payerFor(entry.nodeId), dialFrom: deps.dialFrom, signal });
      // Where it is used each second, its pings would never rest.
      session = deps.openSession(circuit, reuses);
      if (await ask(session, signal)) return { session, circuit };
      endCircuit(circuit, session);
      return { reason: MISS_BAD_ANSWER, reached: true, suspects: path };
    } catch (error) {
      if (circuit !== undefined) endCircuit(circuit, session);
      return circuit === undefined ? blame(path, error as X0tError) : { reason: MISS_NO_ANSWER, reached: true, suspects: path };
    }
  }

  async function tryAnew(target: DirectoryNode, committee: readonly NodeIndex[], untilMs: number, signal: AbortSignal, progress: Progress): Promise<ProbeOutcome> {
    const { self, isLinked, random } = deps;
    const used = new Set<NodeId>();
    const canPay = (nodeId: NodeId) => isLinked(nodeId) && deps.payerFor(nodeId).ready();
    for (let tries = 0, attempts = 0; tries < TRIES && attempts < MOST_ATTEMPTS && leftMs(untilMs) > 0; ) {
      signal.throwIfAborted();
      const nodes = deps.directory.nodes();
      // What is known of it may have changed since the probe began.
      const current = nodes.find(({ nodeId }) => nodeId === target.nodeId) ?? target;
      const path = drawPath({ nodes, self, target: current, committee, canPay, isLinked, used, random });
      if (path === undefined) {
        const able = nodes.some(({ nodeId }) => nodeId !== self && canPay(nodeId));
        if (attempts === 0) progress.reason = able ? MISS_NO_PATH : "unable";
        // Links, channels and descriptors come and go.
        await sleep(Math.min(1_000, deps.slotMs / 20), untilMs, signal);
        continue;
      }
      attempts++;
      const limitMs = Math.min(TRY_MS, Math.ceil(leftMs(untilMs) / Math.min(2, TRIES - tries)));
      const result = await attempt(path, AbortSignal.any([signal, AbortSignal.timeout(limitMs)]));
      if ("session" in result) {
        lingering.add(target.nodeId, result.circuit, result.session);
        if (stopped.signal.aborted) lingering.close();
        return undefined;
      }
      progress.reason = result.reason;
      if (result.reached) tries++;
      for (const { nodeId } of result.suspects) used.add(nodeId);
      if (reuses) await sleep(deps.slotMs / 4, untilMs, signal);
    }
    return progress.reason;
  }

  /** Where circuits serve again, one that takes longer than its slot is there for the next. */
  function buildBeside(target: DirectoryNode, committee: readonly NodeIndex[]) {
    let build = builds.get(target.nodeId);
    if (build === undefined) {
      const progress: Progress = { reason: MISS_NO_ANSWER };
      const outcome = tryAnew(target, committee, deps.nowMs() + TRIES * TRY_MS, stopped.signal, progress).finally(() => builds.delete(target.nodeId));
      outcome.catch(() => undefined);
      build = { outcome, progress };
      builds.set(target.nodeId, build);
    }
    return build;
  }

  async function askAgain(standing: Standing, untilMs: number, signal: AbortSignal): Promise<boolean> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(leftMs(untilMs))]);
    const answered = await ask(standing.session, limit).catch(() => false);
    standing.late = answered ? 0 : standing.late + 1;
    return answered;
  }

  async function probeAgain(target: DirectoryNode, committee: readonly NodeIndex[], untilMs: number, signal: AbortSignal): Promise<ProbeOutcome> {
    const standing = lingering.of(target.nodeId);
    const needed = standing === undefined || standing.due() || standing.late >= MOST_LATE;
    let build = needed ? buildBeside(target, committee) : builds.get(target.nodeId);
    const anew = async () => (await (build ??= buildBeside(target, committee)).outcome) === undefined;
    // An answer of no with time left is a circuit that was lost.
    const again = async () => standing !== undefined && ((await askAgain(standing, untilMs, signal)) || (leftMs(untilMs) > 0 && anew()));
    const answers = [again(), build !== undefined && anew()];
    const relayed = Promise.any(answers.map(async (answer) => (await answer) || Promise.reject(new Error("no")))).catch(() => false);
    const late = deps.sleepUntil(untilMs, signal).then(() => false, () => false);
    if (await Promise.race([relayed, late])) return undefined;
    signal.throwIfAborted();
    return build?.progress.reason ?? MISS_NO_ANSWER;
  }

  return {
    async probe(target, committee, untilMs, signal) {
      if (stopped.signal.aborted) return "unable";
      const timer = deps.metrics.seconds.startTimer();
      const either = AbortSignal.any([signal, stopped.signal]);
      const probing = reuses
        ? probeAgain(target, committee, untilMs, either)
        : tryAnew(target, committee, untilMs, either, { reason: MISS_NO_ANSWER });
      const outcome = await probing.catch((error: unknown) => {
        signal.throwIfAborted();
        if (stopped.signal.aborted) return "unable" as const;
        throw error;
      });
      timer({ outcome: outcome === undefined ? "relayed" : outcome === "unable" ? "unable" : "missed" });
      return outcome;
    },
    close() {
      stopped.abort(new Error("the prober was closed"));
      lingering.close();
    },
  };
}

/** Who may be guilty of a circuit that could not be built. What a relay says of the next one comes through its own tunnel. */
function blame(path: readonly DirectoryNode[], error: X0tError): Extract<Attempt, { reached: boolean }> {
  const target = path.length - 2;
  const { hop = 0, code } = (error.data ?? {}) as { hop?: number; code?: number };
  const suspects = code !== undefined && hop > target ? path.slice(hop) : hop > target ? path : path.slice(0, target);
  return { reason: hop <= target ? MISS_UNREACHABLE : MISS_NO_ANSWER, reached: hop >= target, suspects };
}
