import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createReader } from "../chain/createReader.ts";
import { parametersOf } from "../core/parameters.ts";
import { X0tError } from "../core/x0tError.ts";
import { createIpfsClient, type IpfsClient } from "../runtime/ipfsClient.ts";
import { createLogger } from "../runtime/logger.ts";
import { createMetrics } from "../runtime/metrics.ts";
import { onShutdown, reportReady } from "../runtime/shutdown.ts";
import { createTxMetrics } from "../runtime/txMetrics.ts";
import { startWorkerApi } from "./api.ts";
import { createChainView, type ChainView } from "./chainView.ts";
import { createWorkerMetrics } from "./metrics.ts";
import { networkKey, startNodeWorker, type NodeWorker } from "./nodeWorker.ts";
import type { WorkerConfig } from "./workerConfig.ts";

const log = createLogger("workers");

/** `node workers/main.ts --home DIR [--home DIR …] [--api-port P]`: the jobs of each node. Exits 2 on a bad argument. */
async function main(): Promise<void> {
  const { homes, apiPort } = parseArguments();
  const registry = createMetrics();
  const workers: NodeWorker[] = [];
  const status = () => workers.map((worker) => worker.status());
  const metrics = createWorkerMetrics(registry, () => status().map(({ state }) => state));
  const deps = { log, metrics, txMetrics: createTxMetrics(registry), networkOf: createNetworks() };
  const stop = new AbortController();
  workers.push(...homes.map((home) => startNodeWorker(home, deps, stop.signal)));
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  const api = apiPort === 0 ? undefined : await startWorkerApi({ port: apiPort, version, registry, status });
  onShutdown(log, async () => {
    stop.abort(new X0tError("X0T_STOPPING", "The worker is stopping."));
    await api?.close();
    await Promise.all(workers.map((worker) => worker.done));
  });
  log.info({ nodes: homes.length, apiPort: api?.port }, "working");
  reportReady({ nodes: homes.length, ...(api !== undefined && { apiPort: api.port }) });
}

/** One reader and one set of remembered facts a network, however many nodes share it. */
function createNetworks() {
  const networks = new Map<string, { view: ChainView; ipfs: IpfsClient }>();
  return (config: WorkerConfig) => {
    const key = networkKey(config);
    const known = networks.get(key);
    if (known !== undefined) return known;
    const { chainId, rpcUrls } = config;
    const { contracts } = config.contracts;
    const ipfs = createIpfsClient({ url: config.ipfsUrl });
    const client = createReader({ chainId, rpcUrls });
    const network = { ipfs, view: createChainView({ client, ipfs, chainId, contracts, parameters: parametersOf(config.parameters) }) };
    networks.set(key, network);
    return network;
  };
}

function parseArguments(): { homes: string[]; apiPort: number } {
  try {
    const { values } = parseArgs({
      options: { home: { type: "string", multiple: true }, "api-port": { type: "string", default: "0" } },
    });
    const homes = [...new Set(values.home ?? [])];
    const apiPort = Number(values["api-port"]);
    if (homes.length === 0) throw new TypeError("--home is missing");
    if (!Number.isInteger(apiPort) || apiPort < 0 || apiPort > 65_535) throw new TypeError("--api-port must be a number from 0 (off) to 65535");
    return { homes, apiPort };
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `${(cause as Error).message}. Usage: workers/main.ts --home DIR [--home DIR …] [--api-port PORT]`, { cause });
  }
}

main().catch((error: unknown) => {
  if (!(error instanceof X0tError)) throw error;
  log.error({ code: error.code }, error.message);
  process.exit(2);
});
