import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { isReachable, type Endpoint } from "../../core/didDocument.ts";
import { nodeIdFromBytes, type NodeId } from "../../core/ids.ts";
import { connectNextHop, type NextHopSocket } from "./connectNextHop.ts";
import type { CircuitMetrics } from "./circuitMetrics.ts";
import { encodeFrame } from "./encodeFrame.ts";
import { CLOSE_CODES, EXTENDED_CODES, type Frame } from "./frames.ts";
import { createFrameParser } from "./parseFrame.ts";
import { pipeTunnel, type Allowance } from "./pipe.ts";
import { encodePreface, minuteOf, PREFACE_BYTES, PREFACE_KINDS } from "./preface.ts";
import type { RelayServerDeps, ServedSession, TunnelPayee } from "./relayDeps.ts";

/** How long a tunnel may stand without becoming a pipe or a session. */
const SETUP_TIMEOUT_MS = 15_000;
/** A client may try another next relay, not scan for them. */
const MAX_EXTENDS = 4;
const MAX_DEPTH = 4;
/** JOINs of sessions that are not here, after which the tunnel ends (NET-11). */
const MAX_JOINS = 5;

/** Who opened a tunnel: a peer with a ticket, or a client whose BIND must follow. */
export type Opener = { peer: NodeId; depth: number } | { account: string | undefined };

export interface CircuitTunnel {
  kind(): "setup" | "pipe" | "session";
  streams(): number;
  /** A session without streams, or none yet. */
  idle(): boolean;
  /** TLS records read and written (NET-7). */
  records(): number;
  /** The connection to the next relay, of a pipe. */
  next(): Socket | undefined;
  /** Bytes that may pass until the next call; without one there is no limit (NET-16). */
  allow(bytes: number): void;
  goAway(ms: number): void;
  /** @param drain resets an exit's streams with the right reason */
  close(drain: boolean): void;
}

/**
 * Serves one circuit tunnel. States, each of which any end or broken rule leaves towards closed:
 *
 *     unbound ──BIND──> bound ──EXTEND──> extending ──ok──> pipe
 *                        │  ^───refused──────┘
 *                        └──HELLO or JOIN (depth 0)──> session
 *
 * A ticket's tunnel begins bound.
 */
