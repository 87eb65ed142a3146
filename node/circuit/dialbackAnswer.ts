import net, { type Socket } from "node:net";
import { isReachable, type Endpoint } from "../../core/didDocument.ts";
import type { NodeId } from "../../core/ids.ts";
import type { DialbackRequest } from "../link/ticketProtocol.ts";
import { EXTENDED_CODES } from "./frames.ts";
import { ipToBytes } from "./ipBytes.ts";
import { encodePreface, minuteOf, PREFACE_KINDS } from "./preface.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** Connections under way or without a handshake yet. */
const MAX_PENDING = 256;
const MAX_PENDING_PER_PEER = 64;
const MAX_DEPTH = 4;

export interface DialbackAnswerDeps {
  /** Local address of the connections. */
  dialFrom: string;
  /** By the peer's own DID document (NET-2). */
  endpointOf(peer: NodeId): Endpoint | undefined;
  payees: { forPeer(peer: NodeId): { ready(): boolean } | undefined };
  draining(): boolean;
  /** Takes the connection over as if the peer had dialled it; settles when its handshake is over. */
  serve(socket: Socket, opener: { peer: NodeId; depth: number }): Promise<void>;
}

/**
 * The side behind NAT of NET-20: dials the previous hop, shows its ticket and is the TLS server from there on.
 * It connects to no address but the one in the peer's own document [a peer could have us dial anybody].
 * @returns a code of EXTENDED: 0 once the preface is written
 */
export function createDialbackAnswer(deps: DialbackAnswerDeps): (peer: NodeId, request: DialbackRequest) => Promise<number> {
  const pending = new Map<NodeId, number>();
  const change = (peer: NodeId, by: number) => {
    const count = (pending.get(peer) ?? 0) + by;
    if (count > 0) pending.set(peer, count);
    else pending.delete(peer);
  };
  const refusalOf = (peer: NodeId, { depth, address, relayPort }: DialbackRequest, endpoint: Endpoint): number | undefined => {
    const own = ipToBytes(endpoint.host);
    const isItsOwn = own !== undefined && Buffer.compare(own, address) === 0 && endpoint.relayPort === relayPort;
    if (!isReachable(endpoint) || !isItsOwn) return EXTENDED_CODES.unreachable;
    if (depth > MAX_DEPTH) return EXTENDED_CODES.badDepth;
    if (deps.draining()) return EXTENDED_CODES.draining;
    if (deps.payees.forPeer(peer)?.ready() !== true) return EXTENDED_CODES.unpaid;
    const all = [...pending.values()].reduce((sum, count) => sum + count, 0);
    return all >= MAX_PENDING || (pending.get(peer) ?? 0) >= MAX_PENDING_PER_PEER ? EXTENDED_CODES.busy : undefined;
  };
  return async (peer, request) => {
    const endpoint = deps.endpointOf(peer);
    const refusal = endpoint === undefined ? EXTENDED_CODES.unreachable : refusalOf(peer, request, endpoint);
    if (endpoint === undefined || refusal !== undefined) return refusal ?? EXTENDED_CODES.unreachable;
    change(peer, 1);
    const socket = await connect(endpoint, deps.dialFrom).catch(() => undefined);
    if (socket === undefined) {
      change(peer, -1);
      return EXTENDED_CODES.unreachable;
    }
    socket.write(encodePreface({ kind: PREFACE_KINDS.dialback, minute: minuteOf(Date.now()), value: request.ticket }));
    void deps.serve(socket, { peer, depth: request.depth }).finally(() => change(peer, -1));
    return EXTENDED_CODES.ok;
  };
}

function connect({ host, relayPort }: Endpoint, dialFrom: string): Promise<Socket> {
  const localAddress = net.isIP(dialFrom) === net.isIP(host) ? dialFrom : undefined;
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port: relayPort, ...(localAddress !== undefined && { localAddress }), autoSelectFamily: false, noDelay: true });
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`)), CONNECT_TIMEOUT_MS);
    socket.on("error", fail).once("connect", () => {
      clearTimeout(timer);
      socket.off("error", fail).on("error", () => undefined);
      resolve(socket);
    });
  });
}
