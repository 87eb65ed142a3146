import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Registry } from "prom-client";
import type { Endpoint } from "../../core/didDocument.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Dialbacks } from "./dialback.ts";
import type { Frame } from "./frames.ts";
import type { TicketIssuer } from "./tickets.ts";
import type { TunnelIdentity } from "./tunnel.ts";
import type { WorkGate } from "./work.ts";
import type { WorkDifficulty } from "./workDifficulty.ts";

/** The part of a payee that meters and stops tunnels (NET-19). */
export interface TunnelPayee {
  /** False: no new tunnels for this payer. */
  ready(): boolean;
  /** @param setPaused called when the payer owes more than its credit. @returns what ends the metering */
  addTunnel(depth: number, socket: Socket, setPaused: (paused: boolean) => void): () => void;
}

export interface TunnelPayer {
  ready(): boolean;
  /** @param alreadyRead bytes of the counters that are not paid for: the preface */
  addTunnel(depth: number, socket: Socket, alreadyRead: number): () => void;
}

/** The exit's side of one session (NET-11). */
export interface ServedSession {
  setPaused(paused: boolean): void;
  /** TLS records read and written (NET-7). */
  records(): number;
  streams(): number;
  /** Nothing is open on its session, whichever circuit carries it. */
  idle(): boolean;
  /** Tells the client to move within `ms`; new streams are refused. */
  goAway(ms: number): void;
  /** Resets what is left and closes the circuit. @param drain the node goes away (NET-13) */
  close(drain: boolean): void;
}

export interface SessionServer {
  /**
   * Takes a tunnel over from its HELLO on.
   * @param early bytes that followed HELLO
   * @returns a CLOSE code if the session cannot be served
   */
  serve(params: { tls: TLSSocket; hello: Extract<Frame, { type: "HELLO" }>; early: Buffer }): ServedSession | number;
  /** The same from a JOIN on: a further circuit of a session (NET-9). */
  join(params: { tls: TLSSocket; join: Extract<Frame, { type: "JOIN" }>; early: Buffer }): ServedSession | number;
  /** Ends all sessions, also those that wait for a circuit. */
  close(): void;
}

export interface RelayLimits {
  /** NET-7. */
  tunnels: number;
  /** Connections that wait for their preface, and as many for their handshake. */
  pending: number;
  /** Circuits of one client's account (NET-7). */
  tunnelsPerAccount: number;
  /** Circuits that one peer extends to this relay (NET-16). */
  tunnelsPerPeer: number;
  /** Streams on the circuits of one peer: beyond it no new sessions (NET-16). */
  streamsPerPeer: number;
  /** A tunnel's records and bytes, after which it ends (NET-7). */
  records: number;
  bytes: number;
  /** Of all circuits together and of those of one peer or client, both ways; undefined = as fast as it goes (NET-16). */
  bytesPerSecond: number | undefined;
  bytesPerSecondPerPeer: number | undefined;
  /** A pipe without a byte for so long ends; sessions ping every 5 s (NET-16). */
  idleMs: number;
  /** A side that takes none of the bytes that wait for it ends its tunnel (NET-16). */
  stalledMs: number;
  /** Bytes that may wait for slow readers over all; beyond it the slowest end (NET-16). */
  bufferBytes: number;
  /** Of the loop's time, for handshakes (NET-6). */
  handshakeShare: number | undefined;
  /** Milliseconds between two looks at the tunnels. */
  lookMs: number;
}

export interface RelayServerDeps {
  identity: TunnelIdentity & { nodeId: NodeId };
  /** Undefined behind NAT: it listens on nothing and serves what it dials itself (NET-20). */
  listen: { host: string; port: number } | undefined;
  /** Local address of connections to the next relays. */
  dialFrom: string;
  admission: {
    tickets: TicketIssuer;
    /** @returns the account (32 hex digits) that the token was given to; each is good once */
    tokens: { redeem(value: Uint8Array): string | undefined };
    work: WorkGate;
    /** Undefined: it stays as it is. */
    difficulty?: WorkDifficulty;
  };
  payees: { forPeer(nodeId: NodeId): TunnelPayee | undefined; forAccount(accountHex: string): TunnelPayee | undefined };
  payers: { forPeer(nodeId: NodeId): TunnelPayer | undefined };
  nextHop: {
    endpoint(nodeId: NodeId): Endpoint | undefined;
    takeTicket(nodeId: NodeId, depth: number, signal: AbortSignal): Promise<Uint8Array>;
  };
  /** Next hops behind NAT; undefined: this node cannot be dialled back (NET-20). */
  dialbacks?: Dialbacks | undefined;
  acceptAccountTunnel(tls: TLSSocket, remoteAddress: string): void;
  /** Undefined: this node is no exit. */
  exit: SessionServer | undefined;
  log: Logger;
  registry: Registry;
  limits?: Partial<RelayLimits>;
}
