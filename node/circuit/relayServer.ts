import net, { type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { createAdmission } from "./admission.ts";
import { createCircuitMetrics } from "./circuitMetrics.ts";
import { serveCircuitTunnel, type Opener } from "./circuitTunnel.ts";
import { createCrowd } from "./crowd.ts";
import { networkOf, plainAddress } from "./ipBytes.ts";
import { bytesOf, createOpenTunnels, type OpenTunnel } from "./openTunnels.ts";
import type { RelayLimits, RelayServerDeps } from "./relayDeps.ts";
import { acceptTunnel, ACCOUNT_ALPN, CIRCUIT_ALPN, type AcceptedTunnel } from "./tunnel.ts";

const DEFAULT_LIMITS: RelayLimits = {
  tunnels: 2_000,
  pending: 1_024,
  tunnelsPerAccount: 96,
  tunnelsPerPeer: 1_000,
  streamsPerPeer: 8_192,
  records: 2 ** 23,
  bytes: 64e9,
  bytesPerSecond: undefined,
  bytesPerSecondPerPeer: undefined,
  idleMs: 300_000,
  stalledMs: 60_000,
  bufferBytes: 256 << 20,
  handshakeShare: undefined,
  lookMs: 2_000,
};
/** Tunnels of strangers that have not said yet who pays: the oldest makes room. */
const MAX_UNBOUND = 256;
const MAX_UNBOUND_PER_NETWORK = 32;
/** NET-23: pipes close staggered over this time. */
const DRAIN_MS = 10_000;

export interface RelayServer {
  /** Listens, where it can be reached. @returns the port or 0. @throws X0T_PORT_TAKEN */
  start(): Promise<number>;
  /** Serves a connection that this node dialled on DIALBACK (NET-20); settles when its handshake is over. */
  serve(raw: Socket, opener: { peer: NodeId; depth: number }): Promise<void>;
  /** Stops listening, lets sessions move and pipes close within 10 s; aborting ends it at once (NET-23). */
  drain(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
  stats(): { circuits: number; streams: number; tunnels: number; relayedBytes: number };
}

/** Listens on the relay port: preface (NET-6), TLS (NET-4), then by ALPN an account tunnel or a circuit. */
export function createRelayServer(deps: RelayServerDeps): RelayServer {
  const { log } = deps;
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const tunnels = createOpenTunnels(limits, (reason) => metrics.ended.inc({ reason }));
  const unbound = createCrowd<OpenTunnel>(MAX_UNBOUND, MAX_UNBOUND_PER_NETWORK);
  const stop = new AbortController();
  let draining = false;
  let closedBytes = 0;

  const countKind = (kind: "pipe" | "session") => [...tunnels].filter((each) => each.circuit?.kind() === kind).length;
  const relayedBytes = () => [...tunnels].reduce((sum, each) => (each.circuit === undefined ? sum : sum + bytesOf(each)), closedBytes);
  const metrics = createCircuitMetrics(deps.registry, {
    tunnels: () => tunnels.size,
    pipes: () => countKind("pipe"),
    sessions: () => countKind("session"),
    bytes: relayedBytes,
    waiting: (kind) => admission.waiting(kind),
    workBits: () => deps.admission.work.bits,
  });
  const { pending, handshakeShare } = limits;
  const admission = createAdmission({ admission: deps.admission, dialbacks: deps.dialbacks, metrics, pending, handshakeShare });

  const onConnection = (raw: Socket) => {
    raw.on("error", () => undefined);
    if (draining || tunnels.size >= limits.tunnels) {
      metrics.connections.inc({ kind: "none", outcome: "limited" });
      raw.resetAndDestroy();
      return;
    }
    admission.admit(raw, (opener, remoteAddress) => handshake(raw, opener, remoteAddress)).catch((error: unknown) => {
      log.error({ err: error }, "a connection to the relay port broke its handler");
      raw.destroy();
    });
  };

  const handshake = async (raw: Socket, opener: Opener, remoteAddress: string): Promise<boolean> => {
    const alpns = "peer" in opener ? [CIRCUIT_ALPN] : [CIRCUIT_ALPN, ACCOUNT_ALPN];
    const accepted = await acceptTunnel({ socket: raw, identity: deps.identity, alpns, signal: stop.signal }).catch(() => undefined);
    if (accepted === undefined || accepted.tls.destroyed) return accepted !== undefined;
    serve(raw, accepted, opener, remoteAddress);
    return true;
  };

  const serve = (raw: Socket, { tls, alpn }: AcceptedTunnel, opener: Opener, remoteAddress: string): void => {
    const tunnel: OpenTunnel = { raw, tls, circuit: undefined, owner: undefined, openedAtMs: Date.now() };
    tunnels.add(tunnel);
    const forget = () => {
      unbound.delete(tunnel);
      if (tunnels.delete(tunnel) && tunnel.circuit !== undefined) closedBytes += bytesOf(tunnel);
    };
    tls.once("close", forget);
    if (alpn === ACCOUNT_ALPN) return deps.acceptAccountTunnel(tls, remoteAddress);
    if ("account" in opener && opener.account === undefined) unbound.add(tunnel, networkOf(remoteAddress))?.tls.destroy();
    const admit = (owner: string): boolean => {
      unbound.delete(tunnel);
      return tunnels.claim(tunnel, owner) < ("peer" in opener ? limits.tunnelsPerPeer : limits.tunnelsPerAccount);
    };
    const mayServe = () => streamsOf(tunnels.ofOwner(tunnel.owner ?? "")) < limits.streamsPerPeer;
    tunnel.circuit = serveCircuitTunnel({ tls, raw, opener, deps, metrics, draining: () => draining, admit, mayServe, onClosed: forget });
  };

  const server = net.createServer({ noDelay: true }, onConnection);
  const close = async (): Promise<void> => {
    draining = true;
    tunnels.close();
    stop.abort();
    const closed = server.listening ? once(server, "close") : undefined;
    server.close();
    for (const { tls } of tunnels) tls.destroy();
    deps.exit?.close();
    admission.close();
    await closed;
  };

  return {
    async start() {
      tunnels.watch();
      if (deps.listen === undefined) return 0;
      server.listen(deps.listen.port, deps.listen.host);
      try {
        await once(server, "listening");
      } catch (cause) {
        throw new X0tError("X0T_PORT_TAKEN", `Cannot listen on ${deps.listen.host}:${deps.listen.port}: ${(cause as Error).message}. Choose another relayPort in config.json.`, { cause });
      }
      server.on("error", (error) => log.warn({ err: error }, "relay port"));
      return (server.address() as AddressInfo).port;
    },
    async serve(raw, opener) {
      raw.on("error", () => undefined);
      if (draining || tunnels.size >= limits.tunnels) {
        metrics.connections.inc({ kind: "dialback", outcome: "limited" });
        raw.resetAndDestroy();
        return;
      }
      await admission.receive(raw, opener.peer, () => handshake(raw, opener, plainAddress(raw.remoteAddress)));
    },
    async drain(signal) {
      draining = true;
      server.close();
      await drainTunnels([...tunnels], signal);
    },
    close,
    stats: () => ({
      circuits: countKind("pipe") + countKind("session"),
      streams: streamsOf(tunnels),
      tunnels: tunnels.size,
      relayedBytes: relayedBytes(),
    }),
  };
}

function streamsOf(tunnels: Iterable<OpenTunnel>): number {
  return [...tunnels].reduce((sum, each) => sum + (each.circuit?.streams() ?? 0), 0);
}

/** Pipes at random times, not before the news has reached the clients; sessions once they have no streams, all within DRAIN_MS; account tunnels stay, to pay to the last. */
async function drainTunnels(tunnels: OpenTunnel[], signal: AbortSignal): Promise<void> {
  const circuits = tunnels.filter((each) => each.circuit !== undefined && !each.tls.destroyed);
  const deadline = performance.now() + DRAIN_MS;
  const gone = circuits.map(async ({ tls, circuit }) => {
    // Not events.once: it rejects on the error that a reset brings first.
    const closed = new Promise<void>((resolve) => (tls.destroyed ? resolve() : tls.once("close", () => resolve())));
    const kind = circuit?.kind();
    const closeAt = kind === "pipe" ? performance.now() + (0.2 + 0.7 * Math.random()) * DRAIN_MS : deadline;
    circuit?.goAway(DRAIN_MS);
    const timer = setInterval(() => {
      const idle = circuit?.idle() === true;
      if (idle || signal.aborted || performance.now() >= closeAt) circuit?.close(true);
      if (signal.aborted || performance.now() > deadline + 1_000) tls.destroy();
    }, 50);
    await closed;
    clearInterval(timer);
  });
  await Promise.all(gone);
}
