import assert from "node:assert/strict";
import { getContractEvents, getTransactionCount, readContract } from "viem/actions";
import { cancelLease } from "../../chain/cancelLease.ts";
import { commitProofs } from "../../chain/commitProofs.ts";
import { listNode } from "../../chain/listNode.ts";
import { readBalance } from "../../chain/readBalance.ts";
import { readLease } from "../../chain/readLease.ts";
import { readLeases } from "../../chain/readLeases.ts";
import { rentListing, type NewLease } from "../../chain/rentListing.ts";
import { settleLeases } from "../../chain/settleLeases.ts";
import { marketplaceAbi } from "../../core/abi/Marketplace.ts";
import { bitmapOf } from "../../core/bundle.ts";
import type { Hex } from "../../core/ids.ts";
import { PRODUCTION, X0T } from "../../core/parameters.ts";
import { createLogger } from "../../runtime/logger.ts";
import { createJanitor, DUST_WEI } from "../../workers/janitor.ts";
import type { Job, WorkerNode } from "../../workers/workerNode.ts";
import { startFakeIndexer, type FakeIndexer } from "../support/fakeIndexer.ts";
import type { TestNode } from "../support/testNodes.ts";
import { startWorkerNetwork, type WorkerNetwork } from "./network.ts";

const TENANT = 25;
const PRICE = 7n * X0T + 1n;
const ZERO: Hex = `0x${"00".repeat(32)}`;
const net = (wei: bigint) => wei - wei / 100n;

/** What the tests of every network do with its market. */
function marketOf(network: WorkerNetwork) {
  const { chain } = network;
  const { Marketplace: marketplace, X0TToken: token, ProofLedger: ledger } = chain.contracts;
  const tenant = chain.sender(TENANT);
  return {
    marketplace,
    x0tOf: async (account: Hex) => (await readBalance(chain.client, { token, account })).x0tWei,
    async rent(node: TestNode, epochs: number, pricePerEpoch = PRICE): Promise<NewLease> {
      const terms = { node: node.index, pricePerEpoch, minUptimeBps: 9_000, maxEpochs: 100 };
      const { listing } = await listNode(chain.sender(node.operatorAccount), { marketplace, ...terms });
      return rentListing(tenant, { token, marketplace, listing, epochs });
    },
    rentAgain: (listing: bigint, epochs: number) => rentListing(tenant, { token, marketplace, listing, epochs }),
    cancel: (lease: bigint) => cancelLease(tenant, { marketplace, lease }),
    /** The node claims `count` of 12 slots. */
    commit: (node: TestNode, epoch: number, count = 12) =>
      commitProofs(chain.sender(node.hotAccount), {
        ledger,
        commits: [{ node: node.index, epoch, bitmap: bitmapOf(Array.from({ length: count }, (_, slot) => slot)), receiptsRoot: ZERO, relayedBytes: 0n, cid: ZERO }],
      }),
    leaseOf: async ({ lease }: NewLease) => (await readLease(chain.client, { marketplace, lease }))!,
    escrowed: () => readContract(chain.client, { address: marketplace, abi: marketplaceAbi, functionName: "escrowed" }),
    /** Epochs settled since `from`, with the transactions that did it. */
    async settledSince(from: bigint) {
      const events = await getContractEvents(chain.client, { address: marketplace, abi: marketplaceAbi, eventName: "EpochSettled", fromBlock: from });
      return { epochs: events.map(({ args }) => `${args.lease}/${args.epoch}/${args.outcome}`), transactions: new Set(events.map((event) => event.transactionHash)).size };
    },
    sentBy: async (nodes: readonly TestNode[]) =>
      (await Promise.all(nodes.map(({ hot }) => getTransactionCount(chain.client, { address: hot.address })))).reduce((sum, count) => sum + count, 0),
    /** Runs the jobs at each second of chain time of this epoch. */
    async runEpoch(jobs: readonly Job[]) {
      const epoch = await chain.epoch();
      const { epochSeconds } = chain.parameters;
      const step = Math.max(1, epochSeconds / 12);
      for (let now = (await chain.head()).timestamp; now < (epoch + 1) * epochSeconds; now += step) {
        await chain.warpTo(now);
        for (const job of jobs) await network.run(job);
      }
    },
  };
}

