import Fastify, { type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";
import { X0tError } from "../../core/x0tError.ts";

/** What the API shows: snapshots, taken when asked (NET-24). */
export interface ApiViews {
  health: () => { status: "ok"; version: string; uptimeSeconds: number; peers: number; circuits: number };
  peers: () => unknown[];
  status: () => Record<string, unknown>;
  earnings: () => unknown;
}

export interface ApiServer {
  /** @returns the port. @throws X0T_PORT_TAKEN */
  start(): Promise<number>;
  close(): Promise<void>;
}

/** Who knocks in a storm is slowed by the kernel: accepting all of it at once would stop the loop. */
const BACKLOG = 64;
/** Connections at once, and requests on one: whoever needs more connects again. */
const MAX_CONNECTIONS = 256;
const MAX_REQUESTS_PER_CONNECTION = 1_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Requests of one connection without an answer yet: whoever asks on and does not read must not fill our memory. */
const MAX_UNANSWERED = 8;

/** The node's read-only HTTP API (NET-24). Names other than loopback's are refused, so that no web page can read it by DNS tricks. */
export function createApiServer(deps: {
  listen: { host: string; port: number };
  views: ApiViews;
  registry: Registry;
  /** False while the process puts itself together: every answer is 503 then. */
  ready?: () => boolean;
}): ApiServer {
  const { listen, views } = deps;
  const app: FastifyInstance = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 16_384,
    requestTimeout: REQUEST_TIMEOUT_MS,
    maxRequestsPerSocket: MAX_REQUESTS_PER_CONNECTION,
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  /** One for all who ask at the same time: it takes milliseconds of the loop, and a connection may ask for hundreds at once. */
  let metrics: Promise<string> | undefined;
  const unanswered = new WeakMap<object, number>();
  app.addHook("onRequest", async (request, reply) => {
    const { socket } = request.raw;
    const asked = (unanswered.get(socket) ?? 0) + 1;
    if (asked > MAX_UNANSWERED) socket.destroy();
    unanswered.set(socket, asked);
    reply.raw.once("close", () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    if (!isAllowedHost(request.hostname, listen.host)) await reply.code(403).send({ error: "host not allowed" });
    else if (deps.ready?.() === false) await reply.code(503).send({ error: "starting" });
  });
  app.get("/health", () => views.health());
  app.get("/peers", () => views.peers());
  app.get("/v1/status", () => views.status());
  app.get("/v1/earnings", () => views.earnings());
  app.get("/metrics", async (_request, reply) => {
    void reply.type(deps.registry.contentType);
    metrics ??= deps.registry.metrics().finally(() => (metrics = undefined));
    return metrics;
  });
  return {
    async start() {
      try {
        await app.listen({ ...listen, backlog: BACKLOG });
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") throw cause;
        throw new X0tError("X0T_PORT_TAKEN", `API port ${listen.host}:${listen.port} is taken. Stop what listens there, or change api.port.`, { cause });
      }
      const address = app.server.address();
      return typeof address === "object" && address !== null ? address.port : listen.port;
    },
    close: () => app.close(),
  };
}

function isAllowedHost(hostname: string, own: string): boolean {
  return hostname === own || hostname === "localhost" || hostname === "[::1]" || /^(\d{1,3}\.){3}\d{1,3}$/.test(hostname);
}
