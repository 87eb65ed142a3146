import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { X0T } from "../../core/parameters.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { compareWithChain } from "./support/compareWithChain.ts";
import { createIndexerHome, queryGraphql, type IndexerHome, type RunningIndexer } from "./support/indexerProcess.ts";
import { createTraffic } from "./support/traffic.ts";

function setup(chain: ProtocolChain) {
  return { rpcUrl: chain.rpcUrl, addressBook: chain.book, parameters: { devnetEpochSeconds: 12 } };
}

describe("indexer process", function () {
  this.timeout(400_000);
  let chain: ProtocolChain;
  let home: IndexerHome;
  let indexer: RunningIndexer;

  before(async () => {
    chain = await startProtocolChain();
    home = await createIndexerHome(setup(chain));
    indexer = home.start();
    await indexer.ready();
  });

  after(async () => {
    await indexer?.kill("SIGKILL");
    await chain?.close();
    await home?.remove();
  });

  it("serves health, readiness, metrics, status, GraphQL and a hint", async () => {
    for (const path of ["/health", "/ready", "/metrics", "/v1/status", "/graphql"]) {
      assert.equal((await fetch(indexer.url + path)).status, 200, path);
    }
    assert.deepEqual(await queryGraphql(indexer.url, "{ nodes { totalCount } }"), { nodes: { totalCount: 0 } });
    const byGet = await fetch(`${indexer.url}/graphql?query=${encodeURIComponent("{ nodes { totalCount } }")}`);
    assert.deepEqual(await byGet.json(), { data: { nodes: { totalCount: 0 } } });
    const hint = await (await fetch(`${indexer.url}/graphql`)).text();
    assert.doesNotMatch(hint, /<script/);
  });

  it("refuses questions that are too deep or too long", async () => {
    const deep = `{ nodes { items ${"{ commits { items { relay ".repeat(8)}{ index }${" } } }".repeat(8)} } }`;
    await assert.rejects(queryGraphql(indexer.url, deep), /depth/i);
    const long = `{ nodes { items { ${"index ".repeat(1_000)} } } }`;
    await assert.rejects(queryGraphql(indexer.url, long), /token/i);
  });

  it("keeps a second indexer out of its folder", async () => {
    const second = home.start();
    assert.equal(await second.exit(), 2);
    assert.match(second.output.stderr, /X0T_INDEXER_RUNNING/);
  });

  it("ends with 0 on SIGTERM, and when the launcher that started it is gone", async () => {
    indexer.child.kill("SIGTERM");
    assert.equal(await indexer.exit(), 0);
    indexer = home.start();
    await indexer.ready();
    // As when it was killed: nobody reads the log any more either.
    indexer.child.stdout?.destroy();
    indexer.child.stderr?.destroy();
    indexer.child.disconnect();
    assert.equal(await indexer.exit(), 0);
  });

  it("indexes again when its database is ruined", async () => {
    await chain.test.mine({ blocks: 1 });
    await indexer.kill("SIGKILL");
    const [folder] = (await readdir(home.dir)).filter((name) => name.startsWith("chain-"));
    await writeFile(`${home.dir}/${folder}/global/pg_control`, Buffer.alloc(8192));
    indexer = home.start();
    await indexer.ready();
    assert.match(indexer.output.stderr, /does not open/);
    await compareWithChain(indexer, chain);
  });

  it("takes nothing over from a chain that was wiped", async () => {
    const before = createTraffic(chain);
    await before.registerAll();
    await before.transfer(6, 7, 5n * X0T);
    // Beyond what Ponder would take back.
    await chain.test.mine({ blocks: 100, interval: 1 });
    await compareWithChain(indexer, chain);
    await indexer.kill("SIGKILL");
    const fresh = await startProtocolChain();
    try {
      await createTraffic(fresh).transfer(6, 8, 3n * X0T);
      await fresh.test.mine({ blocks: 120, interval: 1 });
      indexer = home.start({ rpcUrl: fresh.rpcUrl });
      await indexer.ready();
      await compareWithChain(indexer, fresh);
      await indexer.kill("SIGKILL");
    } finally {
      await fresh.close();
    }
  });
});

describe("indexer that cannot start", function () {
  this.timeout(400_000);
  let chain: ProtocolChain;
  let home: IndexerHome;

  before(async () => {
    chain = await startProtocolChain();
    home = await createIndexerHome(setup(chain));
  });

  after(async () => {
    await chain?.close();
    await home?.remove();
  });

  it("names a taken port instead of taking the next one", async () => {
    const server = createServer();
    server.listen(home.port, "127.0.0.1");
    await once(server, "listening");
    const indexer = home.start();
    assert.equal(await indexer.exit(), 2);
    assert.match(indexer.output.stderr, new RegExp(`X0T_PORT_TAKEN.*${home.port}`));
    server.close();
  });

  it("names what is wrong with an address book", async () => {
    await writeFile(home.addressBookFile, "{}");
    const broken = home.start();
    assert.equal(await broken.exit(), 2);
    assert.match(broken.output.stderr, /X0T_CONFIG.*chainId/);
    const elsewhere = { ...chain.contracts, X0TToken: chain.accounts[0]!.address };
    await writeFile(home.addressBookFile, JSON.stringify({ ...chain.book, contracts: elsewhere }));
    const wrong = home.start();
    assert.equal(await wrong.exit(), 2);
    assert.match(wrong.output.stderr, /X0T_WRONG_CHAIN/);
  });
});
