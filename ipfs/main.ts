import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { X0tError } from "../core/x0tError.ts";
import { createLogger } from "../runtime/logger.ts";
import { onShutdown, reportReady } from "../runtime/shutdown.ts";
import { openBlockNode } from "./blockNode.ts";
import { createIpfsServer } from "./server.ts";

const log = createLogger("ipfs");

/** `node ipfs/main.ts --dir D --port P`: the embedded IPFS on 127.0.0.1. Exits 2 on a bad argument or a taken port. */
async function main(): Promise<void> {
  const { dir, port } = parseArguments();
  const node = await openBlockNode(dir);
  const server = createIpfsServer(node, log);
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === "EADDRINUSE" ? "is taken" : `cannot be used (${(cause as Error).message})`;
    throw new X0tError("X0T_PORT_TAKEN", `Port 127.0.0.1:${port} ${reason}. Stop what uses it, or choose another --port.`, { cause });
  }
  const { port: bound } = server.address() as AddressInfo;
  log.info({ url: `http://127.0.0.1:${bound}`, dir }, "serving IPFS");
  onShutdown(log, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await node.close();
  });
  reportReady({ port: bound });
}

function parseArguments(): { dir: string; port: number } {
  try {
    const { values } = parseArgs({ options: { dir: { type: "string" }, port: { type: "string" } } });
    const port = Number(values.port);
    if (values.dir === undefined) throw new TypeError("--dir is missing");
    if (values.port === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new TypeError("--port must be a number from 0 to 65535");
    }
    return { dir: values.dir, port };
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `${(cause as Error).message}. Usage: ipfs/main.ts --dir DIR --port PORT`, { cause });
  }
}

main().catch((error: unknown) => {
  if (!(error instanceof X0tError)) throw error;
  log.error({ code: error.code, data: error.data }, error.message);
  process.exit(2);
});
