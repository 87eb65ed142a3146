import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { ATYP, REPLIES, type Target } from "../circuit/frames.ts";
import type { DirectoryNode } from "../directory/directory.ts";
import { exitAccepts, exitAcceptsWeb } from "../session/exitAccepts.ts";
import { DUPLICATE_SUFFIX } from "../socks5/request.ts";
import type { Carrier, ExitChoice } from "./carrier.ts";
import { createRoute, type Route, type RouteCounts, type RouteDeps } from "./route.ts";

/** Routes beside the main one: isolation keys, and targets that the exits of those refuse. */
const MOST_ROUTES = 32;
/** NET-9; a client has at most 96 circuits (NET-7). */
const MAIN_CIRCUITS = 3;
const OTHER_CIRCUITS = 2;
/** Between a key and what its exit refuses, in the names of routes. */
const NEED = "\n";
const IDLE_MS = 600_000;
const SWEEP_MS = 30_000;

export interface Destination {
  target: Target;
  /** Exits that refused it. */
  not: ReadonlySet<NodeId>;
}

/**
 * One route an isolation key (NET-10): streams of different credentials never share a session. A key gets further ones for
 * targets that its exit's policy refuses (NET-15).
 */
export interface Routes {
  /**
   * What carries a new stream of `key` to `destination`, if one is given.
   * @throws X0T_NO_CIRCUIT, X0T_TOO_MANY_IDENTITIES (retryable), X0T_NO_EXIT if no exit's policy accepts it
   */
  carrier(key: string, destination: Destination | undefined, signal: AbortSignal): Promise<Carrier>;
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

export function createRoutes(
  deps: Omit<RouteDeps, "withSpare" | "circuits" | "duplicate" | "exits"> & { nodes(): readonly DirectoryNode[] },
): Routes {
  /** Most streams go to the web: an exit for it saves further routes. */
  const exits: ExitChoice = { prefers: ({ document }) => document !== undefined && exitAcceptsWeb(document) };
  const main = createRoute({ ...deps, circuits: MAIN_CIRCUITS, withSpare: true, duplicate: false, exits });
  /** By key, and by key and need. */
  const others = new Map<string, Route>();

  const each = function* (): Generator<Route> {
    yield main;
    yield* others.values();
  };

  function routeOf(key: string, name: string, exitChoice: ExitChoice): Route {
    if (name === "") return main;
    let route = others.get(name);
    if (route === undefined) {
      if (others.size >= MOST_ROUTES) sweep(0);
      if (others.size >= MOST_ROUTES) {
        throw new X0tError("X0T_TOO_MANY_IDENTITIES", `At most ${MOST_ROUTES} SOCKS credentials and targets with exits of their own are in use at once.`, { retryable: true });
      }
      route = createRoute({ ...deps, circuits: OTHER_CIRCUITS, withSpare: false, duplicate: key.endsWith(DUPLICATE_SUFFIX), exits: exitChoice });
      others.set(name, route);
    }
    return route;
  }

  /** Another route of the key's, whose exit accepts what the usual one's does not. */
  function detour(key: string, { target, not }: Destination): Route {
    const prefix = `${key}${NEED}`;
    for (const [name, route] of others) {
      const carrier = route.active();
      if (name.startsWith(prefix) && carrier !== undefined && suits(carrier, { target, not })) return route;
    }
    const allows = ({ nodeId, active, document }: DirectoryNode) => active && !not.has(nodeId) && document !== undefined && exitAccepts(document, target);
    if (!deps.nodes().some(allows)) {
      throw new X0tError("X0T_NO_EXIT", "No exit's policy accepts this destination.", { data: { reply: REPLIES.notAllowed } });
    }
    const need = `${target.atyp === ATYP.name ? "" : target.host}:${target.port} ${[...not].join(" ")}`;
    return routeOf(key, prefix + need, { allows });
  }

  function sweep(idleMs: number): void {
    for (const [key, route] of others) {
      // One that finds no way is not worth to be kept trying.
      const keptMs = route.active() === undefined ? Math.min(idleMs, SWEEP_MS) : idleMs;
      if (route.counts().streams > 0 || route.idleMs() < keptMs) continue;
      route.close();
      others.delete(key);
    }
  }

  const timer = setInterval(() => sweep(IDLE_MS), SWEEP_MS);
  return {
    async carrier(key, destination, signal) {
      const usual = await routeOf(key, key, exits).carrier(signal);
      return destination === undefined || suits(usual, destination) ? usual : detour(key, destination).carrier(signal);
    },
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

function suits({ exit, document }: Carrier, { target, not }: Destination): boolean {
  return !not.has(exit) && (document === undefined || exitAccepts(document, target));
}
