import dgram, { type Socket } from "node:dgram";
import net from "node:net";
import { ATYP, MAX_DATAGRAM_BYTES, REPLIES, RESET_CODES, type Frame, type Target } from "../circuit/frames.ts";
import { createAllowedAddresses, type AddressRules } from "./allowedAddresses.ts";
import { createRecentIds, MAX_ASSOCIATIONS } from "./association.ts";
import { createNameCache } from "./nameCache.ts";
import type { ExitMetrics } from "./exitMetrics.ts";
import { canonicalAddress } from "./exitPolicy.ts";

const IDLE_MS = 60_000;
/** Of all sessions together: each holds up to two sockets. */
const MAX_PROCESS_ASSOCIATIONS = 1_024;
/** Addresses that may answer; the one sent to longest ago gives way. */
const MAX_PEERS = 256;
/** Datagrams that wait for their name's address. */
const MAX_WAITING = 32;
const MAX_SEND_QUEUE_BYTES = 1 << 20;
const RECENT_IDS = 64;

/** The exit's datagrams of one session (NET-14). */
export interface ExitDatagrams {
  /** A DGRAM frame; the first of an id opens the association. `payload` is copied. */
  onDatagram(stream: number, target: Target, payload: Buffer): void;
  /** The client's RESET. */
  end(stream: number): void;
  has(stream: number): boolean;
  /** Associations open. */
  count(): number;
  /** The session is over: nothing more is sent. */
  close(): void;
}

export interface DatagramExitDeps extends AddressRules {
  dialFrom: string | undefined;
  metrics: ExitMetrics;
  limits?: Partial<{ idleMs: number; processAssociations: number }>;
}

/** The part of all sessions. */
export interface DatagramExit {
  /** @param send takes DGRAM and RESET; false: no path can take it, the datagram is lost */
  serve(send: (frame: DatagramFrame) => boolean): ExitDatagrams;
}

export type DatagramFrame = Extract<Frame, { type: "DGRAM" | "RESET" }>;

export function createDatagramExit(deps: DatagramExitDeps): DatagramExit {
  const most = deps.limits?.processAssociations ?? MAX_PROCESS_ASSOCIATIONS;
  let held = 0;
  const take = (): boolean => {
    if (held >= most) return false;
    held++;
    deps.metrics.associations.set(held);
    return true;
  };
  const give = () => {
    held--;
    deps.metrics.associations.set(held);
  };
  return { serve: (send) => serveDatagrams(deps, send, take, give) };
}

function serveDatagrams(deps: DatagramExitDeps, send: (frame: DatagramFrame) => boolean, take: () => boolean, give: () => void): ExitDatagrams {
  /** Least recently used first. */
  const associations = new Map<number, Association>();
  const ended = createRecentIds(RECENT_IDS);
  let closed = false;

  const end = (id: number, code: number | undefined): void => {
    const association = associations.get(id);
    if (association === undefined) return;
    associations.delete(id);
    ended.add(id);
    association.close();
    give();
    if (code !== undefined && !closed) send({ type: "RESET", stream: id, code });
  };
  const open = (id: number): Association | undefined => {
    const [oldest] = associations.keys();
    if (associations.size >= MAX_ASSOCIATIONS && oldest !== undefined) end(oldest, RESET_CODES.limit);
    if (!take()) {
      ended.add(id);
      send({ type: "RESET", stream: id, code: RESET_CODES.limit });
      return undefined;
    }
    return createAssociation(deps, {
      onDatagram: (target, payload) => send({ type: "DGRAM", stream: id, target, payload }),
      onOver: (code) => end(id, code),
    });
  };
  return {
    onDatagram(stream, target, payload) {
      if (closed || ended.has(stream)) return void deps.metrics.datagrams.inc({ outcome: "dropped" });
      const association = associations.get(stream) ?? open(stream);
      if (association === undefined) return void deps.metrics.datagrams.inc({ outcome: "dropped" });
      associations.delete(stream);
      associations.set(stream, association);
      association.send(target, payload);
    },
    end: (stream) => end(stream, undefined),
    has: (stream) => associations.has(stream),
    count: () => associations.size,
    close() {
      closed = true;
      for (const id of [...associations.keys()]) end(id, undefined);
    },
  };
}

