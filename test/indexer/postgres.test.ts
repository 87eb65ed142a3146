import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openReader } from "../../indexer/postgres.ts";
import { X0T } from "../../core/parameters.ts";
import { PASSWORD, startPostgres, type Postgres } from "../support/postgres.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { caughtUp, compareWithChain } from "./support/compareWithChain.ts";
import { createIndexerHome, eventually, freePort, readHealth, type IndexerHome, type RunningIndexer } from "./support/indexerProcess.ts";
import { createTraffic } from "./support/traffic.ts";

const LEFT = ["x0t_aaaaaaaaaaaa", "x0t_bbbbbbbbbbbb", "x0t_cccccccccccc"] as const;

describe("indexer on PostgreSQL", function () {
  this.timeout(400_000);
  let postgres: Postgres;
  let chain: ProtocolChain;
  let home: IndexerHome;
  /** Another machine's, so to speak. */
  let second: IndexerHome;
  let writer: RunningIndexer;
  let replicas: RunningIndexer[] = [];
  const logs = () => [writer, ...replicas].map(({ output }) => output.stdout + output.stderr).join("\n");

  const schemas = async () => (await postgres.query("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'x0t_') ORDER BY 1")).map(([name]) => name);

  before(async () => {
    [postgres, chain] = await Promise.all([startPostgres({ fsync: "off" }), startProtocolChain()]);
    const setup = { rpcUrl: chain.rpcUrl, addressBook: chain.book, parameters: { devnetEpochSeconds: 12 } };
    home = await createIndexerHome(setup);
    second = await createIndexerHome({ ...setup, databaseUrl: postgres.url });
  });

  after(async () => {
    await Promise.all([writer, ...replicas].map((process) => process?.kill("SIGKILL")));
    await chain?.close();
    await postgres?.stop("SIGQUIT");
    await home?.remove();
    await second?.remove();
  });

  it("drops what other versions left, unless somebody uses it or it is of another deployment", async () => {
    const [unused, used, foreign] = LEFT;
    const own = `x0t indexer of ${chain.contracts.X0TToken} on chain ${chain.book.chainId}`;
    for (const name of LEFT) {
      await postgres.query(`CREATE SCHEMA ${name}`);
      await postgres.query(`CREATE TABLE ${name}._ponder_meta (key text, value jsonb)`);
      await postgres.query(`COMMENT ON SCHEMA ${name} IS '${name === foreign ? own.replace("0x", "0y") : own}'`);
    }
    await openReader({ url: postgres.url, schema: used });
    // The secret comes by a file.
    const file = join(home.root, "database");
    await writeFile(file, `${postgres.url}\n`);
    writer = home.start({ env: { X0T_DATABASE_URL_FILE: file } });
    await writer.ready();
    const kept = await eventually(schemas, (names) => !names.includes(unused));
    assert.deepEqual(kept.filter((name) => (LEFT as readonly (string | undefined)[]).includes(name)), [used, foreign]);
    assert.equal(kept.length, 3, "and its own");
  });

  it("is served by replicas that answer the same", async () => {
    const env = { DATABASE_URL: postgres.url, X0T_INDEXER_STALE_SECONDS: "2" };
    replicas = await Promise.all([1, 2].map(async () => home.start({ replica: true, port: await freePort(), env })));
    await Promise.all(replicas.map((replica) => replica.ready()));
    await createTraffic(chain).registerAll();
    for (const process of [writer, ...replicas]) {
      await compareWithChain(process, chain);
      assert.equal((await readHealth(process)).ready, true);
    }
  });

  it("has replicas that go on and say so when the writer is gone, and a second writer that takes over at once", async () => {
    const waiting = second.start();
    await eventually(async () => waiting.output.stderr, (log) => log.includes("another indexer writes"), { timeoutMs: 180_000 });
    const before = await readHealth(writer);
    // So that nobody takes over yet.
    await waiting.kill("SIGKILL");
    await writer.kill("SIGKILL");
    await createTraffic(chain).transfer(6, 7, 5n * X0T);
    for (const replica of replicas) {
      const health = await eventually(() => readHealth(replica), ({ problem }) => problem === "writer");
      assert.deepEqual([health.status, health.lagBlocks, health.indexed], [503, 1, before.indexed]);
      assert.deepEqual(await replica.query("{ nodes { totalCount } }"), { nodes: { totalCount: 3 } });
    }
    writer = second.start();
    await writer.ready();
    assert.doesNotMatch(writer.output.stderr, /locked by a different/, "no wait for the heartbeat of the killed one");
    for (const process of [writer, ...replicas]) {
      await compareWithChain(process, chain);
      await eventually(() => readHealth(process), ({ ready }) => ready);
    }
  });

  it("takes nothing over from a chain that was wiped or rewound", async () => {
    // Within what it is allowed to be behind, or it would call itself stuck on a slow machine.
    for (let i = 0; i < 4; i++) {
      await chain.test.mine({ blocks: 25, interval: 1 });
      await caughtUp(writer, (await chain.head()).number);
    }
    await compareWithChain(writer, chain);
    await writer.kill("SIGKILL");
    const [[indexed]] = (await postgres.query("SELECT max(number) FROM ponder_sync.blocks")) as [[string]];
    await chain.test.request({ method: "anvil_rollback", params: [80] } as never);
    assert.ok(Number(indexed) > Number((await chain.head()).number), "final blocks are gone");
    await chain.test.mine({ blocks: 120, interval: 2 });
    writer = second.start();
    await writer.ready();
    assert.match(writer.output.stderr, /indexing again from the deployment/);
    await compareWithChain(writer, chain);
    await writer.kill("SIGKILL");
    const fresh = await startProtocolChain();
    try {
      await createTraffic(fresh).transfer(6, 8, 3n * X0T);
      await fresh.test.mine({ blocks: 250, interval: 1 });
      writer = second.start({ rpcUrl: fresh.rpcUrl });
      await writer.ready();
      assert.match(writer.output.stderr, /indexing again from the deployment/);
      await compareWithChain(writer, fresh);
    } finally {
      await writer.kill("SIGKILL");
      await fresh.close();
    }
  });

  it("writes no password to its logs, and says what is wrong with a database", async () => {
    assert.ok(logs().length > 0);
    for (const [env, expected] of [
      [{ DATABASE_URL: postgres.url.replace(PASSWORD, "not-the-password") }, /X0T_DATABASE_REFUSED.*password authentication failed/],
      [{ DATABASE_URL: `mysql://x0t:${PASSWORD}@127.0.0.1/x0t` }, /X0T_CONFIG.*must begin with postgres/],
      [{ DATABASE_URL: postgres.url, X0T_DATABASE_URL_FILE: "/nowhere" }, /X0T_CONFIG.*not both/],
    ] as const) {
      writer = home.start({ env });
      assert.equal(await writer.exit(), 2);
      assert.match(writer.output.stderr, expected);
      assert.ok(!logs().includes(PASSWORD) && !logs().includes("not-the-password"));
    }
    const replica = home.start({ replica: true, env: { DATABASE_URL: undefined } });
    assert.equal(await replica.exit(), 2);
    assert.match(replica.output.stderr, /X0T_CONFIG.*embedded/);
  });
});
