import type { Histogram } from "prom-client";
import type { NodeId, NodeIndex } from "../../core/ids.ts";
import type { X0tError } from "../../core/x0tError.ts";
import { buildCircuit, type Circuit } from "../circuit/buildCircuit.ts";
import type { TunnelPayer } from "../circuit/relayDeps.ts";
import type { DirectoryNode } from "../directory/directory.ts";
import type { ClientSession } from "../session/clientSession.ts";
import { askEcho, ECHO_TARGET } from "../session/echo.ts";
import { drawPath } from "./drawPath.ts";
import { MISS_BAD_ANSWER, MISS_NO_ANSWER, MISS_NO_PATH, MISS_UNREACHABLE, type MissReason } from "./encoding.ts";

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

type EchoSession = Pick<ClientSession, "openStream" | "goingAway" | "closed" | "close">;

const TRIES = 3;
/** With those that failed before they reached the target: they tell nothing of it. */
const MOST_ATTEMPTS = 6;
const TRY_MS = 4_000;
/** How long a circuit stays after its probe: at random, so that no end betrays the witness. */
const LEAST_LINGER_MS = 5_000;
const MOST_LINGER_MS = 60_000;
const MOST_LINGERING = 256;
const MOST_LATE = 2;
/** How long CLOSE may take to leave. */
const FLUSH_MS = 1_000;
/** Where circuits serve again, new ones to a target come at this rate: a burst of one probe's tries, then one in so long. */
const BUILD_EVERY_MS = 2_000;

interface Standing {
  target: NodeId;
  session: EchoSession;
  /** Times in a row that it did not answer. */
  late: number;
  end(): void;
}

type Attempt =
  | { session: EchoSession; circuit: Circuit }
  /** reached: the target may be guilty. suspects: who besides it. */
  | { reason: MissReason; reached: boolean; suspects: readonly DirectoryNode[] };

