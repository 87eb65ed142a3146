import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { DirectoryNode } from "../directory/directory.ts";
import type { ClientSession } from "../session/clientSession.ts";

/** NET-10: no new streams on a session older than this; what one exit can link stays bounded. */
const NEW_STREAMS_FOR_MS = 600_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
/** A build that takes longer gets a rival on another path, so that a silent relay costs no more. */
const RIVAL_AFTER_MS = 1_500;
const MAX_RETIRING = 8;
/** An exit serves 256 streams a session (NET-11): a full one makes room. */
const FULL_AT_STREAMS = 250;

/** A circuit whose exit has answered. */
export interface BuiltCircuit {
  path: readonly DirectoryNode[];
  session: ClientSession;
  /** Ends it at once; its streams are reset. */
  destroy(): void;
}

export interface RouteDeps {
  /** Builds through other nodes than `busy` where there is a choice. @throws X0tError */
  build(busy: ReadonlySet<NodeId>, signal: AbortSignal): Promise<BuiltCircuit>;
  /** A circuit ended that nobody closed. */
  onLost(circuit: BuiltCircuit): void;
  onActive(circuit: BuiltCircuit): void;
  /** Keep a second circuit ready (NET-9's standby, for new streams only). */
  withSpare: boolean;
  log: Logger;
}

/**
 * The circuits of one isolation key.
 *   none ──build──▶ active ──lost──▶ spare takes over at once, or build
 *                     └──10 min, GOAWAY──▶ retiring (no new streams) ──last stream ends──▶ closed
 */
export interface Route {
  /** The session for a new stream; waits until there is one. @throws X0T_NO_CIRCUIT (retryable) when `signal` aborts */
  session(signal: AbortSignal): Promise<ClientSession>;
  active(): BuiltCircuit | undefined;
  /** Why the last build failed. */
  reason(): string | undefined;
  counts(): { active: number; spare: number; retiring: number; streams: number };
  /** Something changed for the better: try now. */
  kick(): void;
  /** This guard is gone: the circuits that enter by it end now, not when TCP notices. */
  guardLost(nodeId: NodeId): void;
  /** Circuits that enter by this guard take no new streams. */
  guardUnusable(nodeId: NodeId): void;
  /** Circuits through this node, at any hop, take no new streams. */
  nodeLeaving(nodeId: NodeId): void;
  idleMs(): number;
  close(): void;
}

