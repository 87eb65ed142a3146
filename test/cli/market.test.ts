import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitProofs } from "../../chain/commitProofs.ts";
import { readBalance } from "../../chain/readBalance.ts";
import { readLease } from "../../chain/readLease.ts";
import { bitmapOf } from "../../core/bundle.ts";
import type { Hex } from "../../core/ids.ts";
import { X0T } from "../../core/parameters.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { startFakeIndexer, type FakeIndexer } from "../support/fakeIndexer.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { startTestIpfs } from "../support/testIpfs.ts";
import { createTestNodes, type TestNode } from "../support/testNodes.ts";
import { runInProcess } from "./runInProcess.ts";

const TENANT = 25;
const ZERO: Hex = `0x${"00".repeat(32)}`;

/** The real command line against the real contracts, as on a network that x0t deploy made: a home, and keys in files. */
describe("x0t market", function () {
  this.timeout(60_000);
  let directory: string;
  let chain: ProtocolChain;
  let ipfs: Awaited<ReturnType<typeof startTestIpfs>>;
  let indexer: FakeIndexer;
  let nodes: TestNode[];
  const key = (account: number) => join(directory, `${account}.key`);
  const run = (...args: string[]) => runInProcess(["market", ...args, "--home", directory]);
  /** Standard output of a command that succeeds. */
  const said = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stderr], [0, ""], stderr);
    return stdout;
  };
  const json = async <T = Record<string, unknown>>(...args: string[]) => JSON.parse(await said(...args, "--json")) as T;
  const as = (account: number) => ["--key-file", key(account)];
  const x0tOf = async (account: number) =>
    (await readBalance(chain.client, { token: chain.contracts.X0TToken, account: chain.accounts[account]!.address })).x0tWei;
  const leaseOf = async (lease: number) => (await readLease(chain.client, { marketplace: chain.contracts.Marketplace, lease: BigInt(lease) }))!;
  const commit = (node: TestNode, epoch: number, slots = 12) =>
    commitProofs(chain.sender(node.hotAccount), {
      ledger: chain.contracts.ProofLedger,
      commits: [{ node: node.index, epoch, bitmap: bitmapOf(Array.from({ length: slots }, (_, slot) => slot)), receiptsRoot: ZERO, relayedBytes: 0n, cid: ZERO }],
    });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "x0t-market-"));
    await mkdir(join(directory, "nodes"));
    [chain, ipfs, indexer] = await Promise.all([startProtocolChain(), startTestIpfs(join(directory, "ipfs")), startFakeIndexer()]);
    nodes = await createTestNodes(chain, { directory: join(directory, "nodes"), count: 3, ipfsUrl: ipfs.url });
    for (const { home } of nodes) await createIpfsClient({ url: ipfs.url }).putBlock(await readFile(join(home, "did.cbor")));
    const config = { rpcUrls: [chain.rpcUrl], contracts: chain.book, parameters: { devnetEpochSeconds: 12 }, ipfsUrl: ipfs.url };
    await writeFile(join(directory, "config.json"), JSON.stringify(config));
    for (const account of [0, 1, 2, TENANT, 26]) await writeFile(key(account), chain.privateKeyOf(account));
  });
  after(async () => {
    await Promise.all([chain.close(), ipfs.close(), indexer.close()]);
    await rm(directory, { recursive: true, force: true });
  });

  it("MKT-1 says what to do while nothing is on offer", async () => {
    assert.match(await said("list"), /Nothing is on offer.*x0t market offer --node 0/);
    assert.match(await said("leases"), /There are no such leases.*x0t market list/);
    assert.match(await said("settle"), /Nothing is due/);
  });

  it("MKT-1 offers a node once, however often it is asked", async () => {
    const terms = ["offer", "--node", "0", "--price", "2", "--uptime", "99", "--max-epochs", "24", ...as(0)];
    assert.match(await said(...terms), /^Listing 1 offers node 0: 2 X0T an epoch of 12 s, 99 % uptime, up to 24 epochs\.\n[^]*withdraw-offer 1/);
    assert.match(await said(...terms), /^Listing 1 offers node 0 on these terms already/);
    const dear = await json("offer", "--node", "1", "--price", "7.5", "--uptime", "90.5%", "--max-epochs", "1000", ...as(1));
    assert.deepEqual({ ...dear, transactionHash: typeof dear.transactionHash }, {
      listing: 2, node: 1, pricePerEpochWei: String(75n * (X0T / 10n)), minUptimeBps: 9_050, maxEpochs: 1_000, transactionHash: "string",
    });
  });

  it("lists offers cheapest first, with region and what was proved, and filters them", async () => {
    const table = await said("list");
    assert.match(table, /^listing +node +region +price +promises +proved +kept +longest +stake +free$/m);
    assert.match(table, /^1 +0 +region-0 +2 +99 % +0\.0 % +- +24 epochs +1,000 +now$/m);
    assert.ok(table.indexOf("region-0") < table.indexOf("region-1"));
    const found = async (...filters: string[]) => (await json<{ offers: { listing: number }[] }>("list", ...filters)).offers.map(({ listing }) => listing);
    assert.deepEqual(await found(), [1, 2]);
    assert.deepEqual(await found("--max-price", "2"), [1]);
    assert.deepEqual(await found("--uptime", "95"), [1]);
    assert.deepEqual(await found("--epochs", "25"), [2]);
    assert.deepEqual(await found("--region", "region-1"), [2]);
    assert.deepEqual(await found("--proved", "50"), []);
    assert.deepEqual(await found("--limit", "1"), [1]);
    assert.match(await said("list", "--limit", "1"), /… and more: --limit 2/);
  });

  it("MKT-2 rents with one signature, from the next epoch on", async () => {
    const before = await x0tOf(TENANT);
    const out = await said("rent", "1", "--epochs", "4", ...as(TENANT));
    const first = (await chain.epoch()) + 1;
    assert.match(out, new RegExp(`^Lease 1: node 0 is yours for 4 epochs, ${first} to ${first + 3}, beginning in \\d+ s\\.\n8 X0T are in escrow \\(4 × 2\\)`));
    assert.equal(before - (await x0tOf(TENANT)), 8n * X0T);
    assert.match(await said("list"), /^1 .* in \d+ s$/m);
    assert.deepEqual((await json<{ offers: { listing: number }[] }>("list", "--free")).offers.map(({ listing }) => listing), [2]);
  });

  it("says in amounts why it did not rent, and does nothing", async () => {
    const refused = async (args: string[], code: number, words: RegExp) => {
      const answer = await run(...args);
      assert.deepEqual([answer.code, answer.stdout], [code, ""], answer.stderr);
      assert.match(answer.stderr, words);
      assert.doesNotMatch(answer.stderr, /^ +at /m);
    };
    const end = (await leaseOf(1)).end;
    await refused(["rent", "1", "--epochs", "3", ...as(26)], 1, new RegExp(`Node 0 is leased until epoch ${end} begins`));
    await refused(["rent", "2", "--epochs", "1001", ...as(26)], 1, /from 1 to 1000 epochs, not 1001/);
    await refused(["rent", "2", "--epochs", "20000", ...as(26)], 1, /20000 epochs of listing 2 cost 150,000 X0T, but 0x\w{40} has 100,000/);
    await refused(["rent", "9", "--epochs", "3", ...as(26)], 2, /There is no listing 9\..*x0t market list/);
    await refused(["rent", "one", "--epochs", "3", ...as(26)], 2, /"one" is no listing/);
    await refused(["rent", "2", "--epochs", "3"], 2, /--key-file FILE/);
    await refused(["offer", "--node", "0", "--price", "100.5", "--uptime", "99", "--max-epochs", "4", ...as(0)], 1, /at most a tenth of the node's stake, which is 100 X0T now.* 100\.5 X0T/);
    await refused(["offer", "--node", "0", "--price", "2", "--uptime", "99.99", "--max-epochs", "4", ...as(0)], 1, /from 50 % to 99 %, not 99\.99 %/);
    await refused(["offer", "--node", "0", "--price", "2", "--uptime", "many", "--max-epochs", "4", ...as(0)], 2, /no percentage/);
    await refused(["offer", "--node", "0", "--price", "2", "--uptime", "99", "--max-epochs", "4", ...as(1)], 1, /Only the operator of node 0/);
    await refused(["cancel", "1", ...as(26)], 1, /Only the tenant of lease 1/);
    await refused(["terminate", "1", ...as(1)], 1, /Only the provider of lease 1/);
    await refused(["cancel", "7", ...as(26)], 2, /There is no lease 7/);
    await refused(["reject", "1", "--epoch", "5", ...as(TENANT)], 1, /Epoch 5 of lease 1 cannot be rejected/);
    await refused(["leases", "--tenant", "me"], 2, /no address/);
  });

  it("MKT-3 shows each epoch: running, open, due, paid and refunded; settles what is due, once", async () => {
    const node = nodes[0] as TestNode;
    const { first } = await leaseOf(1);
    const rows = async () => (await said("leases", "1")).split("\n").filter((line) => /^\d{6,} /.test(line)).map((line) => line.replace(/ +/g, " "));
    assert.match(await said("leases", "1"), /Its first epoch begins in \d+ s\.$/m);
    await chain.warpToEpoch(first);
    assert.deepEqual(await rows(), [`${first} - 2 running`]);
    await chain.warpToEpoch(first + 1);
    await commit(node, first);
    assert.deepEqual(await rows(), [`${first} 100.0 % 2 final in 36 s`, `${first + 1} - 2 running`]);
    assert.match(await said("leases", "1"), /^and 2 epochs to come$/m);
    await chain.warpToEpoch(first + 2);
    await commit(node, first + 1, 6);
    await chain.warpToEpoch(first + 5);
    assert.deepEqual((await rows()).slice(0, 3), [`${first} 100.0 % 2 due, will be paid`, `${first + 1} 50.0 % 2 due, will be refunded`, `${first + 2} 0.0 % 2 final in 12 s`]);
    assert.match(await said("settle", "1", ...as(26)), /^Settled 2 epochs of 1 lease: 2 X0T paid for 1 epoch, 2 X0T refunded for 1 epoch\.$/m);
    assert.deepEqual((await rows()).slice(0, 2), [`${first} 100.0 % 2 paid`, `${first + 1} 50.0 % 2 refunded`]);
    assert.match(await said("settle", "1", ...as(26)), /Nothing is due/);
    await chain.warpToEpoch(first + 7);
    const { settled, ended, paidWei, refundedWei } = await json<Record<string, unknown>>("settle", ...as(26));
    assert.deepEqual(settled, [2, 3].map((offset) => ({ lease: 1, epoch: first + offset, outcome: "refunded" })));
    assert.deepEqual([ended, paidWei, refundedWei], [[], "0", String(4n * X0T)]);
    assert.match(await said("leases"), /^1 +0 +0x\w{4}…\w{4} +\d+-\d+ +2 +99 % +- +- +- +0 +settled$/m);
  });

  it("MKT-4 cancels and terminates once, and says so when it is asked again", async () => {
    await json("rent", "2", "--epochs", "10", ...as(TENANT));
    const { first } = await leaseOf(2);
    assert.match(await said("cancel", "2", ...as(TENANT)), new RegExp(`^Lease 2 of node 1 ends with epoch ${first}\\. 67\\.5 X0T went back to you`));
    assert.match(await said("cancel", "2", ...as(TENANT)), new RegExp(`^Lease 2 ends with epoch ${first} anyway`));
    await chain.warpToEpoch(first);
    await json("rent", "2", "--epochs", "10", ...as(TENANT));
    await chain.warpToEpoch(first + 1);
    assert.deepEqual({ ...(await json("terminate", "3", ...as(1))), transactionHash: 0 }, { lease: 3, end: first + 2, refundedWei: String(9n * 75n * (X0T / 10n)), transactionHash: 0 });
    assert.match(await said("terminate", "3", ...as(1)), new RegExp(`^Lease 3 ends with epoch ${first + 1} anyway: `));
    await chain.warpToEpoch(first + 2);
    assert.match(await said("terminate", "3", ...as(1)), /anyway, which is over/);
  });

  it("MKT-6 rejects an epoch, once: its price burns", async () => {
    await json("rent", "2", "--epochs", "5", ...as(TENANT));
    const { first } = await leaseOf(4);
    await chain.warpToEpoch(first + 1);
    await commit(nodes[1] as TestNode, first);
    assert.match(await said("reject", "4", "--epoch", String(first), ...as(TENANT)), /its 7\.5 X0T burn; .*\n.*now; 22\.5 X0T of later ones went back/);
    assert.match(await said("reject", "4", "--epoch", String(first), ...as(TENANT)), /was rejected before/);
    assert.match(await said("leases", "4"), new RegExp(`^ *${first} +100\\.0 % +7\\.5  final in \\d+ s, rejected$`, "m"));
    await chain.warpToEpoch(first + 4);
    assert.match(await said("settle", "4", ...as(26)), /7\.5 X0T burned for 1 epoch/);
    assert.match(await said("leases", "4"), /burned: up, but rejected/);
  });

  it("MKT-4 tells the third failure, and MKT-1 takes an offer back once", async () => {
    await json("rent", "2", "--epochs", "40", ...as(TENANT));
    const { first } = await leaseOf(5);
    await chain.warpToEpoch(first + 7);
    assert.match(await said("settle", "5", ...as(26)), new RegExp(`^Lease 5 ended with epoch ${first + 2}, its third failure in a row: 277\\.5 X0T`, "m"));
    assert.match(await said("withdraw-offer", "2", ...as(1)), /^Listing 2 of node 1 is taken back\./);
    assert.match(await said("withdraw-offer", "2", ...as(1)), /^Listing 2 of node 1 is already taken back\./);
    const { code, stderr } = await run("rent", "2", "--epochs", "1", ...as(TENANT));
    assert.equal(code, 1);
    assert.match(stderr, /Listing 2 was taken back/);
  });

  it("shows sums and kept promises by the indexer, unless it is of another state than the chain", async () => {
    const { next, end } = await leaseOf(5);
    const row = { id: 5, next, end, bookedEnd: end + 37, paid: "0", refunded: String(300n * X0T), burned: "0", endReason: "three failures" };
    indexer.answer = ({ ids, nodes: asked, where }) => {
      if (where !== undefined) return { leases: { items: [{ id: 1 }, { id: 99 }] } };
      if (ids === undefined && asked === undefined) return { listings: { items: [{ id: 1 }, { id: 2 }, { id: 77 }] } };
      return asked === undefined
        ? { leases: { items: (ids as number[]).includes(5) ? [row] : [] } }
        : { leases: { items: [{ node: 0, paidEpochs: 1, refundedEpochs: 3, burnedEpochs: 0 }] }, nodes: { items: [{ index: 0, registeredAt: "0" }] } };
    };
    const by = ["--indexer", indexer.url];
    assert.match(await said("leases", ...by), /^5 +1 .* 0 +300 +0 +0 +settled \(three failures\)$/m);
    assert.match(await said("leases", "5", ...by), /37 epochs of 40 cut off; settled \(three failures\)\n0 X0T paid, 300 refunded, 0 burned, 0 in escrow/);
    assert.match(await said("list", ...by), /^1 .* 1 of 4 /m);
    assert.deepEqual((await json<{ offers: unknown[] }>("list", "--kept", "50", ...by)).offers, []);
    row.next = next - 1;
    assert.match(await said("leases", "5", ...by), /0 X0T in escrow\. The indexer does not answer or lags behind/);
  });

  it("filters leases, newest last", async () => {
    const found = async (...filters: string[]) => (await json<{ leases: { lease: number }[] }>("leases", ...filters)).leases.map(({ lease }) => lease);
    assert.deepEqual(await found(), [1, 2, 3, 4, 5]);
    assert.deepEqual(await found("--node", "0"), [1]);
    assert.deepEqual(await found("--tenant", chain.accounts[26]!.address), []);
    assert.deepEqual(await found("--tenant", chain.accounts[TENANT]!.address.toLowerCase(), "--limit", "2"), [4, 5]);
    await json("settle", ...as(26));
    assert.deepEqual(await found("--open"), []);
  });
});
