import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { X0tError } from "../core/x0tError.ts";
import type { NodeWorkerStatus } from "./nodeWorker.ts";

/**
 * GET /health and /metrics on loopback. Health is "degraded", and 503, while no node of the process works.
 * @throws X0T_PORT_TAKEN
 */
export async function startWorkerApi(deps: {
  port: number;
  version: string;
  registry: Registry;
  status: () => NodeWorkerStatus[];
}): Promise<{ port: number; close(): Promise<void> }> {
  const startedMs = performance.now();
  const server: Server = createServer((request, response) => {
    if (request.method !== "GET") return void response.writeHead(405, { Allow: "GET" }).end();
    if (request.url === "/health") {
      const nodes = deps.status();
      const status = nodes.some((node) => node.state === "running") ? "ok" : "degraded";
      const uptimeSeconds = Math.floor((performance.now() - startedMs) / 1000);
      const body = JSON.stringify({ status, version: deps.version, uptimeSeconds, nodes });
      return void response.writeHead(status === "ok" ? 200 : 503, { "Content-Type": "application/json" }).end(body);
    }
    if (request.url !== "/metrics") return void response.writeHead(404).end();
    deps.registry.metrics().then(
      (text) => response.writeHead(200, { "Content-Type": deps.registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.maxConnections = 32;
  server.listen(deps.port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new X0tError("X0T_PORT_TAKEN", `Port 127.0.0.1:${deps.port} cannot be used: ${(cause as Error).message}. Choose another --api-port.`, { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
