import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { MAX_BLOCK_BYTES } from "../core/blockSize.ts";
import { X0tError } from "../core/x0tError.ts";
import type { Logger } from "../runtime/logger.ts";
import type { BlockNode } from "./blockNode.ts";
import { getBlock, parsePath } from "./blocks.ts";
import { KUBO_ROUTES } from "./kuboRoutes.ts";

const REQUEST_DEADLINE_MS = 30_000;
const DRAIN_MS = 2_000;
const MAX_CONNECTIONS = 256;

/** The Kubo RPC API under POST /api/v0/ and a gateway of single blocks under GET /ipfs/<cid>. Not listening yet. */
export function createIpfsServer(node: BlockNode, log: Logger): Server {
  const server = createServer({ requestTimeout: REQUEST_DEADLINE_MS, headersTimeout: 10_000 }, (request, response) => {
    handle(node, request, response).catch(async (error: unknown) => {
      if (!(error instanceof X0tError)) log.warn({ err: error }, "request failed");
      if (response.headersSent) return response.destroy();
      await drain(request);
      fail(response, statusOf(error), (error as Error).message);
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

async function handle(node: BlockNode, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? "/";
  if (!URL.canParse(target, "http://ipfs")) return fail(response, 400, "The request's path is no URL.");
  const url = new URL(target, "http://ipfs");
  const gone = new AbortController();
  response.once("close", () => gone.abort(new X0tError("X0T_IPFS_BAD_REQUEST", "The client left.")));
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(REQUEST_DEADLINE_MS)]);
  if (url.pathname.startsWith("/ipfs/")) return serveBlock(node, request, response, { path: url.pathname, signal });
  const route = url.pathname.startsWith("/api/v0/") ? KUBO_ROUTES.get(url.pathname.slice("/api/v0/".length)) : undefined;
  if (route === undefined || request.method !== "POST") await drain(request);
  if (route === undefined) return fail(response, 404, `no such call: ${url.pathname}`);
  if (request.method !== "POST") return fail(response.setHeader("Allow", "POST"), 405, "Use POST.");
  // As Kubo does: pages that a person visits must not reach the API of their own machine.
  if (request.headers.origin !== undefined || isBrowser(request)) return fail(response, 403, "Browsers have no access.");
  const answer = await route({ node, query: url.searchParams, request, signal });
  if ("bytes" in answer) {
    response.setHeader("Content-Type", "application/octet-stream").end(answer.bytes);
  } else {
    response.setHeader("Content-Type", "application/json").end(answer.lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
}

async function serveBlock(
  node: BlockNode,
  request: IncomingMessage,
  response: ServerResponse,
  { path, signal }: { path: string; signal: AbortSignal },
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") return fail(response.setHeader("Allow", "GET, HEAD"), 405, "Use GET.");
  const parsed = parsePath(path);
  if (parsed.path.length > 0) return fail(response, 404, "Only whole blocks are served: ask for /ipfs/<cid>.");
  const bytes = await getBlock(node.helia, parsed.cid, signal);
  response
    .setHeader("Content-Type", parsed.cid.code === 0x71 ? "application/vnd.ipld.dag-cbor" : "application/octet-stream")
    .setHeader("Content-Length", bytes.length)
    .setHeader("Cache-Control", "public, max-age=29030400, immutable")
    .setHeader("ETag", `"${parsed.cid}"`)
    .setHeader("X-Content-Type-Options", "nosniff")
    .end(request.method === "HEAD" ? undefined : bytes);
}

function isBrowser(request: IncomingMessage): boolean {
  const site = request.headers["sec-fetch-site"];
  return site !== undefined && site !== "none";
}

function statusOf(error: unknown): number {
  if (!(error instanceof X0tError)) return 500;
  if (error.code === "X0T_IPFS_TOO_LARGE") return 413;
  // Kubo answers 500 for a block that is not there; clients read the message.
  return error.code === "X0T_IPFS_NOT_FOUND" ? 500 : 400;
}

/** Reads what the client still sends, within bounds: one that writes into a closed connection never reads the answer. */
async function drain(request: IncomingMessage): Promise<void> {
  let left = 2 * MAX_BLOCK_BYTES;
  const late = AbortSignal.timeout(DRAIN_MS);
  await new Promise<void>((resolve) => {
    if (request.readableEnded || request.destroyed) return resolve();
    late.addEventListener("abort", () => resolve(), { once: true });
    request.once("end", resolve).once("close", resolve);
    request.on("data", (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) resolve();
    });
    request.resume();
  });
}

function fail(response: ServerResponse, status: number, message: string): void {
  // What was not read of the request's body would be taken for the next request.
  response.setHeader("Connection", "close").setHeader("Content-Type", "application/json");
  response.writeHead(status).end(JSON.stringify({ Message: message, Code: 0, Type: "error" }));
}
