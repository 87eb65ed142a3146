import net, { type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";

/** Two ends of one real TCP connection on loopback. */
export async function socketPair(): Promise<{ client: Socket; server: Socket; close(): void }> {
  const listener = net.createServer();
  const port = await listenLocal(listener);
  const accepted = once(listener, "connection") as Promise<[Socket]>;
  const client = net.connect({ port, host: "127.0.0.1" });
  const [[server]] = await Promise.all([accepted, once(client, "connect")]);
  listener.close();
  for (const socket of [client, server]) socket.on("error", () => undefined);
  return {
    client,
    server,
    close() {
      client.destroy();
      server.destroy();
    },
  };
}

/** Listens on a free port of `host` and returns it. */
export async function listenLocal(server: Server, host = "127.0.0.1"): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Resolves once `condition` holds. @throws after `timeoutMs` */
export async function until(condition: () => boolean, timeoutMs = 5_000, what = "condition"): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what} not met within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
