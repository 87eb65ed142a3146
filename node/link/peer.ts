import type { Connection, Stream, StreamMessageEvent } from "@libp2p/interface";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { createMessageDecoder, encodeMessage, type Message } from "./message.ts";
import { ANSWER_BIT, LINK_PROTOCOLS, MAX_LINK_PAYLOAD_BYTES, type LinkProtocol } from "./protocols.ts";

/** A registered node on the other end of a control link. */
export interface LinkPeer {
  readonly nodeId: NodeId;
  /** IP address of the connection. */
  readonly remoteAddress: string;
  /** Smoothed round trip of the beacons, milliseconds. */
  readonly rttMs: number | undefined;
  /** 0 idle to 9 full, by its last beacon. */
  readonly load: number | undefined;
  readonly draining: boolean;
  /** Its clock less ours, milliseconds, by its last beacon. */
  readonly clockOffsetMs: number | undefined;
  /** Fire and forget. False if the message could not be queued: the link is closing, or its queue is full. */
  send(protocol: LinkProtocol, type: number, payload: Uint8Array): boolean;
  /** The answer to a request. False as in `send`. */
  reply(protocol: LinkProtocol, request: Message, type: number, payload: Uint8Array): boolean;
  /** @throws X0T_LINK_CLOSED, X0T_LINK_BUSY (both retryable), X0T_LINK_TIMEOUT, or the signal's reason */
  request(
    protocol: LinkProtocol,
    type: number,
    payload: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ type: number; payload: Uint8Array }>;
}

export type LinkHandler = (peer: LinkPeer, message: Message) => void;

/** What the link itself sees of a peer. */
export interface PeerSession extends LinkPeer {
  readonly outbound: boolean;
  /** Monotonic milliseconds of the last message of any kind. */
  lastHeardMs: number;
  rttMs: number | undefined;
  load: number | undefined;
  draining: boolean;
  clockOffsetMs: number | undefined;
  /** Bytes queued and not yet taken by the connection. */
  queuedBytes(): number;
  close(reason: string): void;
}

/** A peer that reads slower than we write loses the link rather than our memory. */
const MAX_QUEUED_BYTES = 512 * 1024;
const MAX_PENDING_REQUESTS = 256;
const REQUEST_DEADLINE_MS = 15_000;
/** Messages a second that a peer may send, and its burst: an order above what the protocols need. */
const MAX_MESSAGES_PER_SECOND = 500;
const MESSAGE_BURST = 2_000;

interface Pending {
  protocol: LinkProtocol;
  settle(result: { type: number; payload: Uint8Array } | Error): void;
}

