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
import { DUPLICATE_SUFFIX, userOf, type ProxyRequest, type SocksReply } from "./request.ts";
import { readSocksRequest, SOCKS_VERSION, socksReply } from "./socksHandshake.ts";
import { createUdpRelay, type SocksAssociate } from "./udpRelay.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 60_000;
const MAX_CONNECTIONS = 1_024;
/** Beyond them so many at a time are told of it, in the words of their protocol; the rest is reset. */
const MAX_REFUSALS = 64;
const REFUSAL_TIMEOUT_MS = 1_000;
/** A refused application may take so long to read why. */
const LINGER_MS = 2_000;
const BUFFER_BYTES = 256 << 10;

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

/**
 * SOCKS5 and HTTP CONNECT on one port (NET-14). Names go to `connect` unresolved.
 * @param associate undefined: UDP ASSOCIATE is an unknown command
 */
export function createSocksServer(deps: {
  host: string;
  port: number;
  connect: SocksConnect;
  associate?: SocksAssociate;
  maxConnections?: number;
  handshakeTimeoutMs?: number;
  /** Connections to these ports get keys with DUPLICATE_SUFFIX. */
  duplicatePorts?: readonly number[];
  log: Logger;
  registry: Registry;
}): SocksServer {
  const { host, port, connect, associate, log, registry } = deps;
  const duplicatePorts = deps.duplicatePorts ?? [];
  const maxConnections = deps.maxConnections ?? MAX_CONNECTIONS;
  const sockets = new Set<Socket>();
  /** Credentials never leave this process, not even hashed: the key is its own. */
  const isolationSecret = randomBytes(32);
  const isolationKeyOf = (request: ProxyRequest) => {
    const { credentials } = request;
    const key = credentials === "" ? "" : createHmac("sha256", isolationSecret).update(credentials).digest("hex");
    const port = request.command === "connect" ? request.target.port : undefined;
    const twice = userOf(credentials).endsWith(DUPLICATE_SUFFIX) || (port !== undefined && duplicatePorts.includes(port));
    return twice ? key + DUPLICATE_SUFFIX : key;
  };
  const udp = createUdpRelay(registry);
  const requests = new Counter({
    name: "x0t_socks_requests_total",
    help: "Requests to the local proxy by protocol (socks5, http, udp, none) and reply code.",
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
    if (sockets.size >= maxConnections + MAX_REFUSALS) return void socket.resetAndDestroy();
    const full = sockets.size >= maxConnections;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket, full).catch((error: unknown) => {
      log.error({ err: error }, "a proxy connection broke its handler");
      socket.destroy();
    });
  };

  const serve = async (socket: Socket, full: boolean): Promise<void> => {
    // Not AbortSignal.timeout: its timers outlive the connection, and many short ones pile up.
    const late = new AbortController();
    const deadline = setTimeout(() => late.abort(), full ? REFUSAL_TIMEOUT_MS : (deps.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS));
    const reader = createByteReader(socket, late.signal);
    const first = (await reader.exactly(1))?.[0];
    const isSocks = first === SOCKS_VERSION;
    const isHttp = first !== undefined && first >= 0x41 && first <= 0x5a;
    const request = isSocks ? await readSocksRequest(reader, socket) : isHttp ? await readHttpRequest(reader, first) : undefined;
    reader.release();
    clearTimeout(deadline);
    const protocol = isSocks ? "socks5" : "http";
    if (request === undefined) {
      requests.inc({ protocol: "none", reply: "none" });
      return endSoon(socket);
    }
    const refuse = (reply: SocksReply, label: string = protocol) => {
      requests.inc({ protocol: label, reply });
      endSoon(socket, isSocks ? socksReply(reply) : httpReply(reply));
    };
    if ("reply" in request) return refuse(request.reply);
    if (full) return refuse(REPLIES.generalFailure);
    const key = isolationKeyOf(request);
    if (request.command === "associate") {
      if (associate === undefined) return refuse(REPLIES.commandNotSupported);
      const bound = await udp.serve(socket, (onDatagram) => asked(socket, (signal) => associate(key, onDatagram, signal)));
      if (typeof bound === "number") return refuse(bound, "udp");
      requests.inc({ protocol: "udp", reply: REPLIES.succeeded });
      return void socket.write(socksReply(REPLIES.succeeded, bound));
    }
    const { target } = request;
    const stream = await asked(socket, (signal) => connect(target, key, signal));
    if (typeof stream === "number") return refuse(stream);
    requests.inc({ protocol, reply: REPLIES.succeeded });
    if (socket.destroyed) return void stream.destroy();
    socket.write(isSocks ? socksReply(REPLIES.succeeded) : httpReply(REPLIES.succeeded));
    joinStreams(socket, stream);
  };

  /** The network's answer, given up when the application leaves; a failure as the reply code that tells of it. */
  const asked = async <T>(socket: Socket, ask: (signal: AbortSignal) => Promise<T>): Promise<T | SocksReply> => {
    const gone = new AbortController();
    const onClose = () => gone.abort();
    const deadline = setTimeout(onClose, CONNECT_TIMEOUT_MS);
    socket.once("close", onClose);
    try {
      return await ask(gone.signal);
    } catch (error) {
      log.debug({ code: error instanceof X0tError ? error.code : undefined }, "no connection");
      return replyOf(error);
    } finally {
      clearTimeout(deadline);
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

/** Last words, and time to read them: closed with bytes unread, the connection would be reset and they with it. */
function endSoon(socket: Socket, words?: Buffer): void {
  if (words !== undefined) socket.end(words);
  else socket.end();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.resume().once("end", () => socket.destroySoon()).once("close", () => clearTimeout(timer));
}
