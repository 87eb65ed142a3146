import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { isAddress, type Address, type Hex } from "viem";
import type { WebConfig } from "../../core/webConfig.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { ConnectionTest } from "./connectionTest.ts";
import { contentSecurityPolicy } from "./contentSecurityPolicy.ts";
import { readSite, type SiteFile } from "./siteFiles.ts";
import { handOn } from "./upstream.ts";

/** Where the parts of the network answer; the page reaches them through this server alone. */
export interface DashboardParts {
  rpcUrl: string;
  /** Without /graphql. */
  indexerUrl: string;
  ipfsUrl: string;
  clientApiUrl?: string;
  /** By registry index. */
  nodeApiUrls?: readonly string[];
  giveFromFaucet?: (account: Address) => Promise<Hex>;
  testConnection?: (signal: AbortSignal) => Promise<ConnectionTest>;
}

export interface DashboardOptions {
  listen: { host: string; port: number };
  /** Folder of the built page. */
  dist: string;
  /** Without what follows from `parts`. */
  network: Pick<WebConfig, "name" | "contracts" | "parameters" | "snapshot" | "explorerUrl" | "walletConnectProjectId"> & { socksUrl?: string; onlySiteUrl?: string };
  parts: DashboardParts;
  log: Logger;
}

const BODY_BYTES = 1_048_576;
const REQUEST_TIMEOUT_MS = 30_000;
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]", "::1"]);
const READS = new Set(["health", "peers", "v1/status", "v1/earnings"]);
const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * The dashboard and, at the same origin, the network's parts that it needs. For this machine: other host names are
 * refused (DNS rebinding), and so is whatever another site's page sends.
 */
export async function createDashboardServer(options: DashboardOptions): Promise<{ start(): Promise<number>; close(): Promise<void> }> {
  const { listen, parts, log } = options;
  const site = await readSite(options.dist);
  const { snapshot } = options.network;
  // A Snapshot hub is public and asked by the page itself. Unlike the meta element of a static build, the header can forbid framing.
  const policy = `${contentSecurityPolicy(snapshot === null ? [] : [new URL(snapshot.hubUrl).origin])}; frame-ancestors 'none'`;
  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit: BODY_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, exposeHeadRoutes: true });
  // JSON alone: a page of another site cannot send that without asking first.
  app.removeContentTypeParser("text/plain");
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers({ ...HEADERS, "content-security-policy": policy });
    if (!isOwn(request)) await reply.code(403).send({ error: "X0T_FORBIDDEN", message: "Only pages of this server may ask it." });
  });
  app.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? (error instanceof X0tError ? 503 : 500);
    if (status === 500) log.error({ err: error }, "a request failed");
    await reply.code(status).send({ error: error instanceof X0tError ? error.code : "X0T_REQUEST", message: status === 500 ? "The server failed; its log says why." : error.message });
  });
  const webConfig = JSON.stringify(webConfigOf(options));
  app.get("/config.json", (_request, reply) => reply.type("application/json").header("cache-control", "no-store").send(webConfig));
  routeParts(app, parts);
  app.get("/*", (request, reply) => sendFile(site.get(request.url.split("?", 1)[0] ?? "/"), request, reply));
  return {
    async start() {
      try {
        await app.listen(listen);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") throw cause;
        throw new X0tError("X0T_PORT_TAKEN", `Port ${listen.host}:${listen.port} is taken. Stop what listens there, or choose another port.`, { cause });
      }
      const address = app.server.address();
      return typeof address === "object" && address !== null ? address.port : listen.port;
    },
    close: () => app.close(),
  };
}

