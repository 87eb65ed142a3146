import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSchemaFile } from "../../indexer/exportSchema.ts";
import { finalAt } from "../../core/epochTime.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { runInProcess } from "../cli/runInProcess.ts";
import { caughtUp } from "./support/compareWithChain.ts";
import { createIndexerHome, type IndexerHome, type RunningIndexer } from "./support/indexerProcess.ts";
import { createTraffic, LEASE_WEI, NODES } from "./support/traffic.ts";

const ROOT = join(import.meta.dirname, "../..");

interface Reply {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string; limit?: string; most?: number } }[];
}

describe("the indexer's GraphQL and exports", function () {
  this.timeout(240_000);
  let chain: ProtocolChain;
  let home: IndexerHome;
  let indexer: RunningIndexer;
  let traffic: ReturnType<typeof createTraffic>;
  let dir: string;
  let lease: { first: number; end: number };
  let epoch: number;

  const post = async (body: unknown): Promise<{ status: number; reply: Reply }> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`${indexer.url}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body: text });
    return { status: response.status, reply: (await response.json()) as Reply };
  };
  const refusal = async (query: string, variables = {}) => (await post({ query, variables })).reply.errors?.[0];

  before(async () => {
    chain = await startProtocolChain();
    traffic = createTraffic(chain);
    dir = await mkdtemp(join(tmpdir(), "x0t-export-"));
    await traffic.registerAll();
    await traffic.payAll();
    await chain.warpToEpoch((await chain.epoch()) + 2);
    const rented = await traffic.rent(await traffic.offer(0), 6);
    lease = { first: rented.first, end: rented.end };
    await chain.warpToEpoch(lease.first);
    epoch = await traffic.commitEpoch();
    // Two epochs without a commit: the first fails, the lease is cancelled within the second.
    await chain.warpToEpoch(lease.first + 2);
    await traffic.cancel(rented.lease);
    await chain.warpTo(finalAt(chain.parameters, lease.first + 1));
    await traffic.settle([rented.lease]);
    await traffic.claim(0, epoch);
    home = await createIndexerHome({ rpcUrl: chain.rpcUrl, addressBook: chain.book, parameters: { devnetEpochSeconds: 12 } });
    indexer = home.start();
    await indexer.ready();
    await caughtUp(indexer, (await chain.head()).number);
  });

  after(async () => {
    await indexer?.kill("SIGKILL");
    await chain?.close();
    await home?.remove();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  it("has its schema in docs/schema.graphql", async () => {
    assert.ok((await readSchemaFile()).current, "run: node indexer/exportSchema.ts");
  });

  it("answers every example of docs/graphql.md", async () => {
    const text = await readFile(join(ROOT, "docs/graphql.md"), "utf8");
    const examples = [...text.matchAll(/```graphql\n([\s\S]*?)```\n(?:```json\n([\s\S]*?)```)?/g)];
    assert.ok(examples.length >= 10);
    for (const [, query = "", variables = "{}"] of examples) {
      const { status, reply } = await post({ query, variables: JSON.parse(variables) as object });
      assert.deepEqual([status, reply.errors], [200, undefined], query);
      assert.ok(reply.data);
    }
  });

  it("takes GET and POST alike, no batches, and tells the schema", async () => {
    const query = "query A($n: Int!) { node(index: $n) { operator } } query B { nodes { totalCount } }";
    const asked = { query, variables: { n: 0 }, operationName: "A" };
    const { reply } = await post(asked);
    const address = new URLSearchParams({ query, variables: JSON.stringify(asked.variables), operationName: "A" });
    const got = (await (await fetch(`${indexer.url}/graphql?${address}`)).json()) as Reply;
    assert.deepEqual(got, reply);
    assert.deepEqual(got.data, { node: { operator: chain.accounts[1]?.address.toLowerCase() } });
    for (const body of [[asked], [], "{", '"text"', { query: 1 }, { query, variables: [] }]) {
      const refused = await post(body);
      assert.deepEqual([refused.status, refused.reply.errors?.[0]?.extensions?.code], [400, "X0T_BAD_REQUEST"]);
    }
    assert.equal((await post({ query: "{ nodes { totalCount } }", variables: { padding: "x".repeat(200_000) } })).status, 413);
    assert.match(JSON.stringify((await post({ query: "{ __schema { queryType { fields { name } } } }" })).reply.data), /"nodes"/);
  });

  it("names the limit that a query is beyond", async () => {
    const deep = "relay { commits { items { ".repeat(6);
    const beyond: [limit: string, query: string, variables?: object][] = [
      ["tokens", `{ nodes { items { ${"index ".repeat(1_001)} } } }`],
      ["depth", `{ commits(limit: 1) { items { ${deep} epoch ${" } } }".repeat(6)} } } }`],
      ["aliases", `{ ${Array.from({ length: 31 }, (_, n) => `a${n}: nodes(limit: 1) { totalCount }`).join(" ")} }`],
      ["page", "{ nodes(limit: 1001) { items { index } } }"],
      ["page", "query ($limit: Int) { nodes(limit: $limit) { items { index } } }", { limit: -1 }],
      ["offset", "{ nodes(offset: 20001) { items { index } } }"],
      ["cost", "{ nodes(limit: 100) { items { commits(limit: 1000) { items { epoch } } } } }"],
      ["cost", "fragment C on node { commits(limit: 1000) { items { epoch } } } { nodes(limit: 100) { items { ...C } } }"],
      ["conditions", "query ($many: [Int]) { nodes(where: {index_in: $many}) { totalCount } }", { many: new Array<number>(2_001).fill(1) }],
    ];
    for (const [limit, query, variables = {}] of beyond) {
      const error = await refusal(query, variables);
      assert.deepEqual([error?.extensions?.code, error?.extensions?.limit], ["X0T_QUERY_LIMIT", limit], error?.message);
      assert.match(error?.message ?? "", new RegExp(`${limit} is .*at most ${error?.extensions?.most} is allowed`));
    }
    assert.match((await refusal("fragment F on node { ...F } { nodes { items { ...F } } }"))?.message ?? "", /cannot spread/i);
  });

  it("says what is wrong with a query, and nothing of its database", async () => {
    assert.match((await refusal("{ nodes(orderBy: \"nope\") { items { index } } }"))?.message ?? "", /Unknown column "nope"/);
    assert.match((await refusal("{ nope }"))?.message ?? "", /Cannot query field "nope"/);
    const failed = await refusal('{ nodes(after: "bm90IGEgY3Vyc29y") { items { index } } }');
    assert.deepEqual([failed?.message, failed?.extensions?.code], ["The query failed in the database.", "X0T_QUERY_FAILED"]);
  });

  it("answers anew after each block", async () => {
    const query = "{ transfers { totalCount } }";
    const countOf = async () => ((await post({ query })).reply.data as { transfers: { totalCount: number } }).transfers.totalCount;
    const before = await countOf();
    assert.equal(await countOf(), before);
    await traffic.transfer(6, 7, 5_000n);
    await caughtUp(indexer, (await chain.head()).number);
    assert.equal(await countOf(), before + 2, "the transfer and its burn");
  });

  const network = async (): Promise<string[]> => {
    const file = join(dir, "network.json");
    const { writeFile } = await import("node:fs/promises");
    await writeFile(file, JSON.stringify({ contracts: chain.book, parameters: { devnetEpochSeconds: 12 } }));
    return ["--network", file, "--rpc", chain.rpcUrl, "--indexer", `${indexer.url}/graphql`];
  };
  const rowsOf = async (args: readonly string[]): Promise<Record<string, string | number | null>[]> => {
    const { code, stdout, stderr } = await runInProcess([...args, ...(await network()), "--json"]);
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { rows: Record<string, string | number | null>[] }).rows;
  };

  it("x0t export earnings has rewards, redemptions and lease income by epoch, to the wei", async () => {
    const rows = await rowsOf(["export", "earnings"]);
    const sum = (column: string, node: number) => rows.filter((row) => row["node"] === node).reduce((total, row) => total + BigInt(row[column] ?? 0), 0n);
    const { nodes } = await indexer.query<{ nodes: { items: { index: number; claimed: string; leaseIncome: string }[] } }>("{ nodes { items { index claimed leaseIncome } } }");
    for (const { index, claimed, leaseIncome } of nodes.items) {
      const ofClaims = rows.filter((row) => row["node"] === index && row["reward_state"] === "claimed").reduce((total, row) => total + BigInt(row["reward_wei"] ?? 0), 0n);
      assert.equal(ofClaims, BigInt(claimed), `claims of node ${index}`);
      assert.equal(sum("lease_income_wei", index), BigInt(leaseIncome), `leases of node ${index}`);
      assert.equal(sum("redeemed_wei", index), 7n * 10n ** 18n, `redemptions of node ${index}`);
    }
    const own = rows.find((row) => row["node"] === 0 && row["epoch"] === epoch);
    assert.deepEqual([own?.["reward_state"], own?.["lease_income_wei"], own?.["slots"]], ["claimed", String(LEASE_WEI), 12]);
    const [reward, burned, net] = ["reward_wei", "reward_burned_wei", "reward_net_wei"].map((column) => BigInt(own?.[column] ?? 0));
    assert.deepEqual([burned, net], [(reward ?? 0n) / 100n, (reward ?? 0n) - (reward ?? 0n) / 100n]);
    assert.match(String(own?.["starts_at"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const later = new Date((epoch + 1) * 12_000).toISOString().slice(0, 19);
    const after = await rowsOf(["export", "earnings", "--node", "0", "--from", `${later}Z`]);
    assert.ok(after.every((row) => row["node"] === 0 && Number(row["epoch"]) > epoch));
    assert.equal((await rowsOf(["export", "earnings", "--operator", chain.accounts[2]?.address ?? ""])).some((row) => row["node"] !== 1), false);
  });

  it("x0t export leases has each epoch of each lease; their amounts add up to what was paid in", async () => {
    const rows = await rowsOf(["export", "leases", "--tenant", chain.accounts[14]?.address ?? ""]);
    assert.deepEqual(
      rows.map((row) => [row["epoch"], row["state"]]),
      ["paid", "refunded", "pending", "pending", "cut off", "cut off"].map((state, index) => [lease.first + index, state]),
    );
    const total = ["paid_wei", "refunded_wei", "burned_wei", "pending_wei"].flatMap((column) => rows.map((row) => BigInt(row[column] ?? 0))).reduce((a, b) => a + b, 0n);
    assert.equal(total, LEASE_WEI * 6n);
    assert.equal(rows[0]?.["price_x0t"], "5.000000000000000003");
  });

  it("x0t export writes a file whole, the same again and again, and leaves nothing behind when it fails", async () => {
    const file = join(dir, "leases.csv");
    const args = ["export", "leases", ...(await network()), "--out", file];
    assert.equal((await runInProcess(args)).code, 0);
    const first = await readFile(file, "utf8");
    assert.equal(first.trimEnd().split("\n").length, 1 + 6);
    assert.match(first, /^lease,listing,node,tenant,provider,epoch,starts_at/);
    assert.equal((await runInProcess(args)).code, 0);
    assert.equal(await readFile(file, "utf8"), first);
    const down = await runInProcess([...args, "--indexer", "http://127.0.0.1:9/graphql"]);
    assert.equal(down.code, 1);
    assert.match(down.stderr, /X0T_NO_INDEXER/);
    assert.equal(await readFile(file, "utf8"), first);
    assert.deepEqual((await readdir(dir)).sort(), ["leases.csv", "network.json"]);
    for (const wrong of [["--from", "yesterday"], ["--operator", "0x12"], ["--out", join(dir, "missing", "file.csv")]]) {
      assert.equal((await runInProcess(["export", "earnings", ...(await network()), ...wrong])).code, 2, wrong[0]);
    }
  });

  it("keeps each node's rows in the order of its epochs", async () => {
    const rows = await rowsOf(["export", "earnings"]);
    const keys = rows.filter((row) => row["node"] !== null).map((row) => [Number(row["node"]), Number(row["epoch"])] as const);
    assert.deepEqual(keys, [...keys].sort(([a, b], [c, d]) => a - c || b - d));
    assert.deepEqual([...new Set(keys.map(([node]) => node))], NODES);
  });
});
