import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestClient, encodeFunctionData, http, publicActions, walletActions } from "viem";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { startRpcProxy, type RpcProxy } from "../support/rpcProxy.ts";
import { caughtUp, compareWithChain } from "./support/compareWithChain.ts";
import { createIndexerHome, eventually, readHealth, type IndexerHome, type RunningIndexer } from "./support/indexerProcess.ts";
import { createTraffic } from "./support/traffic.ts";

const LOST_MS = 10_000;
const BLOCK_MS = 200;

/** One indexer on each database, over one chain: each is hit by the same at the same time. */
describe("indexers that are hit, on the embedded database and on PostgreSQL", function () {
  this.timeout(400_000);
  let postgres: Postgres;
  let chain: ProtocolChain;
  let proxy: RpcProxy;
  let raw: ReturnType<typeof rawClient>;
  let sides: { home: IndexerHome; running: RunningIndexer }[] = [];

  const rawClient = () => createTestClient({ mode: "anvil", transport: http(chain.rpcUrl) }).extend(publicActions).extend(walletActions);
  const start = (env: NodeJS.ProcessEnv = {}) => {
    for (const side of sides) side.running = side.home.start({ env });
  };
  const each = (act: (indexer: RunningIndexer) => Promise<void>) => Promise.all(sides.map(({ running }) => act(running)));
  const allReady = () => each((indexer) => indexer.ready());
  const kill = () => each((indexer) => indexer.kill("SIGKILL"));
  const compare = () => each((indexer) => compareWithChain(indexer, chain));
  const rollback = (depth: number) => raw.request({ method: "anvil_rollback", params: [depth] } as never);

  /** Transfers in blocks of their own, without a queue that would remember nonces which the chain has forgotten. */
  async function transfers(count: number, amountWei: bigint): Promise<void> {
    const [from, to] = [chain.accounts[20]!.address, chain.accounts[21]!.address];
    for (let i = 0; i < count; i++) {
      const data = encodeFunctionData({ abi: x0tTokenAbi, functionName: "transfer", args: [to, amountWei + BigInt(i)] });
      const hash = await raw.sendTransaction({ account: from, chain: null, to: chain.contracts.X0TToken, data });
      // viem's own wait is for a block later than the one it sees first: that may be the one.
      await eventually(() => raw.getTransactionReceipt({ hash }), ({ status }) => status === "success", { everyMs: 5 });
    }
  }

  /** Runs `act` once both follow a chain that goes on. */
  async function whileTransferring(act: () => Promise<unknown>): Promise<void> {
    const from = Number((await chain.head()).number) + 10;
    const stop = new AbortController();
    const working = (async () => {
      // No faster than a slow machine can follow.
      for (; !stop.signal.aborted; await sleep(BLOCK_MS)) await transfers(1, 777n);
    })();
    try {
      await each(async (indexer) => void (await eventually(() => readHealth(indexer), ({ indexed }) => (indexed?.number ?? 0) >= from, { timeoutMs: 180_000 })));
      await act();
    } finally {
      stop.abort();
      await working;
    }
  }

  before(async () => {
    [postgres, chain] = await Promise.all([startPostgres({ fsync: "off" }), startProtocolChain()]);
    proxy = await startRpcProxy(chain.rpcUrl);
    raw = rawClient();
    const setup = { rpcUrl: proxy.url, addressBook: chain.book, parameters: { devnetEpochSeconds: 12 } };
    for (const databaseUrl of [{}, { databaseUrl: postgres.url }]) {
      const home = await createIndexerHome({ ...setup, ...databaseUrl });
      sides.push({ home, running: home.start() });
    }
    await kill();
  });

  after(async () => {
    await kill();
    await proxy?.close();
    await chain?.close();
    await postgres?.stop("SIGQUIT");
    for (const { home } of sides) await home.remove();
    sides = [];
  });

  it("lose and double nothing when they are killed while they index the past", async () => {
    const traffic = createTraffic(chain);
    await traffic.registerAll();
    await traffic.payAll();
    await transfers(100, 1_000_003n);
    await chain.test.mine({ blocks: 60, interval: 1 });
    start();
    await each(async (indexer) => {
      // From then on it has its tables, and fills them.
      await eventually(() => fetch(`${indexer.url}/health`), ({ ok }) => ok, { timeoutMs: 180_000 });
      await indexer.kill("SIGKILL");
    });
    start();
    await allReady();
    await compare();
  });

  it("take back 5 blocks and what they did", async () => {
    await transfers(6, 5_000n);
    await each(async (indexer) => caughtUp(indexer, (await chain.head()).number));
    await rollback(5);
    await transfers(7, 6_000n);
    await compare();
  });

  it("lose and double nothing when they are killed while they follow the chain", async () => {
    await whileTransferring(kill);
    start({ X0T_INDEXER_STALE_SECONDS: "8" });
    await allReady();
    await compare();
  });

  it("say that the chain is lost, and go on when it is back", async () => {
    proxy.fate = () => "break";
    const lost = sleep(LOST_MS);
    await transfers(12, 7_000n);
    await each(async (indexer) => {
      const { status, problem } = await eventually(() => readHealth(indexer), ({ ready }) => !ready);
      assert.deepEqual([status, problem], [503, "chain"]);
    });
    await lost;
    proxy.fate = () => "pass";
    await compare();
    await each(async (indexer) => void (await eventually(() => readHealth(indexer), ({ ready }) => ready)));
  });

  it("stop by themselves when more is gone than they can take back, and index again when started again", async () => {
    for (let i = 0; i < 5; i++) {
      await chain.test.mine({ blocks: 24, interval: 1 });
      await each(async (indexer) => caughtUp(indexer, (await chain.head()).number));
    }
    await rollback(100);
    await transfers(1, 8_000n);
    await each(async (indexer) => {
      assert.equal(await indexer.exit(), 75, indexer.output.stderr);
      assert.match(indexer.output.stderr, /left the chain/);
    });
    start();
    await allReady();
    await each(async ({ output }) => assert.match(output.stderr, /indexing again from the deployment/));
    await compare();
  });

  it("PostgreSQL breaks down under one: it ends, and goes on from what the disk kept when started again", async () => {
    const [embedded, onPostgres] = sides as [(typeof sides)[0], (typeof sides)[0]];
    await whileTransferring(() => postgres.restart("SIGQUIT"));
    assert.equal(await onPostgres.running.exit(), 75, onPostgres.running.output.stderr);
    onPostgres.running = onPostgres.home.start();
    await onPostgres.running.ready();
    assert.doesNotMatch(onPostgres.running.output.stderr, /indexing again/);
    await compare();
    assert.equal(embedded.running.child.exitCode, null);
  });
});