function webConfigOf({ network, parts }: DashboardOptions): WebConfig {
  const { socksUrl, onlySiteUrl = null, ...rest } = network;
  const hasClient = parts.clientApiUrl !== undefined && socksUrl !== undefined;
  return {
    ...rest,
    rpcUrl: "rpc",
    graphqlUrl: "indexer/graphql",
    ipfsUrl: "ipfs",
    client: hasClient ? { apiUrl: "client", socksUrl, testUrl: parts.testConnection === undefined ? null : "connection-test", onlySiteUrl } : null,
    nodesUrl: parts.nodeApiUrls === undefined ? null : "nodes",
    faucetUrl: parts.giveFromFaucet === undefined ? null : "faucet",
  };
}

function routeParts(app: FastifyInstance, parts: DashboardParts): void {
  const { clientApiUrl, nodeApiUrls, giveFromFaucet, testConnection } = parts;
  app.post("/rpc", (request, reply) => handOn(reply, parts.rpcUrl, request.body));
  app.post("/indexer/graphql", (request, reply) => handOn(reply, `${parts.indexerUrl}/graphql`, request.body));
  for (const path of ["v1/status", "v1/ready"]) app.get(`/indexer/${path}`, (_request, reply) => handOn(reply, `${parts.indexerUrl}/${path}`));
  app.get<{ Params: { cid: string } }>("/ipfs/:cid", (request, reply) => {
    const { cid } = request.params;
    if (!/^[a-zA-Z0-9]{40,120}$/.test(cid)) return reply.code(400).send({ error: "X0T_REQUEST", message: "That is no CID." });
    // Kubo serves blocks as they are on its RPC port alone, by POST.
    return handOn(reply, `${parts.ipfsUrl}/api/v0/block/get?arg=${cid}`, null, "application/octet-stream");
  });
  if (clientApiUrl !== undefined) {
    for (const path of READS) app.get(`/client/${path}`, (_request, reply) => handOn(reply, `${clientApiUrl}/${path}`));
  }
  if (nodeApiUrls !== undefined) {
    for (const path of READS) {
      app.get<{ Params: { index: string } }>(`/nodes/:index/${path}`, (request, reply) => {
        const url = nodeApiUrls[Number(request.params.index)];
        return url === undefined ? reply.code(404).send({ error: "X0T_REQUEST", message: "No node of this network has that index." }) : handOn(reply, `${url}/${path}`);
      });
    }
  }
  if (giveFromFaucet !== undefined) {
    app.post("/faucet", async (request) => {
      const account = (request.body as { account?: unknown } | null)?.account;
      if (typeof account !== "string" || !isAddress(account)) throw Object.assign(new X0tError("X0T_USAGE", "Say for which account: {\"account\": \"0x…\"}."), { statusCode: 400 });
      return { transactionHash: await giveFromFaucet(account) };
    });
  }
  if (testConnection !== undefined) app.post("/connection-test", () => testConnection(AbortSignal.timeout(REQUEST_TIMEOUT_MS)));
}

function sendFile(file: SiteFile | undefined, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (file === undefined) return reply.code(404).send({ error: "X0T_REQUEST", message: "There is nothing here." });
  const isGzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
  return reply
    .type(file.type)
    .headers({ vary: "accept-encoding", "cache-control": file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache", ...(isGzip && { "content-encoding": "gzip" }) })
    .send(isGzip ? file.gzipped : file.body);
}

const WALLET_ORIGIN = /^(?:chrome|moz|safari-web)-extension:\/\//;

/** By the host asked for, and by what a browser says of who asks. */
function isOwn(request: FastifyRequest): boolean {
  if (!LOOPBACK.has(request.hostname)) return false;
  const { origin, "sec-fetch-site": site } = request.headers;
  // A wallet's extension asks the chain by the address that the page told it; no page can take such an origin.
  if (request.url === "/rpc" && WALLET_ORIGIN.test(origin ?? "")) return true;
  if (site !== undefined && site !== "same-origin" && site !== "none") return request.method === "GET" && request.url === "/" && request.headers["sec-fetch-mode"] === "navigate";
  return origin === undefined || origin === `http://${request.headers.host}`;
}