export function serveCircuitTunnel(params: {
  tls: TLSSocket;
  raw: Socket;
  opener: Opener;
  deps: Pick<RelayServerDeps, "payees" | "payers" | "nextHop" | "dialbacks" | "exit" | "dialFrom">;
  metrics: CircuitMetrics;
  draining(): boolean;
  /** Counts the tunnel under its account or peer; false if that has too many. */
  admit(owner: string): boolean;
  /** False: its owner's circuits carry too many streams for another session. */
  mayServe(): boolean;
  onClosed(): void;
}): CircuitTunnel {
  const { tls, raw, opener, deps, metrics } = params;
  const parser = createFrameParser();
  const setup = new AbortController();
  const timer = setTimeout(() => tls.destroy(), SETUP_TIMEOUT_MS);
  let depth: number | undefined;
  let extending = false;
  let starting = false;
  let joinsLeft = MAX_JOINS;
  let extendsLeft = MAX_EXTENDS;
  let paused = false;
  /** What makes it pause: an unpaid bill (NET-19), or bytes beyond its rate (NET-16). */
  let unpaid = false;
  let limited = false;
  let next: Socket | undefined;
  let flow: { setPaused(paused: boolean): void; records(): number; close(drain: boolean): void } | undefined;
  let session: ServedSession | undefined;

  const pauseOrGoOn = () => {
    if (paused === (unpaid || limited)) return;
    paused = !paused;
    if (flow !== undefined) flow.setPaused(paused);
    else if (paused) tls.pause();
    else tls.resume();
  };
  const allowance: Allowance = {
    left: Infinity,
    onSpent() {
      limited = true;
      pauseOrGoOn();
    },
  };
  const setUnpaid = (value: boolean) => {
    unpaid = value;
    pauseOrGoOn();
  };
  const bind = (owner: string, payee: TunnelPayee | undefined, boundDepth: number) => {
    if (payee === undefined || !payee.ready() || boundDepth > MAX_DEPTH || tls.destroyed || !params.admit(owner)) return void tls.destroy();
    depth = boundDepth;
    // Metered to the last byte: the raw socket closes after its tunnel.
    raw.once("close", payee.addTunnel(boundDepth, raw, setUnpaid));
  };
  const handOver = (to: typeof flow) => {
    clearTimeout(timer);
    tls.off("data", onData);
    flow = to;
    if (paused) to?.setPaused(true);
  };

  const extend = async (nodeId: NodeId, nextDepth: number): Promise<void> => {
    extending = true;
    const result = await reachNextHop(nodeId, nextDepth).catch(() => EXTENDED_CODES.unreachable);
    extending = false;
    const code = typeof result === "number" ? result : EXTENDED_CODES.ok;
    metrics.extends.inc({ code });
    if (typeof result !== "number") {
      if (tls.destroyed) return void result.socket.destroy();
      next = result.socket;
      handOver(pipeTunnel(tls, result, parser.rest(), allowance));
    }
    tls.write(encodeFrame({ type: "EXTENDED", code }));
    if (code === EXTENDED_CODES.ok || tls.destroyed) return;
    if (--extendsLeft === 0 || parser.rest().length > 0) tls.destroySoon();
  };

  const dialNextHop = async (nodeId: NodeId, nextDepth: number, { host, relayPort }: Endpoint): Promise<NextHopSocket | number> => {
    const ticket = await deps.nextHop.takeTicket(nodeId, nextDepth, setup.signal).catch(() => undefined);
    if (ticket === undefined) return EXTENDED_CODES.noTicket;
    const next = await connectNextHop({ host, port: relayPort, localAddress: deps.dialFrom }, setup.signal);
    next.socket.write(encodePreface({ kind: PREFACE_KINDS.ticket, minute: minuteOf(Date.now()), value: ticket }));
    return next;
  };

  /** The next relay's socket, its preface written or read, or the code that says why not. */
  const reachNextHop = async (nodeId: NodeId, nextDepth: number): Promise<NextHopSocket | number> => {
    if (depth === undefined || nextDepth !== depth - 1) return EXTENDED_CODES.badDepth;
    if (params.draining()) return EXTENDED_CODES.draining;
    // The client chooses the NodeId: nothing may be kept for one that the directory does not know.
    const endpoint = deps.nextHop.endpoint(nodeId);
    if (endpoint === undefined) return EXTENDED_CODES.unknownPeer;
    const payer = deps.payers.forPeer(nodeId);
    if (payer === undefined || !payer.ready()) return EXTENDED_CODES.unpaid;
    const hop = isReachable(endpoint)
      ? await dialNextHop(nodeId, nextDepth, endpoint)
      : await deps.dialbacks?.call(nodeId, nextDepth, setup.signal);
    if (hop === undefined) return EXTENDED_CODES.unreachable;
    if (typeof hop === "number") return hop;
    if (hop.socket.destroyed) return EXTENDED_CODES.unreachable;
    hop.socket.once("close", payer.addTunnel(nextDepth, hop.socket, PREFACE_BYTES));
    return hop;
  };

  const refuse = (code: number) => {
    tls.write(encodeFrame({ type: "CLOSE", code }));
    if (code !== CLOSE_CODES.noSession || --joinsLeft === 0) tls.destroySoon();
  };
  const startSession = (frame: Extract<Frame, { type: "HELLO" | "JOIN" }>) => {
    const { exit } = deps;
    if (depth !== 0) return refuse(CLOSE_CODES.protocol);
    if (exit === undefined) return refuse(CLOSE_CODES.notAnExit);
    if (params.draining()) return refuse(CLOSE_CODES.drain);
    if (frame.type === "HELLO" && !params.mayServe()) return refuse(CLOSE_CODES.limit);
    starting = true;
    // The rest of the chunk is only known once the parser has returned.
    queueMicrotask(() => {
      starting = false;
      if (tls.destroyed) return;
      const early = parser.rest();
      const served = frame.type === "HELLO" ? exit.serve({ tls, hello: frame, early }) : exit.join({ tls, join: frame, early });
      if (typeof served === "number") return refuse(served);
      session = served;
      handOver(served);
    });
  };

  /** False once the tunnel's bytes are no longer frames for this relay. */
  const onFrame = (frame: Frame): boolean => {
    if (tls.destroyed) return false;
    if (frame.type === "PAD") return true;
    if (frame.type === "BIND" && depth === undefined && !extending && "account" in opener) {
      const account = Buffer.from(frame.account).toString("hex");
      if (opener.account !== undefined && opener.account !== account) tls.destroy();
      else bind(account, deps.payees.forAccount(account), frame.depth);
      return !tls.destroyed;
    }
    if (frame.type === "EXTEND" && depth !== undefined && !extending) {
      void extend(nodeIdFromBytes(frame.nodeId), frame.depth);
      return false;
    }
    if ((frame.type === "HELLO" || frame.type === "JOIN") && depth !== undefined && !extending) startSession(frame);
    else tls.destroy();
    return false;
  };
  const onData = (chunk: Buffer) => {
    // Clients wait for EXTENDED: bytes before it break the protocol.
    if (extending || starting) return void tls.destroy();
    try {
      parser.push(chunk, onFrame);
    } catch {
      tls.destroy();
    }
  };

  tls.once("close", () => {
    clearTimeout(timer);
    setup.abort();
    params.onClosed();
  });
  if ("peer" in opener) bind(opener.peer, deps.payees.forPeer(opener.peer), opener.depth);
  tls.on("data", onData);
  return {
    kind: () => (session !== undefined ? "session" : flow !== undefined ? "pipe" : "setup"),
    streams: () => session?.streams() ?? 0,
    idle: () => session?.idle() ?? flow === undefined,
    records: () => flow?.records() ?? 0,
    next: () => next,
    allow(bytes) {
      allowance.left = bytes;
      limited = bytes <= 0;
      pauseOrGoOn();
    },
    goAway: (ms) => session?.goAway(ms),
    close(drain) {
      if (flow === undefined) tls.destroy();
      else flow.close(drain);
    },
  };
}