export function createPeerSession(deps: {
  nodeId: NodeId;
  connection: Connection;
  remoteAddress: string;
  streams: ReadonlyMap<LinkProtocol, Stream>;
  onMessage: (session: PeerSession, protocol: LinkProtocol, message: Message) => void;
  onSent: (protocol: LinkProtocol) => void;
  onReceived: (protocol: LinkProtocol) => void;
  onClosed: (session: PeerSession, reason: string) => void;
}): PeerSession {
  const { connection, streams } = deps;
  const pending = new Map<number, Pending>();
  const bucket = createBucket();
  let nextId = 1;
  let closedFor: string | undefined;

  const write = (protocol: LinkProtocol, message: Message): boolean => {
    const stream = streams.get(protocol);
    if (closedFor !== undefined || stream === undefined || stream.status !== "open") return false;
    if (stream.writeBufferLength > MAX_QUEUED_BYTES) {
      session.close("its queue is full");
      return false;
    }
    try {
      stream.send(encodeMessage(message));
    } catch (error) {
      session.close((error as Error).message);
      return false;
    }
    deps.onSent(protocol);
    return true;
  };

  const receive = (protocol: LinkProtocol, message: Message) => {
    session.lastHeardMs = performance.now();
    deps.onReceived(protocol);
    if (!bucket.take()) return session.close("it sends too many messages");
    if (message.id >= ANSWER_BIT) {
      const waiting = pending.get(message.id - ANSWER_BIT);
      if (waiting?.protocol === protocol) waiting.settle({ type: message.type, payload: message.payload });
      return;
    }
    deps.onMessage(session, protocol, message);
  };

  const session: PeerSession = {
    nodeId: deps.nodeId,
    remoteAddress: deps.remoteAddress,
    outbound: connection.direction === "outbound",
    lastHeardMs: performance.now(),
    rttMs: undefined,
    load: undefined,
    draining: false,
    clockOffsetMs: undefined,
    send: (protocol, type, payload) => write(protocol, { type, id: 0, payload }),
    reply: (protocol, request, type, payload) =>
      request.id !== 0 && write(protocol, { type, id: ANSWER_BIT + request.id, payload }),
    request(protocol, type, payload, signal) {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      if (pending.size >= MAX_PENDING_REQUESTS) return Promise.reject(busy(deps.nodeId));
      const id = nextId;
      nextId = nextId === ANSWER_BIT - 1 ? 1 : nextId + 1;
      return new Promise((resolve, reject) => {
        const onAbort = () => waiting.settle(signal.reason as Error);
        const timer = setTimeout(() => waiting.settle(timeout(deps.nodeId)), REQUEST_DEADLINE_MS);
        const waiting: Pending = {
          protocol,
          settle(result) {
            clearTimeout(timer);
            signal.removeEventListener("abort", onAbort);
            pending.delete(id);
            if (result instanceof Error) reject(result);
            else resolve(result);
          },
        };
        pending.set(id, waiting);
        signal.addEventListener("abort", onAbort, { once: true });
        if (!write(protocol, { type, id, payload })) waiting.settle(closed(deps.nodeId));
      });
    },
    queuedBytes: () => [...streams.values()].reduce((sum, stream) => sum + stream.writeBufferLength, 0),
    close(reason) {
      if (closedFor !== undefined) return;
      closedFor = reason;
      connection.abort(new Error(reason));
      for (const waiting of [...pending.values()]) waiting.settle(closed(deps.nodeId));
      deps.onClosed(session, reason);
    },
  };

  for (const protocol of LINK_PROTOCOLS) {
    const stream = streams.get(protocol);
    if (stream !== undefined) readMessages(stream, (message) => receive(protocol, message), session);
  }
  connection.addEventListener("close", () => session.close("the other side closed it"));
  if (connection.status !== "open") queueMicrotask(() => session.close("the other side closed it"));
  return session;
}

/** A stream that ends or cannot be read ends the link: the streams live as long as it does. */
function readMessages(stream: Stream, receive: (message: Message) => void, session: PeerSession): void {
  const decoder = createMessageDecoder(MAX_LINK_PAYLOAD_BYTES);
  stream.addEventListener("message", (event: StreamMessageEvent) => {
    try {
      const chunk = event.data instanceof Uint8Array ? event.data : event.data.subarray();
      for (const message of decoder.push(chunk)) receive(message);
    } catch (error) {
      session.close(error instanceof X0tError ? error.message : "a handler failed");
    }
  });
  stream.addEventListener("remoteCloseWrite", () => session.close("it closed a stream"));
  stream.addEventListener("close", () => session.close("it closed a stream"));
}

function createBucket() {
  let tokens = MESSAGE_BURST;
  let atMs = performance.now();
  return {
    take(): boolean {
      const nowMs = performance.now();
      tokens = Math.min(MESSAGE_BURST, tokens + ((nowMs - atMs) / 1000) * MAX_MESSAGES_PER_SECOND);
      atMs = nowMs;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

function closed(nodeId: NodeId): X0tError {
  return new X0tError("X0T_LINK_CLOSED", `The control link to node ${nodeId} is closed.`, { retryable: true });
}

function busy(nodeId: NodeId): X0tError {
  return new X0tError("X0T_LINK_BUSY", `Node ${nodeId} has not answered ${MAX_PENDING_REQUESTS} requests yet.`, { retryable: true });
}

function timeout(nodeId: NodeId): X0tError {
  return new X0tError("X0T_LINK_TIMEOUT", `Node ${nodeId} has not answered for ${REQUEST_DEADLINE_MS} ms.`, { retryable: true });
}
