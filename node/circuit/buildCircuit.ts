import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import net from "node:net";
import { nodeIdBytes, type NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { encodeFrame } from "./encodeFrame.ts";
import { FRAME_CODES, FRAME_HEADER_BYTES } from "./frames.ts";
import { encodePreface, minuteOf, PREFACE_BYTES, PREFACE_KINDS } from "./preface.ts";
import type { TunnelPayer } from "./relayDeps.ts";
import { CIRCUIT_ALPN, openTunnel } from "./tunnel.ts";

const BUILD_TIMEOUT_MS = 15_000;
const HOP_TIMEOUT_MS = 7_000;
const EXTENDED_BYTES = FRAME_HEADER_BYTES + 1;
const MAX_HOPS = 5;

export interface PathHop {
  nodeId: NodeId;
  /** Only the entry's is dialled; the relays know each other's from their documents (NET-2). */
  endpoint: { host: string; relayPort: number };
}

/** A way through the network, its innermost tunnel ending at the last hop. Any end of it is a loss (NET-5). */
export interface Circuit {
  /** The innermost tunnel: session frames go here. */
  tls: TLSSocket;
  path: readonly PathHop[];
  closed: Promise<void>;
  /** To and from the entry, both ways, all layers included. */
  wireBytes(): number;
  close(): void;
}

/**
 * What opens the entry's door (NET-6), 16 bytes each: a client's single-use return token and the account it belongs to
 * (NET-18), or a ticket that the entry gave this relay for a circuit of this depth.
 */
export type CircuitEntry = { token: Uint8Array; account: Uint8Array } | { ticket: Uint8Array };

export interface BuildParams {
  path: readonly PathHop[];
  entry: CircuitEntry;
  payer: TunnelPayer;
  /** Local address to dial from. */
  dialFrom?: string;
  signal: AbortSignal;
}

/**
 * Builds a circuit hop by hop: each relay is pinned before anything is said to it (NET-4, NET-5).
 * @throws X0T_CIRCUIT_FAILED (retryable) with `data: {hop, nodeId, via?, code?}`: which hop failed, by whose word, and what EXTENDED said
 */
export async function buildCircuit(params: BuildParams): Promise<Circuit> {
  const { path, payer } = params;
  if (path.length < 1 || path.length > MAX_HOPS) {
    throw new X0tError("X0T_BAD_PATH", `A circuit has 1 to ${MAX_HOPS} hops, not ${path.length}.`);
  }
  const signal = AbortSignal.any([params.signal, AbortSignal.timeout(BUILD_TIMEOUT_MS)]);
  const progress = { hop: 0 };
  let raw: Socket | undefined;
  try {
    raw = await dialEntry(params, signal);
    raw.once("close", payer.addTunnel(path.length - 1, raw, PREFACE_BYTES));
    const tls = await openHops(raw, params, progress, signal);
    return circuitOf(tls, raw, path);
  } catch (cause) {
    raw?.destroy();
    const { hop } = progress;
    const nodeId = (path[hop] as PathHop).nodeId;
    const code = cause instanceof ExtendRefused ? { code: cause.code } : {};
    throw new X0tError("X0T_CIRCUIT_FAILED", `No circuit: hop ${hop + 1} of ${path.length} failed. ${(cause as Error).message}`, {
      retryable: true,
      data: { hop, nodeId, via: path[hop - 1]?.nodeId, ...code },
      cause,
    });
  }
}

class ExtendRefused extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`The relay before it answered with code ${code}.`);
    this.code = code;
  }
}

async function openHops(raw: Socket, { path, entry }: BuildParams, progress: { hop: number }, signal: AbortSignal): Promise<TLSSocket> {
  let tls: TLSSocket | undefined;
  for (const [layer, { nodeId }] of path.entries()) {
    progress.hop = layer;
    const depth = path.length - 1 - layer;
    const hopSignal = AbortSignal.any([signal, AbortSignal.timeout(HOP_TIMEOUT_MS)]);
    if (tls !== undefined) {
      tls.write(encodeFrame({ type: "EXTEND", nodeId: nodeIdBytes(nodeId), depth }));
      const code = await readExtended(tls, hopSignal);
      if (code !== 0) throw new ExtendRefused(code);
    }
    tls = await openTunnel({ under: tls ?? raw, expect: nodeId, alpn: CIRCUIT_ALPN, layer, signal: hopSignal });
    // A ticket says by itself who pays, and for what depth.
    if (layer === 0 && "account" in entry) tls.write(encodeFrame({ type: "BIND", account: entry.account, depth }));
  }
  return tls as TLSSocket;
}

/** Connects to the entry and writes the preface. @returns the raw socket: the payer meters it */
function dialEntry({ path, entry, dialFrom }: BuildParams, signal: AbortSignal): Promise<Socket> {
  const { host, relayPort } = (path[0] as PathHop).endpoint;
  const sameFamily = dialFrom !== undefined && net.isIP(dialFrom) === net.isIP(host);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port: relayPort, ...(sameFamily && { localAddress: dialFrom }), autoSelectFamily: false, noDelay: true });
    const settle = (error?: Error) => {
      signal.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect).off("error", onError);
      if (error === undefined) return resolve(socket);
      socket.destroy();
      reject(error);
    };
    const onConnect = () => {
      const [kind, value] = "ticket" in entry ? [PREFACE_KINDS.ticket, entry.ticket] : [PREFACE_KINDS.token, entry.token];
      socket.write(encodePreface({ kind, minute: minuteOf(Date.now()), value }));
      settle();
    };
    const onError = (error: Error) => settle(error);
    const onAbort = () => settle(new Error("It did not answer in time."));
    socket.on("error", () => undefined).once("connect", onConnect).once("error", onError);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Reads the one frame that a relay says to a client, and leaves the tunnel as it was for the next layer. */
function readExtended(tls: TLSSocket, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (result: number | Error) => {
      signal.removeEventListener("abort", onAbort);
      tls.off("readable", onReadable).off("close", onClose);
      if (typeof result === "number") resolve(result);
      else reject(result);
    };
    const onReadable = () => {
      const bytes = tls.read(EXTENDED_BYTES) as Buffer | null;
      if (bytes === null) return;
      const valid = bytes.length === EXTENDED_BYTES && bytes.readUInt32BE(0) === (FRAME_CODES.EXTENDED * 2 ** 24 + 1) && bytes.readUInt32BE(4) === 0;
      settle(valid ? bytes.readUInt8(FRAME_HEADER_BYTES) : new Error("The relay before it spoke out of turn."));
    };
    const onClose = () => settle(new Error("The relay before it closed the circuit."));
    const onAbort = () => settle(new Error("The relay before it did not answer in time."));
    tls.on("readable", onReadable).once("close", onClose);
    if (signal.aborted) onAbort();
    else if (tls.destroyed) onClose();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function circuitOf(tls: TLSSocket, raw: Socket, path: readonly PathHop[]): Circuit {
  // A raw socket's end must end the innermost tunnel too, whichever layer saw it first.
  raw.once("close", () => tls.destroy());
  return {
    tls,
    path,
    closed: new Promise((resolve) => {
      if (tls.destroyed) resolve();
      else tls.once("close", () => resolve());
    }),
    wireBytes: () => raw.bytesRead + raw.bytesWritten,
    close: () => tls.destroy(),
  };
}
