import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { getContractEvents, getTransactionCount } from "viem/actions";
import { openChannel } from "../../chain/openChannel.ts";
import { readChannel } from "../../chain/readChannel.ts";
import { readChallenges } from "../../chain/readChallenges.ts";
import { findBundleCid } from "../../chain/findBundleCid.ts";
import { readCommit } from "../../chain/readCommit.ts";
import { readNodes } from "../../chain/readNodes.ts";
import { signVoucher } from "../../chain/signVoucher.ts";
import { epochRewardsAbi } from "../../core/abi/EpochRewards.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { bitmapOf, slotsOf } from "../../core/bundle.ts";
import { blockDigest } from "../../core/cid.ts";
import { X0T } from "../../core/parameters.ts";
import { encodeReceivedVoucher } from "../../core/spool.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { createBundleStore } from "../../workers/bundleStore.ts";
import { forgeCommit } from "../support/forgeCommit.ts";
import { runMain, startMain, type TestProcess } from "../support/processes.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { listenLocal } from "../support/sockets.ts";
import { startRpcProxy, type RpcProxy } from "../support/rpcProxy.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";
import { createTestNodes, witnessSlots, type TestNode } from "../support/testNodes.ts";

describe("worker processes", function () {
  this.timeout(90_000);
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let chain: ProtocolChain;
  let ipfs: TestProcess;
  let nodes: TestNode[];
  let proxies: RpcProxy[] = [];
  let workers: TestProcess[] = [];
  const ipfsUrl = () => `http://127.0.0.1:${ipfs.ready.port}`;
  const ipfsArgs = (port: unknown = 0) => ["--dir", join(directory.path, "ipfs"), "--port", String(port)];

  before(async () => {
    directory = await temporaryDirectory();
    [chain, ipfs] = await Promise.all([startProtocolChain(), startMain("ipfs/main.ts", ipfsArgs())]);
    nodes = await createTestNodes(chain, { directory: directory.path, count: 6, ipfsUrl: ipfsUrl() });
  });
  afterEach(async () => {
    await Promise.all([...workers.map((worker) => worker.kill()), ...proxies.map((proxy) => proxy.close())]);
    workers = [];
    proxies = [];
    await chain.test.setAutomine(true);
  });
  after(async () => {
    await Promise.all([chain.close(), ipfs.kill()]);
    await directory[Symbol.asyncDispose]();
  });

  const work = async (homes: readonly TestNode[], args: readonly string[] = []) => {
    const worker = await startMain("workers/main.ts", [...homes.flatMap(({ home }) => ["--home", home]), ...args]);
    workers.push(worker);
    return worker;
  };
  const commitOf = (node: TestNode, epoch: number) =>
    readCommit(chain.client, { ledger: chain.contracts.ProofLedger, node: node.index, epoch });
  const commitsOf = async (node: TestNode, epoch: number) =>
    getContractEvents(chain.client, {
      address: chain.contracts.ProofLedger,
      abi: proofLedgerAbi,
      eventName: "Committed",
      args: { node: node.index, epoch: BigInt(epoch) },
      fromBlock: 0n,
    });
  /** Polls until `condition`, at most `ms`. */
  const until = async <T>(what: string, condition: () => Promise<T | undefined | false>, ms = 15_000): Promise<T> => {
    const deadline = performance.now() + ms;
    for (;;) {
      const found = await condition();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > deadline) assert.fail(`${what}: not within ${ms} ms. ${workers.map((worker) => worker.stderr().slice(-3_000)).join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  /** Runs of a job by all nodes of a worker process with an API, so far. */
  const runsOf = async (worker: TestProcess, job: string) => {
    const text = await (await fetch(`http://127.0.0.1:${worker.ready.apiPort}/metrics`)).text();
    return Number(new RegExp(`^x0t_worker_jobs_total\\{job="${job}",outcome="done"\\} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  };
  /** Lets chain time pass a second at a time, when every node has watched and enforced twice, until `condition`. */
  const passUntil = async <T>(what: string, worker: TestProcess, seconds: number, condition: () => Promise<T | undefined | false>): Promise<T> => {
    const start = (await chain.head()).timestamp;
    for (;;) {
      const { timestamp } = await chain.head();
      if (timestamp > start + seconds) assert.fail(`${what}: not within ${seconds} s of chain time. ${worker.stderr().slice(-3_000)}`);
      await chain.warpTo(timestamp + 1);
      const [watched, enforced] = await Promise.all([runsOf(worker, "watchProofs"), runsOf(worker, "enforceVoid")]);
      const found = await until(what, async () => {
        const met = await condition();
        if (met !== undefined && met !== false) return { met };
        const looked = (await runsOf(worker, "watchProofs")) >= watched + 12 && (await runsOf(worker, "enforceVoid")) >= enforced + 12;
        return looked && { met: undefined };
      });
      if (found.met !== undefined) return found.met;
    }
  };
  const proxyFor = async (node: TestNode) => {
    const proxy = await startRpcProxy(chain.rpcUrl);
    proxies.push(proxy);
    const restore = await setRpc(node, proxy.url);
    return { proxy, restore };
  };
  const setRpc = async (node: TestNode, url: string) => {
    const file = join(node.home, "config.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, JSON.stringify({ ...JSON.parse(text), rpcUrls: [url] }));
    return () => writeFile(file, text);
  };

  it("PRF-4 a false commit is challenged, voided and slashed by other nodes' workers, without anyone's help", async () => {
    const [liar, ...honest] = nodes as [TestNode, ...TestNode[]];
    const stakeBefore = (await readNodes(chain.client, { registry: chain.contracts.NodeRegistry }))[liar.index]!.stake;
    await chain.warpToEpoch((await chain.epoch()) + 1);
    const epoch = await chain.epoch();
    for (const node of honest) await witnessSlots(chain, nodes, { node, epoch, slots: [0, 5, 11] });
    await chain.warpToEpoch(epoch + 1);
    await forgeCommit(liar.home, { epoch, bitmap: bitmapOf([2, 3, 4, 5, 6]) });
    const worker = await work(nodes, ["--api-port", String(await freePort())]);
    await chain.warpToEpoch(epoch + 1, 3);
    for (const node of honest) await until("the true commits", async () => commitOf(node, epoch));

    const [challenge] = await passUntil("a challenge", worker, 24, async () => {
      const challenges = await readChallenges(chain.client, { ledger: chain.contracts.ProofLedger, node: liar.index, epoch });
      return challenges.length > 0 && challenges;
    });
    assert.ok(honest.some((node) => node.hot.address === challenge!.challenger));
    await passUntil("enforcement", worker, 40, async () => (await commitOf(liar, epoch))?.enforced);
    const stakes = await readNodes(chain.client, { registry: chain.contracts.NodeRegistry });
    assert.equal(stakes[liar.index]!.stake, (stakeBefore * 9n) / 10n);
    for (const node of honest) {
      const commit = await commitOf(node, epoch);
      assert.deepEqual(slotsOf(commit!.bitmap), [0, 5, 11]);
      assert.equal(commit!.named, 0n, "true commits are left alone");
    }
  });

  it("kill -9 between IPFS and the chain: the same bundle is committed once", async () => {
    const node = nodes[1] as TestNode;
    const { proxy, restore } = await proxyFor(node);
    proxy.fate = (method) => (method === "eth_sendRawTransaction" ? "hang" : "pass");
    await chain.warpToEpoch((await chain.epoch()) + 1);
    const epoch = await chain.epoch();
    await witnessSlots(chain, nodes, { node, epoch, slots: [7] });
    await chain.warpToEpoch(epoch + 1, 6);
    const worker = await work([node]);
    await until("the commit is sent", async () => (proxy.seen.get("eth_sendRawTransaction") ?? 0) > 0);
    const [block] = await createBundleStore(node.home).ofEpoch(epoch);
    const digest = blockDigest(block!);
    assert.deepEqual(Buffer.from(await createIpfsClient({ url: ipfsUrl() }).getBlock(digest)), block);
    await worker.kill("SIGKILL");
    assert.equal(await commitOf(node, epoch), undefined);

    await restore();
    await work([node]);
    const commit = await until("the commit", async () => commitOf(node, epoch));
    assert.equal(await findBundleCid(chain.client, { ledger: chain.contracts.ProofLedger, ...commit }), digest);
    assert.equal((await commitsOf(node, epoch)).length, 1);
  });

  it("kill -9 after sending: nothing is committed, claimed or paid twice", async () => {
    const node = nodes[2] as TestNode;
    const { RelayChannels: channels, X0TToken: token } = chain.contracts;
    const payer = chain.accounts[25]!;
    const { channel } = await openChannel(chain.sender(25), { token, channels, payee: node.operator.address, signer: payer.address, amountWei: 50n * X0T });
    const voucher = { channel, cumulative: 7n * X0T };
    const signature = await signVoucher(payer, { chainId: chain.book.chainId, channels, ...voucher });
    await mkdir(join(node.home, "vouchers"), { recursive: true });
    await appendFile(join(node.home, "vouchers/received.jsonl"), encodeReceivedVoucher({ ...voucher, signature }));
    const nonce = (blockTag: "latest" | "pending") => getTransactionCount(chain.client, { address: node.hot.address, blockTag });
    await chain.warpToEpoch((await chain.epoch()) + 1);
    const epoch = await chain.epoch();
    await witnessSlots(chain, nodes, { node, epoch, slots: [1, 2] });
    await chain.warpToEpoch(epoch + 1, 3);
    const [first, { number: since }] = await Promise.all([nonce("latest"), chain.head()]);

    // Blocks only on demand: each of the worker's transactions waits in the pool, where kill -9 leaves it.
    const { proxy, restore } = await proxyFor(node);
    await chain.test.setAutomine(false);
    for (let expected = first + 1; (await nonce("latest")) < first + 2; expected++) {
      const worker = await work([node]);
      await until("a transaction in the pool", async () => (await nonce("pending")) >= expected);
      await worker.kill("SIGKILL");
      proxy.seen.clear();
      const again = await work([node]);
      await until("the restarted worker to look at the pool", async () => (proxy.seen.get("eth_getTransactionCount") ?? 0) >= 6);
      await again.kill("SIGKILL");
      assert.equal(await nonce("pending"), expected, "a restart sends nothing beside what waits");
      await chain.test.mine({ blocks: 1 });
    }
    await chain.test.setAutomine(true);
    await restore();
    await work([node]);
    await until("the commit", async () => commitOf(node, epoch));
    await until("the redemption", async () => (await readChannel(chain.client, { channels, channel }))!.redeemed === 7n * X0T);
    assert.equal((await commitsOf(node, epoch)).length, 1);
    const claims = await getContractEvents(chain.client, {
      address: chain.contracts.EpochRewards,
      abi: epochRewardsAbi,
      eventName: "Claimed",
      args: { node: node.index },
      fromBlock: 0n,
    });
    assert.equal(new Set(claims.map(({ args }) => args.epoch)).size, claims.length, "no epoch was claimed twice");
    const block = await chain.head();
    for (let number = block.number; number > since; number--) {
      const { transactions } = await chain.client.getBlock({ blockNumber: number, includeTransactions: true });
      for (const { from, hash, input } of transactions) {
        if (from.toLowerCase() !== node.hot.address.toLowerCase()) continue;
        const { status } = await chain.client.getTransactionReceipt({ hash });
        assert.equal(status, "success", `no transaction was wasted: ${input.slice(0, 10)} in block ${number}`);
      }
    }
  });

  it("recovers by itself from a lost chain and a lost IPFS", async () => {
    const node = nodes[3] as TestNode;
    const { proxy, restore } = await proxyFor(node);
    const worker = await work([node], ["--api-port", String(await freePort())]);
    const health = async () => (await fetch(`http://127.0.0.1:${worker.ready.apiPort}/health`)).json() as Promise<{ status: string; nodes: { problems: string[] }[] }>;
    await until("the worker", async () => (await health()).status === "ok");
    proxy.fate = () => "break";
    await until("degraded health", async () => (await health()).nodes[0]!.problems.some((text) => text.startsWith("X0T_RPC_DOWN")));
    await ipfs.kill("SIGKILL");
    await chain.warpToEpoch((await chain.epoch()) + 1);
    const epoch = await chain.epoch();
    await witnessSlots(chain, nodes, { node, epoch, slots: [4] });
    await chain.warpToEpoch(epoch + 1, 3);
    proxy.fate = () => "pass";
    await until("IPFS named as the problem", async () => (await health()).nodes[0]!.problems.some((text) => text.includes("X0T_IPFS_DOWN")));
    ipfs = await startMain("ipfs/main.ts", ipfsArgs(ipfs.ready.port));
    const commit = await until("the commit", async () => commitOf(node, epoch));
    assert.deepEqual(slotsOf(commit.bitmap), [4]);
    await until("health", async () => (await health()).status === "ok" && (await health()).nodes[0]!.problems.length === 0);
    const metrics = await (await fetch(`http://127.0.0.1:${worker.ready.apiPort}/metrics`)).text();
    assert.match(metrics, /^x0t_worker_commits_total 1$/m);
    assert.match(metrics, /^x0t_worker_nodes\{state="running"\} 1$/m);
    await restore();
  });

  it("works for the other nodes when one home is broken", async () => {
    const [broken, fine] = [nodes[4] as TestNode, nodes[5] as TestNode];
    await writeFile(join(broken.home, "passphrase"), "wrong");
    await chain.warpToEpoch((await chain.epoch()) + 1);
    const epoch = await chain.epoch();
    await chain.warpToEpoch(epoch + 1, 3);
    const worker = await work([broken, fine]);
    await until("the commit", async () => commitOf(fine, epoch));
    assert.equal(await commitOf(broken, epoch), undefined);
    assert.match(worker.stderr(), /X0T_WRONG_PASSPHRASE/);
    await writeFile(join(broken.home, "passphrase"), "correct horse");
    await until("the mended home", async () => worker.stderr().includes(`"nodeId":"${broken.keys.nodeId}"`), 30_000);
    await worker.kill("SIGTERM");
    assert.equal(worker.child.exitCode, 0, `ends cleanly on SIGTERM: ${worker.stderr().slice(-1_000)}`);
  });

  it("exits 2 with the usage on a bad argument", async () => {
    const none = await runMain("workers/main.ts", []);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /--home is missing. Usage: workers\/main.ts/);
    assert.equal((await runMain("workers/main.ts", ["--home", "x", "--api-port", "99999"])).code, 2);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenLocal(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
