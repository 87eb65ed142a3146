import { randomBytes } from "node:crypto";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { plainAddress } from "./ipBytes.ts";
import { PREFACE_VALUE_BYTES } from "./preface.ts";

/** How long a ticket opens the relay port (NET-6). */
export const TICKET_LIFETIME_MS = 60_000;
/** Tickets of one request at most (NET-17). */
export const MAX_TICKETS_PER_REQUEST = 64;
const MAX_LIVE_PER_PEER = 1_024;
/** A wallet does not use a ticket that may expire on its way. */
const SAFETY_MS = 5_000;
const WANTED = 16;
const MAX_WALLET_PILES = 1_024;

export interface IssuedTickets {
  /** Unix ms by the issuer's clock. */
  expiresAtMs: number;
  /** 16 bytes each. */
  tickets: Uint8Array[];
}

/** Gives peers single-use tickets to this relay's port: 60 s, bound to peer, address and depth (NET-6, NET-18). */
export interface TicketIssuer {
  /** @param n at most 64. Fewer, even none, if the peer holds 1,024 unused ones. */
  issue(peer: NodeId, peerAddress: string, depth: number, n: number): IssuedTickets;
  /** Uses a ticket up; undefined if it is none, is old, or comes from another address. */
  redeem(value: Uint8Array, remoteAddress: string): { peer: NodeId; depth: number } | undefined;
}

export function createTicketIssuer(nowMs: () => number = Date.now): TicketIssuer {
  const live = new Map<string, { peer: NodeId; address: string; depth: number; expiresAtMs: number }>();
  const held = new Map<NodeId, number>();
  const forget = (key: string, peer: NodeId) => {
    live.delete(key);
    const left = (held.get(peer) ?? 1) - 1;
    if (left === 0) held.delete(peer);
    else held.set(peer, left);
  };
  /** Tickets expire in the order of their making, which is the map's. */
  const dropExpired = () => {
    for (const [key, ticket] of live) {
      if (ticket.expiresAtMs > nowMs()) return;
      forget(key, ticket.peer);
    }
  };
  return {
    issue(peer, peerAddress, depth, n) {
      dropExpired();
      const expiresAtMs = nowMs() + TICKET_LIFETIME_MS;
      const count = Math.min(n, MAX_TICKETS_PER_REQUEST, MAX_LIVE_PER_PEER - (held.get(peer) ?? 0));
      const tickets = Array.from({ length: Math.max(0, count) }, () => new Uint8Array(randomBytes(PREFACE_VALUE_BYTES)));
      for (const ticket of tickets) live.set(keyOf(ticket), { peer, address: plainAddress(peerAddress), depth, expiresAtMs });
      if (tickets.length > 0) held.set(peer, (held.get(peer) ?? 0) + tickets.length);
      return { expiresAtMs, tickets };
    },
    redeem(value, remoteAddress) {
      dropExpired();
      const key = keyOf(value);
      const ticket = live.get(key);
      if (ticket === undefined || ticket.address !== plainAddress(remoteAddress)) return undefined;
      forget(key, ticket.peer);
      return { peer: ticket.peer, depth: ticket.depth };
    },
  };
}

/** Holds tickets to the next relays and asks for more before they run out. */
export interface TicketWallet {
  /** @throws X0T_NO_TICKET (retryable) if the peer gives none */
  take(peer: NodeId, depth: number, signal: AbortSignal): Promise<Uint8Array>;
  /** Throws the peer's tickets away: it lost its memory of them with its link, or may have. */
  forget(peer: NodeId): void;
}

/** @param request asks the peer over the control link (NET-17, WANT and TICKETS); `expiresAtMs` by the own clock */
export function createTicketWallet(
  request: (peer: NodeId, depth: number, n: number, signal: AbortSignal) => Promise<IssuedTickets>,
  nowMs: () => number = Date.now,
): TicketWallet {
  const piles = new Map<string, { expiresAtMs: number; value: Uint8Array }[]>();
  const asking = new Map<string, Promise<void>>();

  const takeHeld = (key: string): Uint8Array | undefined => {
    const pile = piles.get(key) ?? [];
    for (let ticket = pile.shift(); ticket !== undefined; ticket = pile.shift()) {
      if (ticket.expiresAtMs - SAFETY_MS > nowMs()) return ticket.value;
    }
    piles.delete(key);
    return undefined;
  };
  const refill = (key: string, peer: NodeId, depth: number, signal: AbortSignal): Promise<void> => {
    const running = asking.get(key);
    if (running !== undefined) return running;
    const started = request(peer, depth, WANTED, signal)
      .then(({ expiresAtMs, tickets }) => {
        if (piles.size >= MAX_WALLET_PILES) piles.clear();
        const fresh = tickets.slice(0, WANTED).map((value) => ({ expiresAtMs, value }));
        piles.set(key, [...(piles.get(key) ?? []), ...fresh]);
      })
      .finally(() => asking.delete(key));
    asking.set(key, started);
    return started;
  };
  return {
    async take(peer, depth, signal) {
      const key = `${peer}/${depth}`;
      const held = takeHeld(key);
      if (held !== undefined) return held;
      let cause: unknown;
      // Another circuit's asking may end with that circuit, or its tickets go to others: then it is asked once more.
      for (let asked = 0; asked < 2 && !signal.aborted; asked++) {
        await refill(key, peer, depth, signal).catch((error: unknown) => (cause = error));
        const fetched = takeHeld(key);
        if (fetched !== undefined) return fetched;
      }
      throw new X0tError("X0T_NO_TICKET", `${peer} gave no ticket for depth ${depth}.`, { retryable: true, cause });
    },
    forget(peer) {
      for (const key of piles.keys()) if (key.startsWith(`${peer}/`)) piles.delete(key);
    },
  };
}

function keyOf(value: Uint8Array): string {
  return Buffer.from(value).toString("base64");
}