export function createProber(deps: ProberDeps): Prober {
  const stopped = new AbortController();
  const lingering = new Set<Standing>();
  /** On a devnet's short slots new circuits for all would be most of its load: there a lingering one serves again. */
  const reuses = deps.slotMs < LEAST_LINGER_MS;
  const builds = new Map<NodeId, { left: number; atMs: number }>();
  const mayBuild = (target: NodeId): boolean => {
    if (!reuses) return true;
    const now = deps.nowMs();
    const { left, atMs } = builds.get(target) ?? { left: TRIES, atMs: now };
    const tokens = Math.min(TRIES, left + (now - atMs) / BUILD_EVERY_MS);
    builds.set(target, { left: tokens < 1 ? tokens : tokens - 1, atMs: now });
    return tokens >= 1;
  };
  const leftMs = (untilMs: number) => Math.max(0, Math.ceil(untilMs - deps.nowMs()));

  async function ask(session: EchoSession, signal: AbortSignal): Promise<boolean> {
    return askEcho(await session.openStream(ECHO_TARGET, signal), signal);
  }

  function linger(target: NodeId, circuit: Circuit, session: EchoSession): void {
    const [oldest] = lingering;
    if (lingering.size >= MOST_LINGERING) oldest?.end();
    const ms = LEAST_LINGER_MS + deps.random() * (MOST_LINGER_MS - LEAST_LINGER_MS);
    const timer = setTimeout(() => standing.end(), ms).unref();
    const standing: Standing = {
      target,
      session,
      late: 0,
      end() {
        clearTimeout(timer);
        lingering.delete(standing);
        endCircuit(circuit, session);
      },
    };
    lingering.add(standing);
    void circuit.closed.then(() => standing.end());
    if (stopped.signal.aborted) standing.end();
  }

  /** Whether a circuit that still stands through the target answers; undefined if there is none. */
  function askAgain(target: NodeId, untilMs: number, signal: AbortSignal): Promise<boolean> | undefined {
    const standing = [...lingering].findLast((each) => each.target === target && !each.session.goingAway());
    if (!reuses || standing === undefined) return undefined;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(leftMs(untilMs))]);
    return ask(standing.session, limit)
      .catch(() => false)
      .then((answered) => {
        standing.late = answered ? 0 : standing.late + 1;
        // A busy machine is late once in a while; new circuits would make it busier.
        if (standing.late === MOST_LATE) standing.end();
        return answered;
      });
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

  async function tryAnew(target: DirectoryNode, committee: readonly NodeIndex[], untilMs: number, signal: AbortSignal): Promise<ProbeOutcome> {
    const { self, isLinked, random } = deps;
    const used = new Set<NodeId>();
    const canPay = (nodeId: NodeId) => isLinked(nodeId) && deps.payerFor(nodeId).ready();
    let outcome: ProbeOutcome = MISS_NO_ANSWER;
    for (let tries = 0, attempts = 0; tries < TRIES && attempts < MOST_ATTEMPTS && leftMs(untilMs) > 0; ) {
      signal.throwIfAborted();
      const nodes = deps.directory.nodes();
      const path = drawPath({ nodes, self, target, committee, canPay, isLinked, used, random });
      if (path === undefined || !mayBuild(target.nodeId)) {
        const able = nodes.some(({ nodeId }) => nodeId !== self && canPay(nodeId));
        if (attempts === 0 && path === undefined) outcome = able ? MISS_NO_PATH : "unable";
        // Links, channels and descriptors come and go.
        await deps.sleepUntil(Math.min(untilMs, deps.nowMs() + Math.min(1_000, deps.slotMs / 20)), signal);
        continue;
      }
      attempts++;
      const limitMs = Math.min(TRY_MS, Math.ceil(leftMs(untilMs) / Math.min(2, TRIES - tries)));
      const result = await attempt(path, AbortSignal.any([signal, AbortSignal.timeout(limitMs)]));
      if ("session" in result) {
        linger(target.nodeId, result.circuit, result.session);
        return undefined;
      }
      outcome = result.reason;
      if (result.reached) tries++;
      for (const { nodeId } of result.suspects) used.add(nodeId);
    }
    return outcome;
  }

  /** The standing circuit first; if it is late, a new one beside it. */
  async function probe(target: DirectoryNode, committee: readonly NodeIndex[], untilMs: number, signal: AbortSignal): Promise<ProbeOutcome> {
    const again = askAgain(target.nodeId, untilMs, signal);
    if (again === undefined) return tryAnew(target, committee, untilMs, signal);
    const late = deps.sleepUntil(deps.nowMs() + leftMs(untilMs) / 2, signal).then(() => false, () => false);
    if (await Promise.race([again, late])) return undefined;
    const anew = tryAnew(target, committee, untilMs, signal);
    const relayed = anew.then((outcome) => outcome === undefined || again);
    // Who loses the race may still fail.
    relayed.catch(() => undefined);
    return (await Promise.race([again.then((answered) => answered || relayed), relayed])) ? undefined : anew;
  }

  return {
    async probe(target, committee, untilMs, signal) {
      if (stopped.signal.aborted) return "unable";
      const timer = deps.metrics.seconds.startTimer();
      const outcome = await probe(target, committee, untilMs, AbortSignal.any([signal, stopped.signal])).catch((error: unknown) => {
        signal.throwIfAborted();
        if (stopped.signal.aborted) return "unable" as const;
        throw error;
      });
      timer({ outcome: outcome === undefined ? "relayed" : outcome === "unable" ? "unable" : "missed" });
      return outcome;
    },
    close() {
      stopped.abort(new Error("the prober was closed"));
      for (const standing of [...lingering]) standing.end();
    },
  };
}

/** The exit would wait for other circuits of a session that did not say CLOSE. */
function endCircuit(circuit: Circuit, session: EchoSession | undefined): void {
  session?.close();
  const timer = setTimeout(() => circuit.close(), session === undefined ? 0 : FLUSH_MS).unref();
  void circuit.closed.then(() => clearTimeout(timer));
}

/** Who may be guilty of a circuit that could not be built. What a relay says of the next one comes through its own tunnel. */
function blame(path: readonly DirectoryNode[], error: X0tError): Extract<Attempt, { reached: boolean }> {
  const target = path.length - 2;
  const { hop = 0, code } = (error.data ?? {}) as { hop?: number; code?: number };
  const suspects = code !== undefined && hop > target ? path.slice(hop) : hop > target ? path : path.slice(0, target);
  return { reason: hop <= target ? MISS_UNREACHABLE : MISS_NO_ANSWER, reached: hop >= target, suspects };
}
