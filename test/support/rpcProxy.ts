import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a JSON-RPC request: it passes, its connection breaks before or after the chain took it, or it hangs. */
export type RpcFate = "pass" | "break" | "hang" | "lose-answer";

export interface RpcProxy {
  url: string;
  /** How often each method was asked for. */
  seen: Map<string, number>;
  /** Decides by method; all pass at first. */
  fate: (method: string) => RpcFate;
  close(): Promise<void>;
}

/** Stands between a process and its chain, to lose requests at will. */
export async function startRpcProxy(target: string): Promise<RpcProxy> {
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const parsed = JSON.parse(body) as { method: string } | { method: string }[];
      const methods = [parsed].flat().map(({ method }) => method);
      for (const method of methods) proxy.seen.set(method, (proxy.seen.get(method) ?? 0) + 1);
      const fates = methods.map((method) => proxy.fate(method));
      if (fates.includes("break")) return request.socket.destroy();
      if (fates.includes("hang")) return;
      const answer = await fetch(target, { method: "POST", body, headers: { "Content-Type": "application/json" } });
      if (fates.includes("lose-answer")) return request.socket.destroy();
      response.writeHead(answer.status, { "Content-Type": "application/json" }).end(await answer.text());
    }).catch(() => request.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: new Map(),
    fate: () => "pass",
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
