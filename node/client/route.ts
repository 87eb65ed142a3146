import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { createCarrier, type BuiltCircuit, type Carrier, type CarrierDeps, type ExitChoice } from "./carrier.ts";

/** NET-10: no new streams on a session older than this; what one exit can link stays bounded. */
const NEW_STREAMS_FOR_MS = 600_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
/** A build that takes longer gets a rival on another path, so that a silent relay costs no more. */
const RIVAL_AFTER_MS = 1_500;
const ANSWER_DEADLINE_MS = 5_000;
const MAX_RETIRING = 8;
/** An exit serves 256 streams a session (NET-11): a full one makes room. */
const FULL_AT_STREAMS = 250;
/** What is kept for streams that are still open on a session that takes no new ones. */
const RETIRING_CIRCUITS = 2;

export interface RouteDeps extends Omit<CarrierDeps, "onChange" | "signal"> {
  /** A session took over that new streams go to. */
  onActive(circuit: BuiltCircuit): void;
  /** Circuits of the session that takes new streams (NET-9: up to 3). */
  circuits: number;
  /** Keep a session to another exit ready, for new streams when this one's exit dies (NET-13). */
  withSpare: boolean;
  /** NET-12. */
  duplicate: boolean;
  exits: ExitChoice;
}

export interface RouteCounts {
  /** Circuits of the session that takes new streams, of the spare one, and of those that only finish. */
  active: number;
  spare: number;
  retiring: number;
  streams: number;
}

/**
 * The sessions of one isolation key.
 *   none ──build──▶ active ──lost or silent──▶ spare takes over at once, or build
 *                     └──10 min, GOAWAY──▶ retiring (no new streams) ──last stream ends──▶ closed
 */
export interface Route {
  /** What carries a new stream; waits until there is something. @throws X0T_NO_CIRCUIT (retryable) when `signal` aborts */
  carrier(signal: AbortSignal): Promise<Carrier>;
  /** The session that takes new streams. */
  active(): Carrier | undefined;
  /** Why the last build failed. */
  reason(): string | undefined;
  counts(): RouteCounts;
  /** Something changed for the better: try now. */
  kick(): void;
  /** This guard is gone: the circuits that enter by it end now, not when TCP notices. */
  guardLost(nodeId: NodeId): void;
  /** Circuits that enter by this guard are replaced. */
  guardUnusable(nodeId: NodeId): void;
  /** Circuits through this node are replaced; a session that ends at it takes no new streams. */
  nodeLeaving(nodeId: NodeId): void;
  idleMs(): number;
  close(): void;
}