const countOf = async (worker: WorkerNode, metric: "settledEpochs" | "leaseLooks", label: string) =>
  (await worker.metrics[metric].get()).values.find(({ labels }) => Object.values(labels).includes(label))?.value ?? 0;

describe("janitor", function () {
  this.timeout(120_000);
  let network: WorkerNetwork;
  let workers: WorkerNode[];
  let indexer: FakeIndexer;
  let market: ReturnType<typeof marketOf>;
  /** What a good indexer says of the leases that the contract knows. */
  const truth = async () => {
    const leases = await readLeases(network.chain.client, { marketplace: market.marketplace });
    return leases.filter(({ next, end }) => next < end).map(({ lease }) => Number(lease));
  };
  const answer = (ids: readonly number[], timestamp: number) => () => ({
    _meta: { status: { x0t: { block: { timestamp } } } },
    leases: { items: ids.map((id) => ({ id })) },
  });

  before(async () => {
    network = await startWorkerNetwork();
    workers = await Promise.all(network.nodes.map((node) => network.open(node)));
    indexer = await startFakeIndexer();
    market = marketOf(network);
  });
  after(async () => {
    await indexer.close();
    await network.close();
  });

  it("MKT-3 pays good epochs and refunds bad ones to the wei, once, without anyone asking", async () => {
    const { chain, nodes } = network;
    const [one, two] = [nodes[0] as TestNode, nodes[1] as TestNode];
    const before = await Promise.all([chain.accounts[TENANT]!.address, one.operator.address, two.operator.address].map(market.x0tOf));
    const [first, second] = [await market.rent(one, 3), await market.rent(two, 2)];
    const jobs = workers.map(createJanitor);
    const sent = await market.sentBy(nodes);
    const { number: from } = await chain.head();
    await chain.warpToEpoch(first.first + 1);
    await market.commit(one, first.first);
    await market.commit(two, first.first, 11);
    await chain.warpToEpoch(first.first + 2);
    await market.commit(two, first.first + 1, 10);
    await chain.warpToEpoch(first.first + 3);
    await market.commit(one, first.first + 2);
    await market.runEpoch(jobs);
    assert.deepEqual((await market.settledSince(from)).epochs, [], "PRF-5 nothing is final yet");
    for (let epoch = 0; epoch < 4; epoch++) {
      await chain.warpToEpoch((await chain.epoch()) + 1);
      await market.runEpoch(jobs);
    }
    const { epochs, transactions } = await market.settledSince(from);
    assert.deepEqual(epochs, [
      `${first.lease}/${first.first}/0`,
      `${second.lease}/${first.first}/0`,
      `${first.lease}/${first.first + 1}/1`,
      `${second.lease}/${first.first + 1}/1`,
      `${first.lease}/${first.first + 2}/0`,
    ]);
    assert.equal(transactions, 3, "one an epoch, for both leases");
    assert.equal((await market.sentBy(nodes)) - sent, 4 + 3, "beside the commits nobody sent anything in vain");
    const after = await Promise.all([chain.accounts[TENANT]!.address, one.operator.address, two.operator.address].map(market.x0tOf));
    assert.deepEqual(after.map((wei, index) => wei - before[index]!), [-3n * PRICE, 2n * net(PRICE), net(PRICE)]);
    assert.equal(await market.escrowed(), 0n);
    assert.equal((await Promise.all(workers.map((worker) => countOf(worker, "settledEpochs", "paid")))).reduce((a, b) => a + b), 3);
  });

  it("MKT-4 ends a lease at its third failure and gives the rest back", async () => {
    const { chain, nodes } = network;
    const tenant = chain.accounts[TENANT]!.address;
    const before = await market.x0tOf(tenant);
    const lease = await market.rent(nodes[2] as TestNode, 40);
    await chain.warpToEpoch(lease.first + 6);
    await market.runEpoch(workers.map(createJanitor));
    const { end, next, failures } = await market.leaseOf(lease);
    assert.deepEqual([end, next, failures], [lease.first + 3, lease.first + 3, 3]);
    assert.equal(await market.x0tOf(tenant), before);
  });

  it("lets the next janitor settle if the first one cannot", async () => {
    const { chain, nodes } = network;
    const lease = await market.rent(nodes[3] as TestNode, 1);
    await chain.warpToEpoch(lease.end + 3);
    const send = () => Promise.reject(new Error("no money"));
    const jobs = workers.map((worker, index) => createJanitor(index === 4 ? worker : { ...worker, sender: { ...worker.sender, send } }));
    const { epochSeconds } = chain.parameters;
    for (let now = (await chain.head()).timestamp; now < (lease.end + 4) * epochSeconds; now++) {
      await chain.warpTo(now);
      for (const job of jobs) await network.run(job).catch((error: Error) => assert.equal(error.message, "no money"));
    }
    assert.equal((await market.leaseOf(lease)).next, lease.end);
  });

  it("MKT-3 two janitors at once: both send, each epoch is settled once, neither fails", async () => {
    const { chain, nodes } = network;
    const leases = [await market.rent(nodes[0] as TestNode, 2), await market.rent(nodes[1] as TestNode, 2)];
    await chain.warpToEpoch(leases[0]!.end + 3);
    // Each takes itself for the first in turn, and both read the chain before either transaction is mined.
    const jobs = workers.slice(0, 2).map((worker) =>
      createJanitor({ ...worker, view: { ...worker.view, nodes: async (tick) => (await worker.view.nodes(tick)).filter(({ index }) => index === worker.index) } }),
    );
    const { number: from } = await chain.head();
    const sent = await market.sentBy(nodes);
    const count = (blockTag: "latest" | "pending") =>
      Promise.all(nodes.slice(0, 2).map(({ hot }) => getTransactionCount(chain.client, { address: hot.address, blockTag })));
    await chain.test.setAutomine(false);
    try {
      const latest = await count("latest");
      const running = Promise.all(jobs.map((job) => network.run(job)));
      const late = AbortSignal.timeout(10_000);
      while ((await count("pending")).some((pending, index) => pending === latest[index])) {
        late.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await chain.test.mine({ blocks: 1 });
      await running;
    } finally {
      await chain.test.setAutomine(true);
    }
    assert.equal((await market.sentBy(nodes)) - sent, 2);
    const { epochs, transactions } = await market.settledSince(from);
    assert.deepEqual([epochs.length, new Set(epochs).size, transactions], [4, 4, 1]);
    for (const job of jobs) await network.run(job);
    assert.equal((await market.sentBy(nodes)) - sent, 2);
  });

  it("leaves out what somebody settled meanwhile", async () => {
    const { chain, nodes } = network;
    const leases = [await market.rent(nodes[0] as TestNode, 1), await market.rent(nodes[1] as TestNode, 1)];
    await chain.warpToEpoch(leases[0]!.end + 3);
    const worker = workers[5]!;
    const job = createJanitor(worker);
    await network.run(job);
    await settleLeases(chain.sender(20), { marketplace: market.marketplace, leases: leases.map(({ lease }) => lease) });
    const sent = await market.sentBy(nodes);
    await chain.warpTo((await chain.head()).timestamp + 11);
    await network.run(job);
    assert.equal(await market.sentBy(nodes), sent, "the chain was asked again before sending");
  });

  describe("with an indexer", () => {
    const withIndexer = (position: number): WorkerNode => ({ ...workers[position]!, indexerUrl: indexer.url });
    /** One epoch of one janitor's work. */
    const work = async (worker: WorkerNode) => market.runEpoch([createJanitor(worker)]);
    const looks = (worker: WorkerNode, source: string) => countOf(worker, "leaseLooks", source);

    it("settles what it names, and reads one page of the chain beside it", async () => {
      const lease = await market.rent(network.nodes[0] as TestNode, 1);
      await network.chain.warpToEpoch(lease.end + 3);
      const worker = withIndexer(2);
      indexer.answer = answer(await truth(), (await network.chain.head()).timestamp);
      const before = { indexer: await looks(worker, "indexer"), chain: await looks(worker, "chain") };
      await work(worker);
      assert.equal((await market.leaseOf(lease)).next, lease.end);
      assert.deepEqual([await looks(worker, "indexer"), await looks(worker, "chain")], [before.indexer + 1, before.chain]);
    });

    it("asks for what is due with the epochs that are final", async () => {
      const asked: Record<string, unknown>[] = [];
      const { timestamp } = await network.chain.head();
      indexer.answer = (variables) => (asked.push(variables), answer([], timestamp)());
      await network.run(createJanitor(withIndexer(2)));
      const final = (await network.chain.epoch()) - 3;
      assert.deepEqual(asked, [{ next: final - 1, final, limit: 500 }]);
    });

    for (const [what, lie] of [
      ["is down", undefined],
      ["answers no JSON", () => "<html>"],
      ["answers with an error", () => JSON.stringify({ errors: [{ message: "no" }], data: null })],
      ["answers another shape", () => ({ leases: { items: [{ id: "one" }] } })],
      ["is an epoch behind", () => answer([], 1)()],
    ] as const) {
      it(`MKT-3 settles from the chain alone when it ${what}`, async () => {
        const lease = await market.rent(network.nodes[0] as TestNode, 1);
        await network.chain.warpToEpoch(lease.end + 3);
        const worker = { ...withIndexer(3), ...(lie === undefined && { indexerUrl: "http://127.0.0.1:1/graphql" }) };
        const said: string[] = [];
        const log = createLogger("workers", "silent");
        log.warn = ((_: object, text: string) => void said.push(text)) as unknown as typeof log.warn;
        if (lie !== undefined) indexer.answer = lie;
        const before = await looks(worker, "chain");
        const job = createJanitor({ ...worker, log });
        await market.runEpoch([job]);
        assert.equal((await market.leaseOf(lease)).next, lease.end);
        assert.equal(await looks(worker, "chain"), before + 1);
        for (let epoch = 0; epoch < 2; epoch++) {
          await network.chain.warpToEpoch((await network.chain.epoch()) + 1);
          await network.run(job);
        }
        assert.deepEqual(said, ["the indexer is silent or behind: looking for leases on the chain"]);
      });
    }

    it("MKT-3 when it lies, sends nothing in vain and still settles what it keeps back", async () => {
      const { chain, nodes } = network;
      const kept = await market.rent(nodes[0] as TestNode, 1);
      await chain.warpToEpoch(kept.end + 2);
      const running = await market.rent(nodes[1] as TestNode, 50);
      await chain.warpToEpoch(kept.end + 3);
      // Leases that do not exist, one that runs, some that are over; not the one that is due.
      indexer.answer = answer([99_999, 2 ** 31, Number(running.lease), 1, 2], (await chain.head()).timestamp);
      const sent = await market.sentBy(nodes);
      const { number: from } = await chain.head();
      const worker = withIndexer(4);
      const job = createJanitor(worker);
      // The chain's leases fill two pages, of which it reads one an epoch beside the indexer.
      await market.runEpoch([job]);
      assert.equal(await market.sentBy(nodes), sent);
      await chain.warpToEpoch((await chain.epoch()) + 1);
      indexer.answer = answer([99_999], (await chain.head()).timestamp);
      await market.runEpoch([job]);
      assert.deepEqual((await market.settledSince(from)).epochs, [`${kept.lease}/${kept.first}/1`]);
      assert.equal(await market.sentBy(nodes), sent + 1);
      await market.cancel(running.lease);
    });

    it("asks a liar that always names a full page no more than once a step", async () => {
      const { timestamp } = await network.chain.head();
      const page = Array.from({ length: 500 }, (_, index) => 1_000_000 + index);
      indexer.answer = answer(page, timestamp + 1_000);
      indexer.asked = 0;
      const sent = await market.sentBy(network.nodes);
      await network.chain.warpToEpoch((await network.chain.epoch()) + 1);
      await work(withIndexer(2));
      assert.ok(indexer.asked >= 1 && indexer.asked <= 6, `asked ${indexer.asked} times in 12 s`);
      assert.equal(await market.sentBy(network.nodes), sent);
    });
  });

  it("leaves dust to the node's own worker: a year at 1 wei would cost everybody's gas", async () => {
    const { chain, nodes } = network;
    const node = nodes[5] as TestNode;
    const dust = await market.rent(node, 1, DUST_WEI - 1n);
    await chain.warpToEpoch(dust.end + 3);
    await market.runEpoch(workers.slice(0, 5).map(createJanitor));
    assert.equal((await market.leaseOf(dust)).next, dust.first);
    await chain.warpToEpoch(dust.end + 4);
    await market.runEpoch([createJanitor(workers[5]!)]);
    assert.equal((await market.leaseOf(dust)).next, dust.end);
    const enough = await market.rent(node, 1, DUST_WEI);
    await chain.warpToEpoch(enough.end + 3);
    await market.runEpoch(workers.slice(0, 5).map(createJanitor));
    assert.equal((await market.leaseOf(enough)).next, enough.end);
  });

  it("MKT-3 settles more leases than a page and a transaction hold", async () => {
    const { chain, nodes } = network;
    const leases: NewLease[] = [];
    const listings: bigint[] = [];
    for (const node of nodes) listings.push((await market.leaseOf(await market.rent(node, 1))).listing);
    for (let round = 0; round < 20; round++) {
      await chain.warpToEpoch((await chain.epoch()) + 1);
      for (const listing of listings) leases.push(await market.rentAgain(listing, 1));
    }
    assert.equal(leases.length, 120);
    await chain.warpToEpoch((await chain.epoch()) + 5);
    const { number: from } = await chain.head();
    await market.runEpoch(workers.slice(0, 1).map(createJanitor));
    const { epochs, transactions } = await market.settledSince(from);
    assert.deepEqual([epochs.length, new Set(epochs).size, transactions], [126, 126, 4]);
    assert.equal(await market.escrowed(), 0n);
  });
});

describe("janitor of an hour's epochs", function () {
  this.timeout(60_000);
  let network: WorkerNetwork;

  before(async () => {
    network = await startWorkerNetwork({ nodes: 3, parameters: PRODUCTION });
  });
  after(() => network.close());

  it("MKT-3 waits for six epochs, or for the lease's last", async () => {
    const { chain, nodes } = network;
    const market = marketOf(network);
    const [long, short] = [await market.rent(nodes[0] as TestNode, 30), await market.rent(nodes[1] as TestNode, 2)];
    const job = createJanitor(await network.open(nodes[2] as TestNode));
    const nextOf = async () => [(await market.leaseOf(long)).next - long.first, (await market.leaseOf(short)).next - short.first];
    // An epoch is final 12 epochs after its end.
    for (const [epochs, expected] of [[1, [0, 0]], [2, [0, 2]], [5, [0, 2]]] as const) {
      await chain.warpToEpoch(long.first + epochs + 12);
      if (epochs > 1) await market.runEpoch([job]);
      assert.deepEqual(await nextOf(), expected);
    }
    await market.commit(nodes[0] as TestNode, long.first + 16, 1);
    await chain.warpToEpoch(long.first + 6 + 12);
    await market.runEpoch([job]);
    const { end } = await market.leaseOf(long);
    assert.deepEqual([await nextOf(), end - long.first], [[3, 2], 3], "six were due; the third failure ended it");
  });
});
