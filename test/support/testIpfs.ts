import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { openBlockNode } from "../../ipfs/blockNode.ts";
import { createIpfsServer } from "../../ipfs/server.ts";
import { createLogger } from "../../runtime/logger.ts";

/** The embedded IPFS in this process, on a free port (or `port`). */
export async function startTestIpfs(directory: string, port = 0): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const node = await openBlockNode(directory);
  const server = createIpfsServer(node, createLogger("ipfs", "silent"));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await node.close();
    },
  };
}
