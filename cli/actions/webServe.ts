import { once } from "node:events";
import { X0tError } from "../../core/x0tError.ts";
import { buildDashboard, DIST } from "../../devnet/dashboard/build.ts";
import { testConnection } from "../../devnet/dashboard/connectionTest.ts";
import { createDashboardServer, type DashboardParts } from "../../devnet/dashboard/server.ts";
import { createLogger } from "../../runtime/logger.ts";
import { findNetwork, type Network, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { createProgress } from "../progress.ts";
import { sharedConfig, type SharedWebFlags } from "../web/sharedConfig.ts";

interface ServeFlags extends NetworkFlags, SharedWebFlags {
  port: number;
  client: string;
  socks: string;
  testUrl?: string;
  json?: boolean;
}

const HOST = "127.0.0.1";

/** `x0t web serve`: the dashboard on this machine, until SIGINT or SIGTERM. */
export async function webServe(flags: ServeFlags): Promise<void> {
  const network = await findNetwork(flags);
  const progress = createProgress(process.stderr);
  await progress.step("Building the dashboard", () => buildDashboard(AbortSignal.timeout(120_000)));
  progress.close();
  const stopped = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  const server = await createDashboardServer({
    listen: { host: HOST, port: flags.port },
    dist: DIST,
    network: { ...sharedConfig(network, flags), socksUrl: `socks5h://${flags.socks}` },
    parts: partsOf(network, flags),
    log: createLogger("dashboard", "warn"),
  });
  const url = `http://${HOST}:${await server.start()}`;
  if (flags.json === true) printJson({ ready: true, url });
  else console.log(`The dashboard of ${network.name}: ${url}\nCtrl-C stops it.`);
  await stopped;
  await server.close();
}

function partsOf(network: Network, flags: ServeFlags): DashboardParts {
  const { graphqlUrl, rpcUrls, ipfsUrl } = network;
  if (graphqlUrl === undefined) throw new X0tError("X0T_USAGE", "Say where the indexer answers: --indexer URL.");
  const { testUrl } = flags;
  const [host = HOST, port = "10809"] = flags.socks.split(":");
  return {
    rpcUrl: rpcUrls[0] ?? "",
    indexerUrl: graphqlUrl.replace(/\/graphql\/?$/, ""),
    ipfsUrl,
    clientApiUrl: flags.client.replace(/\/$/, ""),
    ...(testUrl !== undefined && {
      testConnection: (signal: AbortSignal) => testConnection({ socks: { host, port: Number(port) }, url: testUrl, clientApiUrl: flags.client }, signal),
    }),
  };
}
