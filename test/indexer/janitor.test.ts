import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { listNode } from "../../chain/listNode.ts";
import { readLease } from "../../chain/readLease.ts";
import { rentListing } from "../../chain/rentListing.ts";
import { X0T } from "../../core/parameters.ts";
import { startMain, type TestProcess } from "../support/processes.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { listenLocal } from "../support/sockets.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";
import { createTestNodes, writeConfig, type TestNode } from "../support/testNodes.ts";
import { caughtUp } from "./support/compareWithChain.ts";
import { createIndexerHome, eventually, type IndexerHome, type RunningIndexer } from "./support/indexerProcess.ts";

describe("a worker with an indexer", function () {
  this.timeout(240_000);
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let chain: ProtocolChain;
  let home: IndexerHome;
  let indexer: RunningIndexer;
  let worker: TestProcess | undefined;

  before(async () => {
    directory = await temporaryDirectory();
    chain = await startProtocolChain();
    home = await createIndexerHome({ rpcUrl: chain.rpcUrl, addressBook: chain.book, parameters: { devnetEpochSeconds: 12 } });
    indexer = home.start();
    await indexer.ready();
  });
  after(async () => {
    await worker?.kill();
    await indexer?.kill("SIGKILL");
    await chain?.close();
    await home?.remove();
    await directory[Symbol.asyncDispose]();
  });

  it("MKT-3 settles the leases that its indexer names", async () => {
    const { Marketplace: marketplace, X0TToken: token } = chain.contracts;
    // IPFS is not there: other jobs fail, this one does not need it. Alone, its turn comes at once.
    const ipfsUrl = "http://127.0.0.1:1";
    const [node] = (await createTestNodes(chain, { directory: directory.path, count: 1, ipfsUrl })) as [TestNode];
    const listen = { host: "127.0.1.1", relayPort: 9001, controlPort: 9002 };
    const { nodeId } = node.keys;
    await writeConfig(chain, node.home, { nodeId, operator: node.operator.address, region: "r", listen, ipfsUrl, indexerUrl: `${indexer.url}/graphql` });
    const { listing } = await listNode(chain.sender(0), { marketplace, node: node.index, pricePerEpoch: X0T, minUptimeBps: 9_000, maxEpochs: 9 });
    const { lease, end } = await rentListing(chain.sender(25), { token, marketplace, listing, epochs: 2 });
    await chain.warpToEpoch(end + 3);
    await caughtUp(indexer, (await chain.head()).number);
    worker = await startMain("workers/main.ts", ["--home", node.home, "--api-port", String(await freePort())]);
    await eventually(() => readLease(chain.client, { marketplace, lease }), (known) => known?.next === end);
    const metrics = await (await fetch(`http://127.0.0.1:${worker.ready.apiPort}/metrics`)).text();
    assert.match(metrics, /^x0t_worker_lease_looks_total\{source="indexer"\} 1$/m);
    assert.doesNotMatch(metrics, /^x0t_worker_lease_looks_total\{source="chain"\}/m);
    assert.match(metrics, /^x0t_worker_settled_epochs_total\{outcome="refunded"\} 2$/m);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenLocal(server);
  server.close();
  await once(server, "close");
  return port;
}
