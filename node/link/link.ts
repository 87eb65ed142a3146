import { generateKeyPair } from "@libp2p/crypto/keys";
import type { Connection, Stream } from "@libp2p/interface";
import type { Registry } from "prom-client";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Identity } from "../identity/identity.ts";
import { BEACON_INTERVAL_MS, createBeacons, medianClockOffsetMs } from "./beacons.ts";
import { createDialer, DIALER_TICK_MS, type DialTarget } from "./dialer.ts";
import { createBinding } from "./libp2pKey.ts";
import { createLinkMetrics } from "./linkMetrics.ts";
import { createLinkHost, listeningPort } from "./linkHost.ts";
import type { Message } from "./message.ts";
import { createPeerSession, type LinkHandler, type LinkPeer, type PeerSession } from "./peer.ts";
import { LINK_PROTOCOLS, protocolId, type LinkProtocol } from "./protocols.ts";

/** The control links of a node (NET-17): one connection a pair of registered, active nodes. */
export interface Link {
  peers(): readonly LinkPeer[];
  peer(nodeId: NodeId): LinkPeer | undefined;
  /** One handler a protocol. What it throws ends the link to that peer. */
  on(protocol: Exclude<LinkProtocol, "beacon">, handler: LinkHandler): void;
  /** @returns how to stop. */
  onPeer(callback: (peer: LinkPeer) => void): () => void;
  onPeerLost(callback: (peer: LinkPeer) => void): () => void;
  /** Median of the peers' clocks less ours, milliseconds; undefined with fewer than 3 (NET-21). */
  clockOffsetMs(): number | undefined;
  /** The control port that it listens on; 0 if on none. */
  port(): number;
  /** @throws X0T_PORT_TAKEN */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface LinkDeps {
  identity: Identity;
  /** Undefined behind NAT: it listens on nothing and dials all its peers itself (NET-20). */
  listen: { host: string; port: number } | undefined;
  dialFrom: string;
  /** Registered and active, by the registry. */
  authorised: (nodeId: NodeId) => boolean;
  /** Every node to be connected to. */
  targets: () => readonly DialTarget[];
  /** What our beacons say; load 0 to 9. */
  state: () => { load: number; draining: boolean };
  /** Unix milliseconds of the protocol clock. */
  nowMs: () => number;
  log: Logger;
  registry: Registry;
}

/** Both sides must have opened and proved everything by then. */
const SETUP_DEADLINE_MS = 5_000;
/** An older connection that missed so many milliseconds of beacons gives way to a new one. */
const STALE_MS = 3 * BEACON_INTERVAL_MS;

export async function createLink(deps: LinkDeps): Promise<Link> {
  const { identity, log } = deps;
  const metrics = createLinkMetrics(deps.registry, () => sessions.size);
  const sessions = new Map<NodeId, PeerSession>();
  const handlers = new Map<LinkProtocol, LinkHandler>();
  const onPeer = new Set<(peer: LinkPeer) => void>();
  const onLost = new Set<(peer: LinkPeer) => void>();
  /** Inbound connections whose streams are not all there yet. */
  const opening = new Map<string, { streams: Map<LinkProtocol, Stream>; timer: NodeJS.Timeout }>();
  const timers: NodeJS.Timeout[] = [];
  let closing = false;

  const beacons = createBeacons({
    self: identity.nodeId,
    sessions: () => [...sessions.values()],
    state: deps.state,
    keepAll: deps.listen === undefined,
    nowMs: deps.nowMs,
    onRtt: (rttMs) => metrics.rtt.observe(rttMs / 1000),
  });

  const onMessage = (session: PeerSession, protocol: LinkProtocol, message: Message) => {
    if (protocol === "beacon") beacons.receive(session, message);
    else handlers.get(protocol)?.(session, message);
  };

  const admit = (connection: Connection, streams: ReadonlyMap<LinkProtocol, Stream>): PeerSession | undefined => {
    const nodeId = host.nodeIdOf(connection);
    if (closing || nodeId === undefined || !deps.authorised(nodeId)) {
      connection.abort(new Error("not authorised"));
      return undefined;
    }
    const session = createPeerSession({
      nodeId,
      connection,
      remoteAddress: connection.remoteAddr.getComponents()[0]?.value ?? "",
      streams,
      onMessage,
      onSent: (protocol) => metrics.sent.inc({ protocol }),
      onReceived: (protocol) => metrics.received.inc({ protocol }),
      onClosed: lose,
    });
    const old = sessions.get(nodeId);
    if (old !== undefined && !givesWay(old, session)) {
      session.close("the pair has a connection already");
      return old;
    }
    sessions.set(nodeId, session);
    old?.close("replaced by a newer connection");
    if (old !== undefined) announce(onLost, old);
    dialer.onFound(nodeId);
    log.debug({ peer: nodeId, outbound: session.outbound }, "peer connected");
    announce(onPeer, session);
    return session;
  };

  const lose = (session: PeerSession, reason: string) => {
    if (sessions.get(session.nodeId) !== session) return;
    sessions.delete(session.nodeId);
    metrics.lost.inc();
    if (!closing) log.info({ peer: session.nodeId, reason }, "peer lost");
    announce(onLost, session);
    dialer.onLost(session.nodeId);
  };

  const announce = (callbacks: ReadonlySet<(peer: LinkPeer) => void>, peer: LinkPeer) => {
    for (const callback of [...callbacks]) {
      try {
        callback(peer);
      } catch (error) {
        log.error({ err: error, peer: peer.nodeId }, "a part of this node failed when a peer came or went");
      }
    }
  };

  /** Both ends come to the same choice: the lower NodeId's connection stays, of one dialer's the newer. */
  const givesWay = (old: PeerSession, fresh: PeerSession): boolean => {
    if (old.outbound === fresh.outbound || performance.now() - old.lastHeardMs > STALE_MS) return true;
    return fresh.outbound === identity.nodeId < fresh.nodeId;
  };

  const onStream = (protocol: LinkProtocol, stream: Stream, connection: Connection) => {
    const { id } = connection;
    const entry = opening.get(id) ?? {
      streams: new Map<LinkProtocol, Stream>(),
      timer: setTimeout(() => {
        opening.delete(id);
        connection.abort(new Error("it did not open its streams"));
      }, SETUP_DEADLINE_MS),
    };
    opening.set(id, entry);
    if (entry.streams.has(protocol)) return connection.abort(new Error("a stream was opened twice"));
    entry.streams.set(protocol, stream);
    if (entry.streams.size < LINK_PROTOCOLS.length) return;
    clearTimeout(entry.timer);
    opening.delete(id);
    admit(connection, entry.streams);
  };

  const dial = async (target: DialTarget) => {
    const signal = AbortSignal.timeout(SETUP_DEADLINE_MS);
    try {
      const connection = await host.dial(target, signal);
      try {
        const streams = await Promise.all(LINK_PROTOCOLS.map((protocol) => connection.newStream(protocolId(protocol), { signal })));
        const session = admit(connection, new Map(LINK_PROTOCOLS.map((protocol, index) => [protocol, streams[index] as Stream])));
        if (session === undefined) throw new X0tError("X0T_LINK_CLOSED", "The link was refused.", { retryable: true });
      } catch (error) {
        connection.abort(error as Error);
        throw error;
      }
      metrics.dials.inc({ result: "ok" });
    } catch (error) {
      metrics.dials.inc({ result: "failed" });
      log.debug({ peer: target.nodeId, err: error }, "dial failed");
      throw error;
    }
  };

  const dialer = createDialer({
    self: identity.nodeId,
    reachable: deps.listen !== undefined,
    targets: deps.targets,
    connected: (id) => sessions.has(id),
    dial,
  });
  const libp2pKey = await generateKeyPair("Ed25519");
  const host = await createLinkHost({
    identity,
    libp2pKey,
    binding: await createBinding(identity, libp2pKey),
    listen: deps.listen,
    dialFrom: deps.dialFrom,
    authorised: (nodeId) => !closing && nodeId !== identity.nodeId && deps.authorised(nodeId),
    onRefused: (reason) => metrics.refused.inc({ reason }),
    onStream,
  });

  const dropUnauthorised = () => {
    for (const session of [...sessions.values()]) {
      if (!deps.authorised(session.nodeId)) session.close("it is not registered and active any more");
    }
  };

  return {
    peers: () => [...sessions.values()],
    peer: (nodeId) => sessions.get(nodeId),
    on: (protocol, handler) => void handlers.set(protocol, handler),
    onPeer: (callback) => subscribe(onPeer, callback),
    onPeerLost: (callback) => subscribe(onLost, callback),
    clockOffsetMs: () => medianClockOffsetMs([...sessions.values()]),
    port: () => listeningPort(host.node),
    async start() {
      await host.start();
      timers.push(
        setInterval(() => {
          dropUnauthorised();
          beacons.tick();
        }, BEACON_INTERVAL_MS),
        setInterval(dialer.tick, DIALER_TICK_MS),
      );
    },
    async close() {
      closing = true;
      for (const timer of timers) clearInterval(timer);
      for (const { timer } of opening.values()) clearTimeout(timer);
      for (const session of [...sessions.values()]) session.close("this node is stopping");
      await host.node.stop();
    },
  };
}

function subscribe<T>(callbacks: Set<T>, callback: T): () => void {
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}
