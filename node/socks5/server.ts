import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Counter, Gauge, type Registry } from "prom-client";
import { X0tError } from "../../core/x0tError.ts";
import type { Logger } from "../../runtime/logger.ts";
import { REPLIES, type Target } from "../circuit/frames.ts";
import { joinStreams } from "../session/joinStreams.ts";
import { createByteReader } from "./byteReader.ts";
import { httpReply, readHttpRequest } from "./httpHandshake.ts";
import type { ProxyRequest } from "./request.ts";
import { readSocksRequest, SOCKS_VERSION, socksReply } from "./socksHandshake.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 60_000;
const MAX_CONNECTIONS = 1_024;
const BUFFER_BYTES = 256 << 10;

/** A code of RFC 1928, section 6, other than 0: no connection, and why. */
export type SocksReply = number;

/**
 * Opens a connection through the network. @param isolationKey equal for equal credentials, "" without any:
 * streams of different keys must not share a session (NET-10)
 */
export type SocksConnect = (target: Target, isolationKey: string, signal: AbortSignal) => Promise<Duplex | SocksReply>;

export interface SocksServer {
  /** @returns the port. @throws X0T_PORT_TAKEN */
  start(): Promise<number>;
  close(): Promise<void>;
}

/** SOCKS5 and HTTP CONNECT on one port (NET-14). Names go to `connect` unresolved. */
export function createSocksServer(deps: { host: string; port: number; connect: SocksConnect; log: Logger; registry: Registry }): SocksServer {
  const { host, port, connect, log, registry } = deps;
  const sockets = new Set<Socket>();
  /** Credentials never leave this process, not even hashed: the key is its own. */
  const isolationSecret = randomBytes(32);
  const isolationKeyOf = (credentials: string) =>
    credentials === "" ? "" : createHmac("sha256", isolationSecret).update(credentials).digest("hex");
  const requests = new Counter({
    name: "x0t_socks_requests_total",
    help: "Requests to the local proxy by protocol (socks5, http, none) and reply code.",
    labelNames: ["protocol", "reply"] as const,
    registers: [registry],
  });
  new Gauge({
    name: "x0t_socks_connections",
    help: "Connections of applications to the local proxy.",
    registers: [registry],
    collect() {
      this.set(sockets.size);
    },
  });

  const onConnection = (socket: Socket) => {
    socket.on("error", () => undefined);
    if (sockets.size >= MAX_CONNECTIONS) return void socket.resetAndDestroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket).catch((error: unknown) => {
      log.error({ err: error }, "a proxy connection broke its handler");
      socket.destroy();
    });
  };

  const serve = async (socket: Socket): Promise<void> => {
    const reader = createByteReader(socket, AbortSignal.timeout(HANDSHAKE_TIMEOUT_MS));
    const first = (await reader.exactly(1))?.[0];
    const isSocks = first === SOCKS_VERSION;
    const isHttp = first !== undefined && first >= 0x41 && first <= 0x5a;
    const request = isSocks ? await readSocksRequest(reader, socket) : isHttp ? await readHttpRequest(reader, first) : undefined;
    reader.release();
    if (request === undefined) {
      requests.inc({ protocol: "none", reply: "none" });
      return void socket.destroySoon();
    }
    const result = "reply" in request ? request.reply : await open(request, socket);
    const reply = typeof result === "number" ? result : REPLIES.succeeded;
    requests.inc({ protocol: isSocks ? "socks5" : "http", reply });
    if (typeof result !== "number" && socket.destroyed) return void result.destroy();
    socket.write(isSocks ? socksReply(reply) : httpReply(reply));
    if (typeof result === "number") socket.destroySoon();
    else joinStreams(socket, result);
  };

  const open = async ({ target, credentials }: ProxyRequest, socket: Socket): Promise<Duplex | SocksReply> => {
    const gone = new AbortController();
    const onClose = () => gone.abort();
    socket.once("close", onClose);
    try {
      const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
      return await connect(target, isolationKeyOf(credentials), signal);
    } catch (error) {
      log.debug({ code: error instanceof X0tError ? error.code : undefined }, "no connection");
      return replyOf(error);
    } finally {
      socket.off("close", onClose);
    }
  };

  const server = net.createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: BUFFER_BYTES }, onConnection);
  return {
    async start() {
      server.listen(port, host);
      try {
        await once(server, "listening");
      } catch (cause) {
        throw new X0tError("X0T_PORT_TAKEN", `Cannot listen on ${host}:${port}: ${(cause as Error).message}. Choose another port for SOCKS.`, { cause });
      }
      server.on("error", (error) => log.warn({ err: error }, "socks port"));
      return (server.address() as AddressInfo).port;
    },
    async close() {
      const closed = server.listening ? once(server, "close") : undefined;
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The exit's own reply where it gave one (X0T_OPEN_REFUSED). */
function replyOf(error: unknown): SocksReply {
  const reply = error instanceof X0tError ? error.data.reply : undefined;
  return typeof reply === "number" && reply > 0 && reply <= 0xff ? reply : REPLIES.generalFailure;
}