export function createRoute(deps: RouteDeps): Route {
  const stop = new AbortController();
  const waiters = new Set<() => void>();
  const retiring = new Set<Carrier>();
  const building = new Set<{ sinceMs: number }>();
  const firstUsedMs = new WeakMap<Carrier, number>();
  let active: Carrier | undefined;
  let spare: Carrier | undefined;
  let retryMs = FIRST_RETRY_MS;
  let notBeforeMs = 0;
  let failures = 0;
  let usedAtMs = performance.now();
  let lastReason: unknown;

  const all = () => [active, spare, ...retiring].filter((carrier) => carrier !== undefined);
  const fresh = (carrier: Carrier) =>
    !carrier.session.goingAway() &&
    carrier.session.streams() < FULL_AT_STREAMS &&
    performance.now() - (firstUsedMs.get(carrier) ?? Number.POSITIVE_INFINITY) < NEW_STREAMS_FOR_MS;
  const usable = (carrier: Carrier) => carrier.circuits().length > 0 && !carrier.session.silent();

  function maintain(): void {
    if (stop.signal.aborted) return;
    const now = performance.now();
    if (spare !== undefined && !fresh(spare)) retire(spare);
    if (active !== undefined && !fresh(active) && (spare !== undefined || retiring.size < MAX_RETIRING)) retire(active);
    // Its streams may come back; new ones do not wait for that.
    if (active !== undefined && !usable(active) && spare !== undefined && usable(spare)) {
      const left = active;
      retire(left);
      left.session.giveUpOpenings();
    }
    if (active === undefined && spare !== undefined) activate(spare);
    for (const carrier of retiring) if (carrier.session.streams() === 0) carrier.session.close();
    active?.maintain(deps.circuits);
    spare?.maintain(1);
    for (const carrier of retiring) carrier.maintain(RETIRING_CIRCUITS);
    if (now < notBeforeMs) return;
    const rivals = [...building].every(({ sinceMs }) => now - sinceMs > RIVAL_AFTER_MS) ? 2 : 1;
    const wanted = active === undefined ? rivals : deps.withSpare && spare === undefined ? 1 : 0;
    if (building.size < wanted) void build();
  }

  function retire(carrier: Carrier): void {
    if (active === carrier) active = undefined;
    if (spare === carrier) spare = undefined;
    retiring.add(carrier);
  }

  function activate(carrier: Carrier): void {
    if (spare === carrier) spare = undefined;
    active = carrier;
    const circuit = carrier.lead();
    if (circuit !== undefined) deps.onActive(circuit);
    for (const wake of waiters) wake();
  }

  async function build(): Promise<void> {
    const attempt = { sinceMs: performance.now() };
    building.add(attempt);
    const busy = new Set(all().flatMap((carrier) => [carrier.exit, ...carrier.circuits().flatMap(({ path }) => path.map(({ nodeId }) => nodeId))]));
    let carrier: Carrier | undefined;
    try {
      const urgent = active === undefined && (failures > 0 || building.size > 1);
      const first = await deps.build({ busy, exits: deps.exits, urgent }, stop.signal);
      carrier = createCarrier({ ...deps, onChange: () => setImmediate(maintain), signal: stop.signal }, first, deps.duplicate);
      await carrier.session.ping(AbortSignal.any([stop.signal, AbortSignal.timeout(ANSWER_DEADLINE_MS)]));
      retryMs = FIRST_RETRY_MS;
      notBeforeMs = 0;
      failures = 0;
      take(carrier);
    } catch (error) {
      carrier?.session.close();
      failures++;
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

  function take(carrier: Carrier): void {
    void carrier.session.closed.then(() => onClosed(carrier));
    if (stop.signal.aborted) carrier.session.close();
    else if (active === undefined) activate(carrier);
    else if (deps.withSpare && spare === undefined) spare = carrier;
    else carrier.session.close();
  }

  function onClosed(carrier: Carrier): void {
    const wasKept = active === carrier || spare === carrier;
    if (active === carrier) active = undefined;
    if (spare === carrier) spare = undefined;
    retiring.delete(carrier);
    if (wasKept && !stop.signal.aborted) kick();
  }

  function kick(): void {
    retryMs = FIRST_RETRY_MS;
    notBeforeMs = 0;
    for (const carrier of all()) carrier.kick();
    maintain();
  }

  const timer = setInterval(maintain, 250);
  maintain();
  return {
    async carrier(signal) {
      usedAtMs = performance.now();
      for (;;) {
        maintain();
        if (active !== undefined) {
          if (!firstUsedMs.has(active)) firstUsedMs.set(active, usedAtMs);
          return active;
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
      active: active?.circuits().length ?? 0,
      spare: spare?.circuits().length ?? 0,
      retiring: [...retiring].reduce((sum, carrier) => sum + carrier.circuits().length, 0),
      streams: all().reduce((sum, { session }) => sum + session.streams(), 0),
    }),
    kick,
    guardLost(nodeId) {
      for (const carrier of all()) carrier.drop(({ path }) => path[0]?.nodeId === nodeId);
    },
    guardUnusable(nodeId) {
      for (const carrier of all()) carrier.leave(({ path }) => path[0]?.nodeId === nodeId);
    },
    nodeLeaving(nodeId) {
      for (const carrier of [active, spare]) if (carrier?.exit === nodeId) retire(carrier);
      for (const carrier of all()) if (carrier.exit !== nodeId) carrier.leave(({ path }) => path.some((node) => node.nodeId === nodeId));
      maintain();
    },
    idleMs: () => performance.now() - usedAtMs,
    close() {
      stop.abort(new X0tError("X0T_STOPPING", "The client is stopping."));
      clearInterval(timer);
      for (const carrier of all()) carrier.session.close();
      for (const wake of waiters) wake();
    },
  };
}
