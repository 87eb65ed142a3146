import { join } from "node:path";
import { parseArgs } from "node:util";
import { privateKeyToAccount } from "viem/accounts";
import { createReader } from "../../chain/createReader.ts";
import { X0T } from "../../core/parameters.ts";
import { readPrivateKeyFile } from "../../runtime/keystore.ts";
import { createLogger } from "../../runtime/logger.ts";
import { onShutdown, reportReady } from "../../runtime/shutdown.ts";
import { createTxQueue } from "../../runtime/txQueue.ts";
import { giveFromFaucet } from "../faucet.ts";
import { readGenesis } from "../genesisFile.ts";
import { PROJECT_ROOT, statePaths } from "../paths.ts";
import { portsFrom } from "../ports.ts";
import { choiceOf } from "../settings.ts";
import { testConnection } from "./connectionTest.ts";
import { createDashboardServer } from "./server.ts";

/** `node devnet/dashboard/main.ts --state-dir D`: the dashboard of the devnet in that folder, on 127.0.0.1. */
const HOST = "127.0.0.1";
const FAUCET_GIVES_WEI = 1_000n * X0T;
const FAUCET_POLL_MS = 100;

const log = createLogger("dashboard");
const { values } = parseArgs({ options: { "state-dir": { type: "string" } } });
const paths = statePaths(values["state-dir"] ?? "");
const genesis = await readGenesis(paths.genesisFile);
if (genesis === undefined) {
  log.error("Usage: dashboard/main.ts --state-dir DIR, of a network that was started before");
  process.exit(2);
}
const { contracts, settings } = genesis;
const ports = portsFrom(settings.portBase ?? undefined);
const url = (port: number) => `http://${HOST}:${port}`;
const rpcUrl = url(ports.rpc);
const testFileUrl = `${url(ports.origin)}/1k.txt`;
const faucet = createTxQueue({
  client: createReader({ chainId: contracts.chainId, rpcUrls: [rpcUrl] }),
  account: privateKeyToAccount(await readPrivateKeyFile(paths.keyFile("faucet"))),
  chainId: contracts.chainId,
  log,
  limits: { pollMs: FAUCET_POLL_MS },
});
const server = await createDashboardServer({
  listen: { host: HOST, port: ports.dashboard },
  dist: join(PROJECT_ROOT, "web", "dist"),
  network: {
    name: "devnet",
    contracts,
    parameters: choiceOf(settings),
    socksUrl: `socks5h://${HOST}:${ports.socks}`,
    onlySiteUrl: testFileUrl,
    snapshot: null,
    explorerUrl: null,
    walletConnectProjectId: null,
  },
  parts: {
    rpcUrl,
    indexerUrl: url(ports.graphql),
    ipfsUrl: url(ports.ipfs),
    clientApiUrl: url(ports.clientApi),
    nodeApiUrls: genesis.nodes.map(({ index }) => url(ports.nodeApi + index)),
    giveFromFaucet: (account) => giveFromFaucet(faucet, { token: contracts.contracts.X0TToken, rpcUrl, account, amountWei: FAUCET_GIVES_WEI }),
    testConnection: (signal) =>
      testConnection({ socks: { host: HOST, port: ports.socks }, url: testFileUrl, clientApiUrl: url(ports.clientApi) }, signal),
  },
  log,
});
const port = await server.start();
onShutdown(log, async () => {
  await server.close();
  faucet.close();
});
reportReady({ port });
log.info({ port }, "serving the dashboard");
