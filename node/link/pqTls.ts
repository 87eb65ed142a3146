import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { ConnectionEncrypter, MessageStream, PeerId, SecureConnectionOptions } from "@libp2p/interface";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { acceptTunnel, LINK_ALPN, openTunnel } from "../circuit/tunnel.ts";
import type { Identity } from "../identity/identity.ts";
import { BINDING_BYTES, verifyBinding } from "./libp2pKey.ts";
import { duplexOf, messageStreamOf } from "./streamAdapters.ts";

export interface PqTlsDeps {
  identity: Identity;
  /** `createBinding` of the identity and the libp2p key. */
  binding: Uint8Array;
  /** Registered and active (NET-17). */
  authorised: (nodeId: NodeId) => boolean;
  /** Whom a dial to this multiaddr must reach. */
  expectedAt: (multiaddr: string) => NodeId | undefined;
  /** Both bindings hold: `peer` is how libp2p calls this NodeId. */
  onProved: (peer: PeerId, nodeId: NodeId) => void;
  onRefused: (reason: string) => void;
}

const WHOLE_DEADLINE_MS = 5_000;

/** The only encrypter of the control link: node:tls of NET-4 with both certificates; libp2p's own are classical. */
export function pqTls(deps: PqTlsDeps): () => ConnectionEncrypter {
  const prove = async (tls: TLSSocket, nodeId: NodeId, under: MessageStream, signal: AbortSignal) => {
    tls.write(deps.binding);
    const peer = await verifyBinding(await readExactly(tls, BINDING_BYTES, signal), nodeId);
    deps.onProved(peer, nodeId);
    return { connection: messageStreamOf(tls, under), remotePeer: peer };
  };
  const guarded = async <T>(under: MessageStream, options: SecureConnectionOptions | undefined, secure: (signal: AbortSignal) => Promise<T>) => {
    const deadline = AbortSignal.timeout(WHOLE_DEADLINE_MS);
    const signal = options?.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    try {
      return await secure(signal);
    } catch (error) {
      deps.onRefused(error instanceof X0tError ? error.code : "X0T_LINK_CLOSED");
      under.abort(error as Error);
      throw error;
    }
  };
  return () => ({
    protocol: "/x0t/pq-tls/1",
    secureOutbound: (under, options) =>
      guarded(under, options, async (signal) => {
        const expect = deps.expectedAt(addressOf(under));
        if (expect === undefined) throw new X0tError("X0T_LINK_UNKNOWN_PEER", "A control link was dialled to nobody known.");
        const tls = await openTunnel({ under: duplexOf(under), expect, alpn: LINK_ALPN, layer: 0, identity: deps.identity, signal });
        return prove(tls, expect, under, signal);
      }),
    secureInbound: (under, options) =>
      guarded(under, options, async (signal) => {
        // node:tls serves over any Duplex, though its types ask for a net.Socket.
        const socket = duplexOf(under) as unknown as Socket;
        const accepted = await acceptTunnel({ socket, identity: deps.identity, alpns: [LINK_ALPN], requestPeer: deps.authorised, signal });
        return prove(accepted.tls, accepted.peer as NodeId, under, signal);
      }),
  });
}

function addressOf(under: MessageStream): string {
  return String((under as { remoteAddr?: unknown }).remoteAddr);
}

/** Leaves what follows in the stream. @throws X0T_LINK_CLOSED */
function readExactly(stream: Readable, bytes: number, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      stream.off("readable", onReadable).off("close", onClose);
      signal.removeEventListener("abort", onClose);
      finish();
    };
    const onReadable = () => {
      const chunk = stream.read(bytes) as Buffer | null;
      if (chunk === null) return;
      settle(() => (chunk.length === bytes ? resolve(chunk) : reject(closed())));
    };
    const onClose = () => settle(() => reject(closed()));
    stream.on("readable", onReadable).once("close", onClose);
    signal.addEventListener("abort", onClose, { once: true });
    if (signal.aborted || stream.destroyed) onClose();
    else onReadable();
  });
}

function closed(): X0tError {
  return new X0tError("X0T_LINK_CLOSED", "The control link closed before both sides had proved who they are.", { retryable: true });
}
