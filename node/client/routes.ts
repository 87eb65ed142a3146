import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { ClientSession } from "../session/clientSession.ts";
import { DUPLICATE_SUFFIX } from "../socks5/request.ts";
import type { Carrier } from "./carrier.ts";
import { createRoute, type Route, type RouteCounts, type RouteDeps } from "./route.ts";

/** Isolation keys that have circuits at once. */
const MOST_KEYS = 32;
/** NET-9; a client has at most 96 circuits (NET-7). */
const MAIN_CIRCUITS = 3;
const OTHER_CIRCUITS = 2;
const IDLE_MS = 600_000;
const SWEEP_MS = 30_000;

/** One route an isolation key (NET-10): streams of different credentials never share a session. */
export interface Routes {
  session(key: string, signal: AbortSignal): Promise<ClientSession>;
  /** What carries new streams without credentials. */
  active(): Carrier | undefined;
  /** Why that circuit is missing, for people. */
  reason(): string | undefined;
  counts(): RouteCounts;
  kick(): void;
  guardLost(nodeId: NodeId): void;
  guardUnusable(nodeId: NodeId): void;
  nodeLeaving(nodeId: NodeId): void;
  close(): void;
}

export function createRoutes(deps: Omit<RouteDeps, "withSpare" | "circuits" | "duplicate">): Routes {
  const main = createRoute({ ...deps, circuits: MAIN_CIRCUITS, withSpare: true, duplicate: false });
  const others = new Map<string, Route>();

  const each = function* (): Generator<Route> {
    yield main;
    yield* others.values();
  };

  function routeOf(key: string): Route {
    if (key === "") return main;
    let route = others.get(key);
    if (route === undefined) {
      if (others.size >= MOST_KEYS) sweep(0);
      if (others.size >= MOST_KEYS) {
        throw new X0tError("X0T_TOO_MANY_IDENTITIES", `At most ${MOST_KEYS} SOCKS credentials are in use at once.`, { retryable: true });
      }
      route = createRoute({ ...deps, circuits: OTHER_CIRCUITS, withSpare: false, duplicate: key.endsWith(DUPLICATE_SUFFIX) });
      others.set(key, route);
    }
    return route;
  }

  function sweep(idleMs: number): void {
    for (const [key, route] of others) {
      if (route.counts().streams > 0 || route.idleMs() < idleMs) continue;
      route.close();
      others.delete(key);
    }
  }

  const timer = setInterval(() => sweep(IDLE_MS), SWEEP_MS);
  return {
    session: async (key, signal) => routeOf(key).session(signal),
    active: () => main.active(),
    reason: () => main.reason(),
    counts() {
      const sum = { active: 0, spare: 0, retiring: 0, streams: 0 };
      for (const route of each()) {
        const { active, spare, retiring, streams } = route.counts();
        sum.active += active;
        sum.spare += spare;
        sum.retiring += retiring;
        sum.streams += streams;
      }
      return sum;
    },
    kick() {
      for (const route of each()) route.kick();
    },
    guardLost(nodeId) {
      for (const route of each()) route.guardLost(nodeId);
    },
    guardUnusable(nodeId) {
      for (const route of each()) route.guardUnusable(nodeId);
    },
    nodeLeaving(nodeId) {
      for (const route of each()) route.nodeLeaving(nodeId);
    },
    close() {
      clearInterval(timer);
      for (const route of each()) route.close();
    },
  };
}
