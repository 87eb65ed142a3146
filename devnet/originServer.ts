import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Logger } from "../runtime/logger.ts";

const TYPES: Record<string, string> = {
  "/200m.bin": "application/octet-stream",
  "/200m.bin.sha256": "text/plain",
  "/1k.txt": "text/plain",
};
const READ_BYTES = 2 ** 20;
const IDLE_MS = 60_000;

/** The web server at the far end of the first circuits: three files, GET and HEAD, single byte ranges. */
export function createOriginServer(dir: string, log: Logger): Server {
  const server = createServer({ highWaterMark: READ_BYTES }, (request, response) => {
    answer(dir, request, response).catch((error: unknown) => {
      // A reader that leaves early is no fault of ours.
      log.debug({ err: error }, "answer ended early");
      response.destroy();
    });
  });
  server.setTimeout(IDLE_MS);
  return server;
}

async function answer(dir: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD", "content-length": 0 }).end();
    return;
  }
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  const type = TYPES[path];
  if (type === undefined) {
    response.writeHead(404, { "content-type": "text/plain" }).end(`Here are: ${Object.keys(TYPES).join(", ")}\n`);
    return;
  }
  const file = join(dir, path);
  const { size } = await stat(file);
  const range = parseRange(request.headers.range, size);
  if (range === "unsatisfiable") {
    response.writeHead(416, { "content-range": `bytes */${size}`, "content-length": 0 }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    "content-type": type,
    "content-length": end - start + 1,
    "accept-ranges": "bytes",
    ...(range !== undefined && { "content-range": `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  await pipeline(createReadStream(file, { start, end, highWaterMark: READ_BYTES }), response);
}

/** RFC 9110, 14.2: a single range of bytes; whatever else is asked for is answered whole. `end` is inclusive. */
export function parseRange(header: string | undefined, size: number): { start: number; end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? "unsatisfiable" : { start: size - suffix, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, end };
}
