import assert from "node:assert/strict";
import { createPublicClient, createTestClient, custom, http, toHex, type TestClient } from "viem";
import { commitProofs } from "../../chain/commitProofs.ts";
import { createReader } from "../../chain/createReader.ts";
import { findBlock } from "../../chain/findBlock.ts";
import { findBundleCid } from "../../chain/findBundleCid.ts";
import { readCommit } from "../../chain/readCommit.ts";
import { startAnvil, type Anvil } from "../support/anvil.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";
import { createTestNodes } from "../support/testNodes.ts";

const CID = `0x${"c1".repeat(32)}` as const;

describe("findBlock", function () {
  this.timeout(30_000);
  let anvil: Anvil;
  let test: TestClient;

  before(async () => {
    anvil = await startAnvil();
    test = createTestClient({ mode: "anvil", transport: http(anvil.rpcUrl) }) as TestClient;
  });
  after(() => anvil.stop());

  it("finds the first block of a time on a chain with jumps and with many blocks in one second", async () => {
    for (const [blocks, interval] of [[15, 2], [1, 5_000], [12, 0], [10, 1], [1, 90_000], [3, 0], [10, 7]] as const) {
      await test.increaseTime({ seconds: interval });
      await test.mine({ blocks, interval });
    }
    const client = createReader({ chainId: 31337, rpcUrls: [anvil.rpcUrl] });
    const head = Number(await client.getBlockNumber());
    const times: number[] = [];
    for (let number = 0; number <= head; number++) times.push(Number((await client.getBlock({ blockNumber: BigInt(number) })).timestamp));
    for (const time of new Set(times.flatMap((at) => [at - 1, at, at + 1]))) {
      const expected = times.findIndex((at) => at >= time);
      assert.equal(await findBlock(client, { timestamp: time }), expected === -1 ? undefined : BigInt(expected), `${time}`);
    }
  });

  it("asks for a handful of headers on a steady chain, however old the time is", async () => {
    const [latest, genesis] = [21_000_000, 1_700_000_000];
    let asked = 0;
    const request = async ({ params }: { params: [string] }) => {
      asked++;
      const number = params[0] === "latest" ? latest : Number(params[0]);
      return { number: toHex(number), timestamp: toHex(genesis + 2 * number), transactions: [] };
    };
    const client = createPublicClient({ transport: custom({ request } as Parameters<typeof custom>[0]) });
    for (const age of [0, 3, 1_000, 300_000, 20_999_999]) {
      asked = 0;
      assert.equal(await findBlock(client, { timestamp: genesis + 2 * (latest - age) }), BigInt(latest - age));
      assert.ok(asked <= 4, `${asked} for a block ${age} back`);
    }
  });
});

describe("findBundleCid", function () {
  this.timeout(30_000);
  let chain: ProtocolChain;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

  before(async () => {
    directory = await temporaryDirectory();
    chain = await startProtocolChain();
  });
  after(async () => {
    await chain.close();
    await directory[Symbol.asyncDispose]();
  });

  it("PRF-2 finds the cid of each commit by node and epoch, also among a thousand blocks of one second", async () => {
    const nodes = await createTestNodes(chain, { directory: directory.path, count: 2, ipfsUrl: "http://127.0.0.1:1" });
    const { ProofLedger: ledger } = chain.contracts;
    await chain.warpToEpoch((await chain.epoch()) + 1);
    const epoch = (await chain.epoch()) - 1;
    const cidOf = (node: number) => `0x${String(node + 1).repeat(64)}` as const;
    for (const { index, hotAccount } of nodes) {
      const commit = { node: index, epoch, bitmap: 1n, receiptsRoot: CID, relayedBytes: 0n, cid: cidOf(index) };
      await commitProofs(chain.sender(hotAccount), { ledger, commits: [commit] });
      if (index === 0) await chain.test.mine({ blocks: 1_100, interval: 0 });
    }
    const commits = await Promise.all(nodes.map(({ index }) => readCommit(chain.client, { ledger, node: index, epoch })));
    assert.equal(commits[0]!.committedAt, commits[1]!.committedAt, "one second");
    await chain.warpToEpoch(epoch + 40);
    for (const commit of commits) {
      assert.equal(await findBundleCid(chain.client, { ledger, ...commit! }), cidOf(commit!.node));
    }
    const absent = { ledger, node: 0, epoch: epoch + 1, committedAt: commits[0]!.committedAt };
    await assert.rejects(findBundleCid(chain.client, absent), { code: "X0T_LOGS_MISSING", retryable: true });
    const future = { ...absent, committedAt: (await chain.head()).timestamp + 1 };
    await assert.rejects(findBundleCid(chain.client, future), { code: "X0T_LOGS_MISSING" });
  });
});
