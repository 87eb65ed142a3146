import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Link } from "./link.ts";
import { TICKET_TICKETS, TICKET_WANT } from "./protocols.ts";

const TICKET_BYTES = 16;
const MAX_TICKETS = 64;

/** Tickets as their issuer knows them; `expiresAtMs` by its own clock. */
export interface Tickets {
  expiresAtMs: number;
  tickets: Uint8Array[];
}

/** Answers WANT (depth u8, n u8) with TICKETS (lifetime u32 ms, n × 16): a lifetime needs no common clock (NET-17). */
export function serveTickets(link: Pick<Link, "on">, issue: (peer: NodeId, peerAddress: string, depth: number, n: number) => Tickets): void {
  link.on("ticket", (peer, message) => {
    const { type, payload } = message;
    const [depth, n] = payload;
    if (type !== TICKET_WANT || payload.length !== 2 || depth === undefined || n === undefined) {
      throw new X0tError("X0T_BAD_MESSAGE", `Ticket message of type ${type} and ${payload.length} bytes.`);
    }
    const { expiresAtMs, tickets } = issue(peer.nodeId, peer.remoteAddress, depth, Math.min(n, MAX_TICKETS));
    const lifetime = Buffer.alloc(4);
    lifetime.writeUInt32BE(Math.max(0, Math.min(0xffffffff, Math.floor(expiresAtMs - Date.now()))));
    peer.reply("ticket", message, TICKET_TICKETS, Buffer.concat([lifetime, ...tickets]));
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
  const live = link.peer(peer);
  if (live === undefined) throw new X0tError("X0T_NO_LINK", `There is no control link to node ${peer} now.`, { retryable: true });
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