export function createRoute(deps: RouteDeps): Route {
  const stop = new AbortController();
  const waiters = new Set<() => void>();
  const retiring = new Set<BuiltCircuit>();
  const building = new Set<{ sinceMs: number }>();
  const firstUsedMs = new WeakMap<BuiltCircuit, number>();
  let active: BuiltCircuit | undefined;
  let spare: BuiltCircuit | undefined;
  let retryMs = FIRST_RETRY_MS;
  let notBeforeMs = 0;
  let usedAtMs = performance.now();
  let lastReason: unknown;

  const all = () => [active, spare, ...retiring].filter((circuit) => circuit !== undefined);
  const fresh = (circuit: BuiltCircuit) =>
    !circuit.session.goingAway() &&
    circuit.session.streams() < FULL_AT_STREAMS &&
    performance.now() - (firstUsedMs.get(circuit) ?? Number.POSITIVE_INFINITY) < NEW_STREAMS_FOR_MS;

  function maintain(): void {
    if (stop.signal.aborted) return;
    const now = performance.now();
    if (spare !== undefined && !fresh(spare)) retire(spare);
    if (active !== undefined && !fresh(active) && (spare !== undefined || retiring.size < MAX_RETIRING)) retire(active);
    if (active === undefined && spare !== undefined) activate(spare);
    for (const circuit of retiring) if (circuit.session.streams() === 0) circuit.session.close();
    if (now < notBeforeMs) return;
    const rivals = [...building].every(({ sinceMs }) => now - sinceMs > RIVAL_AFTER_MS) ? 2 : 1;
    const wanted = active === undefined ? rivals : deps.withSpare && spare === undefined ? 1 : 0;
    if (building.size < wanted) void build();
  }

  function retire(circuit: BuiltCircuit): void {
    if (active === circuit) active = undefined;
    if (spare === circuit) spare = undefined;
    retiring.add(circuit);
  }

  function retireWhere(concerned: (circuit: BuiltCircuit) => boolean): void {
    for (const circuit of [active, spare]) if (circuit !== undefined && concerned(circuit)) retire(circuit);
    maintain();
  }

  function activate(circuit: BuiltCircuit): void {
    if (spare === circuit) spare = undefined;
    active = circuit;
    deps.onActive(circuit);
    for (const wake of waiters) wake();
  }

  async function build(): Promise<void> {
    const attempt = { sinceMs: performance.now() };
    building.add(attempt);
    const busy = new Set(all().flatMap(({ path }) => path.map(({ nodeId }) => nodeId)));
    try {
      const circuit = await deps.build(busy, stop.signal);
      retryMs = FIRST_RETRY_MS;
      notBeforeMs = 0;
      take(circuit);
    } catch (error) {
      lastReason = error;
      notBeforeMs = performance.now() + retryMs;
      setTimeout(maintain, retryMs).unref();
      // A spare is a comfort: look for one at leisure.
      retryMs = active === undefined ? Math.min(2 * retryMs, LONGEST_RETRY_MS) : LONGEST_RETRY_MS * 5;
      deps.log.debug({ err: error }, "no circuit");
    } finally {
      building.delete(attempt);
      setImmediate(maintain);
    }
  }

  function take(circuit: BuiltCircuit): void {
    void circuit.session.closed.then(() => onClosed(circuit));
    if (stop.signal.aborted) circuit.session.close();
    else if (active === undefined) activate(circuit);
    else if (deps.withSpare && spare === undefined) spare = circuit;
    else circuit.session.close();
  }

  function onClosed(circuit: BuiltCircuit): void {
    const wasKept = active === circuit || spare === circuit;
    if (active === circuit) active = undefined;
    if (spare === circuit) spare = undefined;
    retiring.delete(circuit);
    if (wasKept && !stop.signal.aborted) {
      deps.onLost(circuit);
      kick();
    }
  }

  function kick(): void {
    retryMs = FIRST_RETRY_MS;
    notBeforeMs = 0;
    maintain();
  }

  const timer = setInterval(maintain, 250);
  maintain();
  return {
    async session(signal) {
      usedAtMs = performance.now();
      for (;;) {
        maintain();
        if (active !== undefined) {
          if (!firstUsedMs.has(active)) firstUsedMs.set(active, usedAtMs);
          return active.session;
        }
        if (signal.aborted || stop.signal.aborted) {
          const cause = lastReason instanceof Error ? lastReason.message : "it is being built.";
          throw new X0tError("X0T_NO_CIRCUIT", `No circuit yet: ${cause}`, { retryable: true, cause: lastReason });
        }
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiters.delete(wake);
            signal.removeEventListener("abort", wake);
            resolve();
          };
          waiters.add(wake);
          signal.addEventListener("abort", wake, { once: true });
        });
      }
    },
    active: () => active,
    reason: () => (lastReason instanceof Error ? lastReason.message : undefined),
    counts: () => ({
      active: active === undefined ? 0 : 1,
      spare: spare === undefined ? 0 : 1,
      retiring: retiring.size,
      streams: all().reduce((sum, { session }) => sum + session.streams(), 0),
    }),
    kick,
    guardLost(nodeId) {
      for (const circuit of all()) if (circuit.path[0]?.nodeId === nodeId) circuit.destroy();
    },
    guardUnusable: (nodeId) => retireWhere(({ path }) => path[0]?.nodeId === nodeId),
    nodeLeaving: (nodeId) => retireWhere(({ path }) => path.some((node) => node.nodeId === nodeId)),
    idleMs: () => performance.now() - usedAtMs,
    close() {
      stop.abort(new X0tError("X0T_STOPPING", "The client is stopping."));
      clearInterval(timer);
      for (const circuit of all()) circuit.session.close();
      for (const wake of waiters) wake();
    },
  };
}
