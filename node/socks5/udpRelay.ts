import dgram from "node:dgram";
import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { Counter, Gauge, type Registry } from "prom-client";
import { REPLIES, type Target } from "../circuit/frames.ts";
import { plainAddress } from "../circuit/ipBytes.ts";
import type { SocksReply } from "./request.ts";
import { parseUdpRequest, udpReplyHeader } from "./udpHeader.ts";

/** Each is a socket of this process. */
const MAX_ASSOCIATIONS = 256;
const MAX_SEND_QUEUE_BYTES = 1 << 20;
const KEEP_ALIVE_MS = 60_000;

/** Datagrams through the network for one association. */
export interface DatagramPort {
  /** False: dropped. `payload` must stay as it is. */
  send(target: Target, payload: Buffer): boolean;
  close(): void;
}

/**
 * Opens an association through the network. @param isolationKey as for `SocksConnect`
 * @param onDatagram an answer; `payload` is of use during the call only
 */
export type SocksAssociate = (
  isolationKey: string,
  onDatagram: (source: Target, payload: Buffer) => void,
  signal: AbortSignal,
) => Promise<DatagramPort | SocksReply>;

export interface UdpRelay {
  /**
   * Serves the datagrams of one control connection until it ends (RFC 1928, section 7).
   * @returns where the application sends them, or a reply code
   */
  serve(control: Socket, open: (onDatagram: (source: Target, payload: Buffer) => void) => Promise<DatagramPort | SocksReply>): Promise<AddressInfo | SocksReply>;
}

export function createUdpRelay(registry: Registry): UdpRelay {
  let associations = 0;
  const datagrams = new Counter({
    name: "x0t_socks_datagrams_total",
    help: "UDP datagrams of applications by outcome: sent, received, or why they were dropped.",
    labelNames: ["outcome"] as const,
    registers: [registry],
  });
  new Gauge({
    name: "x0t_socks_associations",
    help: "UDP associations of applications.",
    registers: [registry],
    collect() {
      this.set(associations);
    },
  });
  const count = (outcome: string) => datagrams.inc({ outcome });

  return {
    async serve(control, open) {
      if (associations >= MAX_ASSOCIATIONS) return REPLIES.generalFailure;
      associations++;
      const family = net.isIPv6(plainAddress(control.localAddress)) ? "udp6" : "udp4";
      const socket = dgram.createSocket({ type: family, lookup: (address, _options, done) => done(null, address, family === "udp6" ? 6 : 4) });
      const over = new AbortController();
      let port: DatagramPort = { send: () => false, close: () => undefined };
      const end = () => {
        if (over.signal.aborted) return;
        over.abort();
        associations--;
        port.close();
        socket.removeAllListeners("message").close();
      };
      control.once("close", end);
      control.setKeepAlive(true, KEEP_ALIVE_MS);
      // Nothing more is said on it, but its end ends the association.
      control.resume().once("end", () => control.destroy());
      socket.on("error", end);
      const peer = plainAddress(control.remoteAddress);
      let peerPort: number | undefined;

      const toApplication = (source: Target, payload: Buffer): void => {
        const header = udpReplyHeader(source);
        if (over.signal.aborted || header === undefined || peerPort === undefined) return count("dropped");
        if (socket.getSendQueueSize() > MAX_SEND_QUEUE_BYTES) return count("dropped");
        socket.send(Buffer.concat([header, payload]), peerPort, peer, (error) => count(error === null ? "received" : "dropped"));
      };
      socket.on("message", (bytes, from) => {
        // The first source port of the application's is the only one (NET-14).
        if (from.address !== peer || (peerPort ?? from.port) !== from.port) return count("foreign");
        const parsed = parseUdpRequest(bytes);
        if (typeof parsed === "string") return count(parsed);
        peerPort = from.port;
        count(port.send(parsed.target, parsed.payload) ? "sent" : "dropped");
      });

      const opened = await open(toApplication);
      if (typeof opened === "number") {
        end();
        return opened;
      }
      if (over.signal.aborted) {
        opened.close();
        return REPLIES.generalFailure;
      }
      port = opened;
      try {
        const listening = once(socket, "listening", { signal: over.signal });
        socket.bind({ port: 0, address: plainAddress(control.localAddress), exclusive: true });
        await listening;
      } catch {
        end();
        return REPLIES.generalFailure;
      }
      socket.on("error", () => control.destroy());
      return socket.address();
    },
  };
}
