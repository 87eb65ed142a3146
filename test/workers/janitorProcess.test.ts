import assert from "node:assert/strict";
import { getContractEvents, getTransactionCount } from "viem/actions";
import { listNode } from "../../chain/listNode.ts";
import { readLease } from "../../chain/readLease.ts";
import { rentListing } from "../../chain/rentListing.ts";
import { marketplaceAbi } from "../../core/abi/Marketplace.ts";
import { X0T } from "../../core/parameters.ts";
import { startMain, type TestProcess } from "../support/processes.ts";
import type { TestNode } from "../support/testNodes.ts";
import { startWorkerNetwork, type WorkerNetwork } from "./network.ts";

describe("janitor in a worker process", function () {
  this.timeout(90_000);
  let network: WorkerNetwork;
  let worker: TestProcess | undefined;

  before(async () => {
    // Alone, its turn comes at once: chain time stands still.
    network = await startWorkerNetwork({ nodes: 1 });
  });
  afterEach(() => worker?.kill());
  after(() => network.close());

  it("kill -9 after each transaction: every epoch is settled once and none is lost", async () => {
    const { chain } = network;
    const node = network.nodes[0] as TestNode;
    const { Marketplace: marketplace, X0TToken: token } = chain.contracts;
    const { listing } = await listNode(chain.sender(node.operatorAccount), { marketplace, node: node.index, pricePerEpoch: X0T, minUptimeBps: 9_000, maxEpochs: 9 });
    const { lease, end } = await rentListing(chain.sender(25), { token, marketplace, listing, epochs: 2 });
    await chain.warpToEpoch(end + 3, 11);
    const { number: since } = await chain.head();
    const count = (blockTag: "latest" | "pending") => getTransactionCount(chain.client, { address: node.hot.address, blockTag });
    const isSettled = async () => (await readLease(chain.client, { marketplace, lease }))!.next === end;
    // Blocks only on demand: a transaction waits in the pool, where kill -9 leaves it.
    await chain.test.setAutomine(false);
    for (let rounds = 0; !(await isSettled()); rounds++) {
      assert.ok(rounds < 8, `not settled after ${rounds} transactions: ${worker?.stderr().slice(-2_000)}`);
      worker = await startMain("workers/main.ts", ["--home", node.home]);
      const late = AbortSignal.timeout(20_000);
      while ((await count("pending")) === (await count("latest"))) {
        late.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      await worker.kill("SIGKILL");
      await chain.test.mine({ blocks: 1 });
    }
    const events = await getContractEvents(chain.client, { address: marketplace, abi: marketplaceAbi, eventName: "EpochSettled", fromBlock: since });
    assert.deepEqual(events.map(({ args }) => args.epoch), [end - 2, end - 1]);
    assert.equal(new Set(events.map(({ transactionHash }) => transactionHash)).size, 1);
    await chain.test.setAutomine(true);
    for (let number = (await chain.head()).number; number > since; number--) {
      const { transactions } = await chain.client.getBlock({ blockNumber: number });
      for (const hash of transactions) assert.equal((await chain.client.getTransactionReceipt({ hash })).status, "success");
    }
  });
});
