import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { createLogger } from "../runtime/logger.ts";
import { onShutdown, reportReady } from "../runtime/shutdown.ts";
import { makeOriginFiles } from "./originFiles.ts";
import { createOriginServer } from "./originServer.ts";

/** `node devnet/originMain.ts --dir D --port P`: the test origin on 127.0.0.1. */
const log = createLogger("origin");
const { values } = parseArgs({ options: { dir: { type: "string" }, port: { type: "string" } } });
const port = Number(values.port);
if (values.dir === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) {
  log.error("Usage: originMain.ts --dir DIR --port PORT");
  process.exit(2);
}

await makeOriginFiles(values.dir);
const server = createOriginServer(values.dir, log);
server.listen(port, "127.0.0.1");
await once(server, "listening");
onShutdown(log, async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
reportReady({ port: (server.address() as AddressInfo).port });
log.info({ port }, "serving the test origin");
