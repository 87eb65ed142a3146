import { yamux } from "@chainsafe/libp2p-yamux";
import type { Connection, PrivateKey, Stream, Transport } from "@libp2p/interface";
import { tcp, type TCPComponents } from "@libp2p/tcp";
import { multiaddr, type Multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";
import { isIP, isIPv6 } from "node:net";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Identity } from "../identity/identity.ts";
import type { DialTarget } from "./dialer.ts";
import { pqTls } from "./pqTls.ts";
import { LINK_PROTOCOLS, protocolId, type LinkProtocol } from "./protocols.ts";

const MAX_LINK_CONNECTIONS = 300;
/** Who knocks in a storm is slowed by the kernel: accepting all of it at once would stop the loop. */
const BACKLOG = 64;
/** Connections a second from one address before they are refused unread. */
const INBOUND_PER_SECOND = 20;
const MAX_PENDING_INBOUND = 128;
/** TCP accepted, but no proved peer by then. */
const SETUP_TIMEOUT_MS = 5_000;

export interface LinkHost {
  node: Libp2p;
  /** @throws X0T_PORT_TAKEN, X0T_LISTEN */
  start(): Promise<void>;
  dial(target: DialTarget, signal: AbortSignal): Promise<Connection>;
  /** Whom the connection's handshake proved. */
  nodeIdOf(connection: Connection): NodeId | undefined;
}

/** libp2p with TCP, yamux and nothing classical: our PQ-TLS is the only encrypter (NET-17). */
export async function createLinkHost(deps: {
  identity: Identity;
  libp2pKey: PrivateKey;
  binding: Uint8Array;
  listen: { host: string; port: number } | undefined;
  dialFrom: string;
  authorised: (nodeId: NodeId) => boolean;
  onRefused: (reason: string) => void;
  onStream: (protocol: LinkProtocol, stream: Stream, connection: Connection) => void;
}): Promise<LinkHost> {
  const { listen } = deps;
  /** libp2p's name of a peer → NodeId: keys are proved both ways, so an entry never changes its meaning. */
  const proved = new Map<string, NodeId>();
  /** Multiaddr → whom it must be, while a dial runs. */
  const expected = new Map<string, NodeId>();
  const node = await createLibp2p({
    start: false,
    privateKey: deps.libp2pKey,
    addresses: { listen: listen === undefined ? [] : [linkMultiaddr(listen.host, listen.port).toString()] },
    transports: [
      tcpFrom(deps.dialFrom),
    ],
    connectionEncrypters: [
      pqTls({
        identity: deps.identity,
        binding: deps.binding,
        authorised: deps.authorised,
        expectedAt: (address) => expected.get(address),
        onProved: (peer, nodeId) => void proved.set(peer.toString(), nodeId),
        onRefused: deps.onRefused,
      }),
    ],
    streamMuxers: [yamux()],
    connectionManager: {
      maxConnections: MAX_LINK_CONNECTIONS,
      inboundConnectionThreshold: INBOUND_PER_SECOND,
      maxIncomingPendingConnections: MAX_PENDING_INBOUND,
      inboundUpgradeTimeout: SETUP_TIMEOUT_MS,
      reconnectRetries: 0,
    },
    // Beacons watch the connections.
    connectionMonitor: { enabled: false },
  });
  node.addEventListener("peer:disconnect", (event) => void proved.delete(event.detail.toString()));
  for (const protocol of LINK_PROTOCOLS) {
    await node.handle(protocolId(protocol), (stream, connection) => deps.onStream(protocol, stream, connection), {
      maxInboundStreams: 1,
      maxOutboundStreams: 1,
    });
  }
  return {
    node,
    nodeIdOf: (connection) => proved.get(connection.remotePeer.toString()),
    async start() {
      try {
        await node.start();
      } catch (cause) {
        throw listen === undefined ? cause : listenError(listen.host, listen.port, cause);
      }
    },
    async dial(target, signal) {
      const address = linkMultiaddr(target.host, target.port);
      expected.set(address.toString(), target.nodeId);
      try {
        return await node.dial(address, { signal, force: true });
      } finally {
        expected.delete(address.toString());
      }
    },
  };
}

/** libp2p's TCP, dialling from `localAddress` wherever the other side is of the same family. */
function tcpFrom(localAddress: string): (components: TCPComponents) => Transport {
  const create = tcp({ maxConnections: MAX_LINK_CONNECTIONS, backlog: BACKLOG });
  return (components) => {
    const transport = create(components);
    const dial = transport.dial.bind(transport);
    const family = `ip${isIP(localAddress)}`;
    // The options are passed on to net.connect, whose `localAddress` libp2p's type leaves out.
    transport.dial = (address, options) =>
      dial(address, address.getComponents()[0]?.name === family ? Object.assign({}, options, { localAddress }) : options);
    return transport;
  };
}

/** The port in use, also where 0 was asked for. */
export function listeningPort(node: Libp2p): number {
  const [address] = node.getMultiaddrs();
  return Number(address?.getComponents().find(({ name }) => name === "tcp")?.value ?? 0);
}

function linkMultiaddr(host: string, port: number): Multiaddr {
  return multiaddr(`/${isIPv6(host) ? "ip6" : "ip4"}/${host}/tcp/${port}`);
}

function listenError(host: string, port: number, cause: unknown): X0tError {
  const taken = /EADDRINUSE/.test(String(cause) + String((cause as Error).cause ?? "") + errorsOf(cause));
  return taken
    ? new X0tError("X0T_PORT_TAKEN", `Control port ${host}:${port} is taken. Stop what listens there, or change listen.controlPort.`, { cause })
    : new X0tError("X0T_LISTEN", `Cannot listen on ${host}:${port}: ${(cause as Error).message}. Check listen.host in the config.`, { cause });
}

function errorsOf(cause: unknown): string {
  const errors = (cause as { errors?: unknown }).errors;
  if (errors instanceof Map) return [...errors.values()].map(String).join(" ");
  return Array.isArray(errors) ? errors.map(String).join(" ") : "";
}
