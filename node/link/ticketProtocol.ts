import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Link } from "./link.ts";
import type { Message } from "./message.ts";
import type { LinkPeer } from "./peer.ts";
import { TICKET_DIALBACK, TICKET_DIALLED, TICKET_TICKETS, TICKET_WANT } from "./protocols.ts";

const TICKET_BYTES = 16;
/** Ticket 16, depth u8, port u16; then an address of 4 or 16 bytes. */
const DIALBACK_HEAD_BYTES = TICKET_BYTES + 3;
/** What a node that can be dialled says to a DIALBACK: EXTENDED's "unreachable". */
const NOT_BEHIND_NAT = 4;
const MAX_TICKETS = 64;

/** Tickets as their issuer knows them; `expiresAtMs` by its own clock. */
export interface Tickets {
  expiresAtMs: number;
  tickets: Uint8Array[];
}

/** DIALBACK: connect to my relay port at this address, show the ticket; `depth` relays follow you (NET-20). */
export interface DialbackRequest {
  ticket: Uint8Array;
  depth: number;
  relayPort: number;
  /** 4 or 16 bytes. */
  address: Uint8Array;
}

/**
 * Answers WANT (depth u8, n u8) with TICKETS (lifetime u32 ms, n × 16): a lifetime needs no common clock (NET-17); and,
 * behind NAT, DIALBACK with a code of EXTENDED (NET-20).
 */
export function serveTickets(
  link: Pick<Link, "on">,
  issue: (peer: NodeId, peerAddress: string, depth: number, n: number) => Tickets,
  dialBack?: (peer: NodeId, request: DialbackRequest) => Promise<number>,
): void {
  const want = (peer: LinkPeer, message: Message) => {
    const [depth, n] = message.payload;
    if (message.payload.length !== 2 || depth === undefined || n === undefined) throw badMessage(message);
    const { expiresAtMs, tickets } = issue(peer.nodeId, peer.remoteAddress, depth, Math.min(n, MAX_TICKETS));
    const lifetime = Buffer.alloc(4);
    lifetime.writeUInt32BE(Math.max(0, Math.min(0xffffffff, Math.floor(expiresAtMs - Date.now()))));
    peer.reply("ticket", message, TICKET_TICKETS, Buffer.concat([lifetime, ...tickets]));
  };
  const dialback = async (peer: LinkPeer, message: Message, request: DialbackRequest) => {
    const code = dialBack === undefined ? NOT_BEHIND_NAT : await dialBack(peer.nodeId, request);
    peer.reply("ticket", message, TICKET_DIALLED, Uint8Array.of(code));
  };
  link.on("ticket", (peer, message) => {
    if (message.type === TICKET_WANT) want(peer, message);
    else if (message.type === TICKET_DIALBACK) void dialback(peer, message, decodeDialback(message));
    else throw badMessage(message);
  });
}

/** Asks `peer` for tickets. @throws X0T_NO_LINK, X0T_BAD_MESSAGE, and what `LinkPeer.request` throws */
export async function requestTickets(
  link: Pick<Link, "peer">,
  peer: NodeId,
  depth: number,
  n: number,
  signal: AbortSignal,
): Promise<Tickets> {
  const live = liveLink(link, peer);
  const askedAtMs = Date.now();
  const { type, payload } = await live.request("ticket", TICKET_WANT, Uint8Array.of(depth, n), signal);
  const count = (payload.length - 4) / TICKET_BYTES;
  if (type !== TICKET_TICKETS || !Number.isInteger(count) || count < 0 || count > MAX_TICKETS) {
    throw new X0tError("X0T_BAD_MESSAGE", `Node ${peer} answered with no tickets.`);
  }
  const tickets = Array.from({ length: count }, (_, i) => payload.slice(4 + i * TICKET_BYTES, 4 + (i + 1) * TICKET_BYTES));
  // Counted from the asking: the issuer's clock started later.
  return { expiresAtMs: askedAtMs + new DataView(payload.buffer, payload.byteOffset).getUint32(0), tickets };
}

/** Sends DIALBACK to `peer`. @returns its answer. @throws X0T_NO_LINK, X0T_BAD_MESSAGE, and what `LinkPeer.request` throws */
export async function requestDialback(link: Pick<Link, "peer">, peer: NodeId, request: DialbackRequest, signal: AbortSignal): Promise<number> {
  const answer = await liveLink(link, peer).request("ticket", TICKET_DIALBACK, encodeDialback(request), signal);
  const [code] = answer.payload;
  if (answer.type !== TICKET_DIALLED || answer.payload.length !== 1 || code === undefined) {
    throw new X0tError("X0T_BAD_MESSAGE", `Node ${peer} answered DIALBACK with type ${answer.type}.`);
  }
  return code;
}

function encodeDialback({ ticket, depth, relayPort, address }: DialbackRequest): Uint8Array {
  return Uint8Array.of(...ticket, depth, relayPort >> 8, relayPort & 0xff, ...address);
}

function decodeDialback(message: Message): DialbackRequest {
  const { payload } = message;
  const address = payload.subarray(DIALBACK_HEAD_BYTES);
  if (address.length !== 4 && address.length !== 16) throw badMessage(message);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return {
    ticket: payload.slice(0, TICKET_BYTES),
    depth: view.getUint8(TICKET_BYTES),
    relayPort: view.getUint16(TICKET_BYTES + 1),
    address: new Uint8Array(address),
  };
}

function liveLink(link: Pick<Link, "peer">, peer: NodeId): LinkPeer {
  const live = link.peer(peer);
  if (live === undefined) throw new X0tError("X0T_NO_LINK", `There is no control link to node ${peer} now.`, { retryable: true });
  return live;
}

function badMessage({ type, payload }: Message): X0tError {
  return new X0tError("X0T_BAD_MESSAGE", `Ticket message of type ${type} and ${payload.length} bytes.`);
}
