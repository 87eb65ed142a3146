import { constants, createHash, type X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import tls, { type TLSSocket } from "node:tls";
import { nodeIdFromBytes, type NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { ML_DSA_65_SPKI_PREFIX } from "../../runtime/mlDsa.ts";

export const CIRCUIT_ALPN = "x0t/1";
export const ACCOUNT_ALPN = "x0t-acct/1";
export const LINK_ALPN = "x0t-link/1";

/** A handshake not over by then is given up (NET-6). */
export const HANDSHAKE_TIMEOUT_MS = 5_000;

const PROTOCOL = "TLSv1.3";
const CIPHER = "TLS_AES_256_GCM_SHA384";
const GROUP = "X25519MLKEM768";
const SPKI_BYTES = 1_974;
/** Record header, content type and tag: what one layer adds to a record (NET-5). */
const RECORD_OVERHEAD_BYTES = 22;
const MAX_RECORD_BYTES = 16_384;
/** Plain bytes a direction that a tunnel may hold before its writer must wait or its reading stops. */
const BUFFER_BYTES = 256 << 10;

/** What a tunnel shows and how it proves it; the identity's own fields are a superset. */
export interface TunnelIdentity {
  certificatePem: string;
  privateKeyPem: string;
}

/** The options of NET-4, for both sides: everything that is not TLS 1.3 with X25519MLKEM768 and ML-DSA-65 is refused. */
export function tlsOptions(...alpns: string[]) {
  return {
    minVersion: PROTOCOL,
    maxVersion: PROTOCOL,
    ciphers: CIPHER,
    ecdhCurve: GROUP,
    sigalgs: "mldsa65",
    secureOptions: constants.SSL_OP_NO_TICKET,
    ALPNProtocols: alpns,
    rejectUnauthorized: false,
  } as const;
}

/** Node takes the certificate out of the client's chain on the first reading: a second one would find none. */
const peers = new WeakMap<TLSSocket, NodeId | undefined>();

/**
 * NodeId of the other side's certificate; undefined if it has none or its key is not exactly ML-DSA-65 (NET-4).
 * The handshake proved that the peer holds the key. Call it after the handshake only.
 */
export function peerNodeId(socket: TLSSocket): NodeId | undefined {
  if (!peers.has(socket)) peers.set(socket, readPeerNodeId(socket));
  return peers.get(socket);
}

function readPeerNodeId(socket: TLSSocket): NodeId | undefined {
  const certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  const key = certificate?.publicKey;
  if ((key?.asymmetricKeyType as string | undefined) !== "ml-dsa-65" || key === undefined) return undefined;
  const spki = key.export({ type: "spki", format: "der" });
  if (spki.length !== SPKI_BYTES || !spki.subarray(0, ML_DSA_65_SPKI_PREFIX.length).equals(ML_DSA_65_SPKI_PREFIX)) return undefined;
  return nodeIdFromBytes(createHash("sha256").update(spki.subarray(ML_DSA_65_SPKI_PREFIX.length)).digest());
}

/** Secure contexts cost a millisecond each: one an identity and side is enough, they hold no state (no tickets, no sessions). */
const contexts = new WeakMap<object, tls.SecureContext>();
const anonymous = {};

function contextOf(identity: TunnelIdentity | undefined): tls.SecureContext {
  const key = identity ?? anonymous;
  let context = contexts.get(key);
  if (context === undefined) {
    const credentials = identity === undefined ? {} : { cert: identity.certificatePem, key: identity.privateKeyPem };
    context = tls.createSecureContext({ ...tlsOptions(), ...credentials });
    contexts.set(key, context);
  }
  return context;
}

/**
 * Opens one TLS layer as the client and pins the other side, synchronously and before anything is written (NET-4).
 * On failure `under` is destroyed, for a TLS layer may have read from it.
 * @param under the raw socket of layer 0, the tunnel of layer n − 1 else
 * @param identity shown to the server if it asks (control link)
 * @throws X0T_TUNNEL_PIN if the other side is not `expect` or not what NET-4 asks; X0T_TUNNEL_FAILED (retryable) else
 */
export function openTunnel(params: {
  under: Duplex;
  expect: NodeId;
  alpn: string;
  layer: number;
  identity?: TunnelIdentity;
  signal: AbortSignal;
}): Promise<TLSSocket> {
  const { under, expect, alpn, layer, identity, signal } = params;
  under.on("error", ignoreError);
  if (signal.aborted || under.destroyed) {
    under.destroy();
    return Promise.reject(failed("it was closed before it began"));
  }
  const socket = tls.connect({ ...tlsOptions(alpn), socket: under, secureContext: contextOf(identity), highWaterMark: BUFFER_BYTES } as tls.ConnectionOptions);
  return settle(socket, "secureConnect", signal, () => {
    const reason = nonConformity(socket, [alpn]) ?? (groupOf(socket) === GROUP ? undefined : "its key exchange is not X25519MLKEM768");
    if (reason !== undefined) throw pinError(reason);
    if (peerNodeId(socket) !== expect) throw pinError(`it is not ${expect}`);
    socket.setMaxSendFragment(MAX_RECORD_BYTES - RECORD_OVERHEAD_BYTES * layer);
    return socket;
  });
}

export interface AcceptedTunnel {
  tls: TLSSocket;
  alpn: string;
  /** The client's NodeId, if it was asked for. */
  peer?: NodeId;
}

/**
 * Serves one TLS layer on `socket`. On failure the socket is destroyed without a word.
 * @param requestPeer given: the client must show a certificate whose NodeId it accepts (control link)
 * @throws X0T_TUNNEL_PIN, X0T_TUNNEL_FAILED
 */
export function acceptTunnel(params: {
  socket: Socket;
  identity: TunnelIdentity;
  alpns: readonly string[];
  requestPeer?: (nodeId: NodeId) => boolean;
  signal: AbortSignal;
}): Promise<AcceptedTunnel> {
  const { socket, identity, alpns, requestPeer, signal } = params;
  socket.on("error", ignoreError);
  if (signal.aborted || socket.destroyed) {
    socket.destroy();
    return Promise.reject(failed("it was closed before it began"));
  }
  const secured = new tls.TLSSocket(socket, {
    ...tlsOptions(...alpns),
    isServer: true,
    requestCert: requestPeer !== undefined,
    secureContext: contextOf(identity),
    highWaterMark: BUFFER_BYTES,
  } as tls.TLSSocketOptions);
  return settle(secured, "secure", signal, () => {
    const reason = nonConformity(secured, alpns);
    if (reason !== undefined) throw pinError(reason);
    const accepted: AcceptedTunnel = { tls: secured, alpn: secured.alpnProtocol as string };
    if (requestPeer === undefined) return accepted;
    const peer = peerNodeId(secured);
    if (peer === undefined || !requestPeer(peer)) throw pinError(peer === undefined ? "it shows no identity" : `${peer} is not welcome`);
    return { ...accepted, peer };
  });
}

/** Resolves with what `check` returns, called inside the event; destroys the socket on every other outcome. */
function settle<T>(socket: TLSSocket, event: "secureConnect" | "secure", signal: AbortSignal, check: () => T): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let lastError: Error | undefined;
    const timer = setTimeout(() => fail(failed(`no handshake within ${HANDSHAKE_TIMEOUT_MS} ms`)), HANDSHAKE_TIMEOUT_MS);
    const onAbort = () => fail(failed("it was given up", signal.reason));
    const onClose = () => fail(failed(lastError?.message ?? "the other side closed it", lastError));
    const onError = (error: Error) => (lastError = error);
    const onSecure = () => {
      try {
        const result = check();
        release();
        resolve(result);
      } catch (error) {
        fail(error as Error);
      }
    };
    const release = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("close", onClose).off("error", onError).off(event, onSecure);
    };
    const fail = (error: Error) => {
      release();
      socket.destroy();
      reject(error);
    };
    // NET-5: each layer keeps an error listener for life; 'close' is what tells that a tunnel is lost.
    socket.on("error", ignoreError);
    socket.once("close", onClose).once("error", onError).once(event, onSecure);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Node lets a client without ALPN in and would accept a resumed session: both sides check (NET-4). */
function nonConformity(socket: TLSSocket, alpns: readonly string[]): string | undefined {
  if (socket.getProtocol() !== PROTOCOL) return `it speaks ${socket.getProtocol()}`;
  if (socket.getCipher().name !== CIPHER) return `its cipher is ${socket.getCipher().name}`;
  if (typeof socket.alpnProtocol !== "string" || !alpns.includes(socket.alpnProtocol)) return "it speaks another protocol (ALPN)";
  if (socket.isSessionReused()) return "it resumed a session";
  return undefined;
}

function groupOf(socket: TLSSocket): string | undefined {
  return (socket.getEphemeralKeyInfo() as { name?: string } | null)?.name;
}

function ignoreError(): void {
  // A reset, a kill and a clean end mean the same (NET-5); 'close' follows.
}

function pinError(reason: string): X0tError {
  return new X0tError("X0T_TUNNEL_PIN", `The other side is not the expected relay: ${reason}.`);
}

function failed(reason: string, cause?: unknown): X0tError {
  return new X0tError("X0T_TUNNEL_FAILED", `No tunnel: ${reason}. Try another relay.`, { retryable: true, cause });
}
