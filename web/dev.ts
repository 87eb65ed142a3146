import { parseArgs } from "node:util";
import { createServer } from "vite";
import { config } from "./vite.config.ts";

/**
 * `node web/dev.ts [--port 5173] [--dashboard http://127.0.0.1:10800]`: the page from its sources, renewed as they change,
 * over the network whose dashboard answers there.
 */
const { values } = parseArgs({ options: { port: { type: "string", default: "5173" }, dashboard: { type: "string", default: "http://127.0.0.1:10800" } } });
const target = values.dashboard;
/** The server behind refuses what another origin sends. */
const proxy = { target, headers: { origin: target, host: new URL(target).host, "sec-fetch-site": "same-origin" } };
const paths = ["/config.json", "/rpc", "/indexer", "/ipfs", "/client/", "/nodes/", "/faucet", "/connection-test"];
const server = await createServer({
  ...config,
  server: { host: "127.0.0.1", port: Number(values.port), strictPort: true, proxy: Object.fromEntries(paths.map((path) => [path, proxy])) },
});
await server.listen();
server.printUrls();