interface Association {
  send(target: Target, payload: Buffer): void;
  close(): void;
}

/** One port of the exit's per family, open to those it was sent from. */
function createAssociation(
  deps: DatagramExitDeps,
  on: { onDatagram(source: Target, payload: Buffer): boolean; onOver(code: number): void },
): Association {
  const { metrics } = deps;
  const over = new AbortController();
  const sockets = new Map<number, Socket>();
  const peers = new Set<string>();
  const allowed = createAllowedAddresses({ ...deps, resolve: createNameCache(deps.resolve) });
  let waiting = 0;
  const idle = setTimeout(() => on.onOver(RESET_CODES.timeout), deps.limits?.idleMs ?? IDLE_MS);

  const socketOf = (family: 4 | 6): Socket => {
    let socket = sockets.get(family);
    if (socket !== undefined) return socket;
    // Only literals come here: what is sent to must be what the policy saw.
    socket = dgram.createSocket({ type: family === 4 ? "udp4" : "udp6", ipv6Only: family === 6, lookup: (address, _options, done) => done(null, address, family) });
    sockets.set(family, socket);
    socket.on("error", () => on.onOver(RESET_CODES.internal)).on("message", receive);
    const { dialFrom } = deps;
    socket.bind({ port: 0, exclusive: true, ...(dialFrom !== undefined && net.isIP(dialFrom) === family && { address: dialFrom }) });
    return socket;
  };
  const receive = (payload: Buffer, { address, port }: dgram.RemoteInfo): void => {
    const host = canonicalAddress(address);
    if (host === undefined || !peers.has(host)) return void metrics.datagrams.inc({ outcome: "stray" });
    idle.refresh();
    const source = { atyp: net.isIPv4(host) ? ATYP.ipv4 : ATYP.ipv6, host, port };
    const passed = payload.length <= MAX_DATAGRAM_BYTES && on.onDatagram(source, payload);
    metrics.datagrams.inc({ outcome: passed ? "received" : "dropped" });
  };
  const remember = (address: string): void => {
    const host = canonicalAddress(address) ?? address;
    peers.delete(host);
    peers.add(host);
    const [oldest] = peers;
    if (peers.size > MAX_PEERS && oldest !== undefined) peers.delete(oldest);
  };
  const deliver = async (target: Target, payload: Buffer): Promise<string> => {
    const addresses = await allowed(target, over.signal);
    if (over.signal.aborted) return "dropped";
    if (typeof addresses === "number") return addresses === REPLIES.hostUnreachable ? "unresolved" : "refused";
    const address = addresses[0] as string;
    const socket = socketOf(net.isIPv4(address) ? 4 : 6);
    if (socket.getSendQueueSize() > MAX_SEND_QUEUE_BYTES) return "dropped";
    remember(address);
    const failed = await new Promise<Error | null>((resolve) => socket.send(payload, target.port, address, resolve));
    return failed === null ? "sent" : "dropped";
  };
  return {
    send(target, payload) {
      idle.refresh();
      if (waiting >= MAX_WAITING || payload.length > MAX_DATAGRAM_BYTES) return void metrics.datagrams.inc({ outcome: "dropped" });
      waiting++;
      // The bytes are the tunnel's buffer, which is filled again before they leave.
      deliver(target, Buffer.from(payload))
        .catch(() => "dropped")
        .then((outcome) => {
          waiting--;
          metrics.datagrams.inc({ outcome });
        });
    },
    close() {
      clearTimeout(idle);
      over.abort();
      for (const socket of sockets.values()) {
        socket.removeAllListeners("message");
        socket.close();
      }
    },
  };
}
