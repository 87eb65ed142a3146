import net, { type AddressInfo, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { once } from "node:events";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { createCircuitMetrics } from "./circuitMetrics.ts";
import { serveCircuitTunnel, type CircuitTunnel, type Opener } from "./circuitTunnel.ts";
import { plainAddress } from "./ipBytes.ts";
import { PREFACE_KINDS, type Preface } from "./preface.ts";
import { readPreface } from "./readPreface.ts";
import type { RelayLimits, RelayServerDeps } from "./relayDeps.ts";
import { createStrangerLimit } from "./strangers.ts";
import { acceptTunnel, ACCOUNT_ALPN, CIRCUIT_ALPN } from "./tunnel.ts";

const DEFAULT_LIMITS: RelayLimits = {
  tunnels: 2_000,
  pending: 256,
  perAccount: 96,
  perPeer: 1_000,
  records: 2 ** 23,
  bytes: 64e9,
  retireCheckMs: 10_000,
};
/** NET-7: Node has no KeyUpdate, so a tunnel's keys live as long as the tunnel. */
const MAX_TUNNEL_AGE_MS = 12 * 3_600_000;
/** NET-23: pipes close staggered over this time. */
const DRAIN_MS = 10_000;
const KIND_NAMES = new Map<number, string>(Object.entries(PREFACE_KINDS).map(([name, kind]) => [kind, name]));

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

interface OpenTunnel {
  raw: Socket;
  tls: TLSSocket;
  circuit: CircuitTunnel | undefined;
  /** Account or NodeId that pays for it, once it is known. */
  owner: string | undefined;
  openedAtMs: number;
}

/** Listens on the relay port: preface (NET-6), TLS (NET-4), then by ALPN an account tunnel or a circuit. */
export function createRelayServer(deps: RelayServerDeps): RelayServer {
  const { log } = deps;
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const strangers = createStrangerLimit();
  const tunnels = new Set<OpenTunnel>();
  const pending = new Set<Socket>();
  const stop = new AbortController();
  let draining = false;
  let closedBytes = 0;
  let retireTimer: NodeJS.Timeout | undefined;

  const bytesOf = ({ raw }: OpenTunnel) => raw.bytesRead + raw.bytesWritten;
  const countKind = (kind: "pipe" | "session") => [...tunnels].filter((each) => each.circuit?.kind() === kind).length;
  const relayedBytes = () => [...tunnels].reduce((sum, each) => (each.circuit === undefined ? sum : sum + bytesOf(each)), closedBytes);
  const metrics = createCircuitMetrics(deps.registry, {
    tunnels: () => tunnels.size,
    pipes: () => countKind("pipe"),
    sessions: () => countKind("session"),
    bytes: relayedBytes,
  });

  const onConnection = (raw: Socket) => {
    raw.on("error", () => undefined);
    if (draining || tunnels.size >= limits.tunnels) {
      metrics.connections.inc({ kind: "none", outcome: "limited" });
      raw.resetAndDestroy();
      return;
    }
    // Who means it is done within a few round trips: the oldest is the one that only holds the place.
    const [oldest] = pending;
    if (oldest !== undefined && pending.size >= limits.pending) {
      metrics.connections.inc({ kind: "none", outcome: "limited" });
      pending.delete(oldest);
      oldest.resetAndDestroy();
    }
    pending.add(raw);
    raw.once("close", () => pending.delete(raw));
    void admit(raw).catch((error: unknown) => {
      log.error({ err: error }, "a connection to the relay port broke its handler");
      raw.destroy();
    });
  };

  const admit = async (raw: Socket): Promise<void> => {
    const remoteAddress = plainAddress(raw.remoteAddress);
    const preface = await readPreface(raw);
    const known = typeof preface === "object" ? preface : undefined;
    const count = (outcome: string) => metrics.connections.inc({ kind: KIND_NAMES.get(known?.kind ?? 0) ?? "none", outcome });
    const refuse = (outcome: string) => {
      count(outcome);
      raw.resetAndDestroy();
    };
    if (known === undefined) return refuse(preface === "timeout" ? "timeout" : "refused");
    if (known.kind === PREFACE_KINDS.dialback) {
      // A next hop that this relay called: from here on it is that circuit's, like one that it dialled.
      if (deps.dialbacks?.arrive(known.value, remoteAddress, raw) !== true) return refuse("refused");
      pending.delete(raw);
      return void count("accepted");
    }
    const stranger = known.kind === PREFACE_KINDS.work;
    if (stranger && !strangers.enter(remoteAddress)) return refuse("limited");
    try {
      const opener = openerOf(known, remoteAddress);
      if (opener === undefined) return refuse("refused");
      await handshake(raw, opener, remoteAddress, count);
    } finally {
      if (stranger) strangers.leave(remoteAddress);
    }
  };

  const openerOf = (preface: Preface, remoteAddress: string): Opener | undefined => {
    const { tickets, tokens, work } = deps.admission;
    if (preface.kind === PREFACE_KINDS.ticket) return tickets.redeem(preface.value, remoteAddress);
    if (preface.kind === PREFACE_KINDS.work) return work.redeem(preface.minute, preface.value) ? { account: undefined } : undefined;
    const account = tokens.redeem(preface.value);
    return account === undefined ? undefined : { account: account.replace(/^0x/, "").toLowerCase() };
  };

  const handshake = async (raw: Socket, opener: Opener, remoteAddress: string, count: (outcome: string) => void): Promise<void> => {
    const alpns = "peer" in opener ? [CIRCUIT_ALPN] : [CIRCUIT_ALPN, ACCOUNT_ALPN];
    const accepted = await acceptTunnel({ socket: raw, identity: deps.identity, alpns, signal: stop.signal }).catch(() => undefined);
    count(accepted === undefined ? "handshake" : "accepted");
    pending.delete(raw);
    if (accepted === undefined || accepted.tls.destroyed) return;
    const { tls, alpn } = accepted;
    const tunnel: OpenTunnel = { raw, tls, circuit: undefined, owner: undefined, openedAtMs: Date.now() };
    tunnels.add(tunnel);
    const forget = () => {
      if (tunnels.delete(tunnel) && tunnel.circuit !== undefined) closedBytes += bytesOf(tunnel);
    };
    tls.once("close", forget);
    if (alpn === ACCOUNT_ALPN) return deps.acceptAccountTunnel(tls, remoteAddress);
    const admitOwner = (owner: string): boolean => {
      const held = [...tunnels].filter((each) => each.owner === owner).length;
      tunnel.owner = owner;
      return held < ("peer" in opener ? limits.perPeer : limits.perAccount);
    };
    tunnel.circuit = serveCircuitTunnel({ tls, raw, opener, deps, metrics, draining: () => draining, admit: admitOwner, onClosed: forget });
  };

  const retire = () => {
    const oldestMs = Date.now() - MAX_TUNNEL_AGE_MS;
    for (const tunnel of tunnels) {
      if (tunnel.openedAtMs < oldestMs || bytesOf(tunnel) > limits.bytes || (tunnel.circuit?.records() ?? 0) > limits.records) tunnel.tls.destroy();
    }
  };

  const server = net.createServer({ noDelay: true }, onConnection);
  const close = async (): Promise<void> => {
    draining = true;
    clearInterval(retireTimer);
    stop.abort();
    const closed = server.listening ? once(server, "close") : undefined;
    server.close();
    for (const { tls } of tunnels) tls.destroy();
    deps.exit?.close();
    for (const raw of pending) raw.destroy();
    await closed;
  };

  return {
    async start() {
      retireTimer = setInterval(retire, limits.retireCheckMs).unref();
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
      const count = (outcome: string) => metrics.connections.inc({ kind: "dialback", outcome });
      if (draining || tunnels.size >= limits.tunnels) {
        count("limited");
        raw.resetAndDestroy();
        return;
      }
      pending.add(raw);
      raw.once("close", () => pending.delete(raw));
      await handshake(raw, opener, plainAddress(raw.remoteAddress), count);
    },
    async drain(signal) {
      draining = true;
      server.close();
      await drainTunnels([...tunnels], signal);
    },
    close,
    stats: () => ({
      circuits: countKind("pipe") + countKind("session"),
      streams: [...tunnels].reduce((sum, each) => sum + (each.circuit?.streams() ?? 0), 0),
      tunnels: tunnels.size,
      relayedBytes: relayedBytes(),
    }),
  };
}

/** Pipes at random times, not before the news has reached the clients; sessions once they have no streams, all within DRAIN_MS; account tunnels stay, to pay to the last. */
async function drainTunnels(tunnels: OpenTunnel[], signal: AbortSignal): Promise<void> {
  const circuits = tunnels.filter((each) => each.circuit !== undefined && !each.tls.destroyed);
  const deadline = performance.now() + DRAIN_MS;
  const gone = circuits.map(async ({ tls, circuit }) => {
    const closed = tls.destroyed ? Promise.resolve([]) : once(tls, "close");
    const kind = circuit?.kind();
    const closeAt = kind === "pipe" ? performance.now() + (0.2 + 0.7 * Math.random()) * DRAIN_MS : deadline;
    circuit?.goAway(DRAIN_MS);
    const timer = setInterval(() => {
      const idle = kind !== "pipe" && circuit?.streams() === 0;
      if (idle || signal.aborted || performance.now() >= closeAt) circuit?.close(true);
      if (signal.aborted || performance.now() > deadline + 1_000) tls.destroy();
    }, 50);
    await closed;
    clearInterval(timer);
  });
  await Promise.all(gone);
}
