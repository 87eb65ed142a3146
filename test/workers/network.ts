import { Registry } from "prom-client";
import { createReader } from "../../chain/createReader.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { createLogger } from "../../runtime/logger.ts";
import { createTxQueue } from "../../runtime/txQueue.ts";
import { createChainView, type Tick } from "../../workers/chainView.ts";
import { createWorkerMetrics } from "../../workers/metrics.ts";
import { openWorkerNode, readHome, type Job, type WorkerNode } from "../../workers/workerNode.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";
import { startTestIpfs } from "../support/testIpfs.ts";
import { createTestNodes, type TestNode } from "../support/testNodes.ts";

/** A chain, IPFS and registered nodes with homes; the test runs the jobs and moves the time. */
export interface WorkerNetwork {
  chain: ProtocolChain;
  nodes: TestNode[];
  ipfs: Awaited<ReturnType<typeof startTestIpfs>>;
  directory: string;
  /** A worker's state of one node, fresh: as after a restart of its process. */
  open(node: TestNode, overrides?: { ipfsUrl?: string }): Promise<WorkerNode>;
  /** Runs a job now, by the chain's latest block. */
  run(job: Job): Promise<void>;
  tick(): Promise<Tick>;
  close(): Promise<void>;
}

export async function startWorkerNetwork(
  options: { nodes?: number; parameters?: ProtocolChain["parameters"] } = {},
): Promise<WorkerNetwork> {
  const directory = await temporaryDirectory();
  const [chain, ipfs] = await Promise.all([
    startProtocolChain(options.parameters === undefined ? {} : { parameters: options.parameters }),
    startTestIpfs(`${directory.path}/ipfs`),
  ]);
  const nodes = await createTestNodes(chain, { directory: directory.path, count: options.nodes ?? 6, ipfsUrl: ipfs.url });
  const tick = async (): Promise<Tick> => {
    const { number, timestamp } = await chain.head();
    return { timestamp, epoch: Math.floor(timestamp / chain.parameters.epochSeconds), blockNumber: number };
  };
  return {
    chain,
    nodes,
    ipfs,
    directory: directory.path,
    tick,
    run: async (job) => job.run(await tick(), AbortSignal.timeout(15_000)),
    async open(node, overrides = {}) {
      const { config, keys } = await readHome(node.home);
      const ipfsClient = createIpfsClient({ url: overrides.ipfsUrl ?? config.ipfsUrl });
      const client = createReader({ chainId: config.chainId, rpcUrls: config.rpcUrls });
      const { contracts } = config.contracts;
      const opened = await openWorkerNode(
        { path: node.home, config, keys },
        {
          view: createChainView({ client, ipfs: ipfsClient, chainId: config.chainId, contracts, parameters: chain.parameters }),
          ipfs: ipfsClient,
          log: createLogger("workers", "silent"),
          metrics: createWorkerMetrics(new Registry()),
          createSender: (account) =>
            createTxQueue({ client, account, chainId: config.chainId, log: createLogger("tx", "silent"), limits: { pollMs: 10, timeoutMs: 15_000, receiptGraceMs: 500 } }),
        },
      );
      return { ...opened, parameters: chain.parameters };
    },
    async close() {
      await Promise.all([chain.close(), ipfs.close()]);
      await directory[Symbol.asyncDispose]();
    },
  };
}
