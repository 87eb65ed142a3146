import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { NodeId } from "../../core/ids.ts";
import type { NextHopSocket, SocketReader } from "./connectNextHop.ts";
import { EXTENDED_CODES } from "./frames.ts";
import { plainAddress } from "./ipBytes.ts";
import { PREFACE_VALUE_BYTES } from "./preface.ts";

/** As long as connecting to a next hop may take. */
const DIALBACK_TIMEOUT_MS = 5_000;
/** Circuits to one node at a time that wait for it: one that never dials holds up no more than its own. */
const MAX_WAITING_PER_PEER = 64;
const KNOWN_CODES: ReadonlySet<number> = new Set(Object.values(EXTENDED_CODES));

/** Where the node behind NAT is asked, and what it must come from. */
export interface DialbackPeers {
  /** Address of the peer's control link; undefined without one. */
  addressOf(peer: NodeId): string | undefined;
  /** Sends DIALBACK. @returns its answer: a code of EXTENDED, 0 once it has connected */
  ask(peer: NodeId, ticket: Uint8Array, depth: number, signal: AbortSignal): Promise<number>;
}

/**
 * The previous hop's side of NET-20: calls a node behind NAT and waits for its connection on the relay port.
 *
 *     called ──preface with the ticket──> arrived ──> a next hop as if it had been dialled
 *       └──refusal, 5 s, circuit gone──> forgotten: who comes now is refused like any stranger
 */
export interface Dialbacks {
  /** @returns the node's connection, its preface read, or the code that says why there is none */
  call(peer: NodeId, depth: number, signal: AbortSignal): Promise<NextHopSocket | number>;
  /** Hands a connection to who waits for it: once, and only from the address of the node's control link. */
  arrive(ticket: Uint8Array, remoteAddress: string, socket: Socket): boolean;
  waiting(): number;
}

export function createDialbacks(peers: DialbackPeers, timeoutMs = DIALBACK_TIMEOUT_MS): Dialbacks {
  const waiting = new Map<string, { peer: NodeId; address: string; settle(result: Socket | number): void }>();
  const waitingFor = (peer: NodeId) => [...waiting.values()].filter((each) => each.peer === peer).length;
  return {
    call(peer, depth, signal) {
      const address = peers.addressOf(peer);
      if (address === undefined || signal.aborted) return Promise.resolve(EXTENDED_CODES.unreachable);
      if (waitingFor(peer) >= MAX_WAITING_PER_PEER) return Promise.resolve(EXTENDED_CODES.busy);
      const ticket = new Uint8Array(randomBytes(PREFACE_VALUE_BYTES));
      const key = keyOf(ticket);
      return new Promise((resolve) => {
        const asking = new AbortController();
        const settle = (result: Socket | number) => {
          if (!waiting.delete(key)) return;
          clearTimeout(timer);
          signal.removeEventListener("abort", onAbort);
          asking.abort(new Error("the dialback is over"));
          resolve(typeof result === "number" ? result : nextHopOf(result));
        };
        const onAbort = () => settle(EXTENDED_CODES.unreachable);
        const timer = setTimeout(onAbort, timeoutMs);
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.set(key, { peer, address: plainAddress(address), settle });
        peers.ask(peer, ticket, depth, asking.signal).then(
          (code) => {
            if (code !== EXTENDED_CODES.ok) settle(KNOWN_CODES.has(code) ? code : EXTENDED_CODES.unreachable);
          },
          () => settle(EXTENDED_CODES.unreachable),
        );
      });
    },
    arrive(ticket, remoteAddress, socket) {
      const entry = waiting.get(keyOf(ticket));
      // A ticket that comes from elsewhere was read off the wire: its node may still come.
      if (entry === undefined || entry.address !== plainAddress(remoteAddress)) return false;
      entry.settle(socket);
      return true;
    },
    waiting: () => waiting.size,
  };
}

/** An accepted connection in the shape of a dialled one. */
function nextHopOf(socket: Socket): NextHopSocket {
  return {
    socket,
    setReader(reader: SocketReader) {
      socket.on("data", (chunk: Buffer) => {
        if (!reader(chunk)) socket.pause();
      });
    },
  };
}

function keyOf(ticket: Uint8Array): string {
  return Buffer.from(ticket).toString("base64");
}
