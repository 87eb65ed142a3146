import { once } from "node:events";
import { createServer } from "node:net";
import { listenLocal } from "../../test/support/sockets.ts";

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenLocal(server);
  server.close();
  await once(server, "close");
  return port;
}
