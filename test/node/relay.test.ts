import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import net from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeChain } from "./fakeChain.ts";
import { makeNodeHome, spawnNode, startFakeIpfs, type NodeProcess, type TestNode } from "./nodeHomes.ts";

interface Status {
  peers: number;
  active: boolean;
  index: number | null;
  epoch: number;
  receipts: Record<string, Record<string, number>>;
}

describe("relay daemon", () => {
  let folder: string;
  let chain: Awaited<ReturnType<typeof startFakeChain>>;
  let ipfs: Awaited<ReturnType<typeof startFakeIpfs>>;
  let blocks: Map<string, Uint8Array>;
  let running: NodeProcess[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "x0t-relay-"));
    blocks = new Map();
    chain = await startFakeChain([]);
    ipfs = await startFakeIpfs(blocks);
    running = [];
  });
  afterEach(async () => {
    for (const { child } of running) child.kill("SIGKILL");
    await Promise.all(running.map(({ exited }) => exited));
    chain.close();
    ipfs.close();
    await rm(folder, { recursive: true });
  });

  const make = async (count: number, epochSeconds?: number) => {
    const nodes = await Promise.all(
      Array.from({ length: count }, (_, i) => makeNodeHome(folder, i, { rpc: chain.url, ipfs: ipfs.url }, epochSeconds)),
    );
    for (const node of nodes) register(node);
    return nodes;
  };
  const register = (node: TestNode) => {
    chain.state.nodes.push(node.registered);
    blocks.set(node.cid, node.document);
  };
  const start = (node: TestNode) => {
    const process = spawnNode(node.home);
    running.push(process);
    return process;
  };
  const status = async (node: TestNode): Promise<Status> => (await fetch(`${node.apiUrl}/v1/status`)).json() as Promise<Status>;
  const eventually = async (check: () => Promise<boolean>, timeoutMs: number, what: string) => {
    const deadline = performance.now() + timeoutMs;
    while (!(await check().catch(() => false))) {
      if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms\n${running.map(({ log }) => log()).join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const meshed = (nodes: TestNode[], timeoutMs = 20_000) =>
    eventually(async () => (await Promise.all(nodes.map(status))).every(({ peers }) => peers === nodes.length - 1), timeoutMs, "mesh");

  it("NET-24 three nodes link, witness each other and tell so; SIGTERM ends them with 0", async () => {
    const nodes = await make(3, 12);
    const processes = nodes.map(start);
    await Promise.all(processes.map(({ ready }) => ready));
    await meshed(nodes);
    const health = (await (await fetch(`${nodes[0]!.apiUrl}/health`)).json()) as Record<string, unknown>;
    assert.equal(health.status, "ok");
    assert.equal(health.peers, 2);
    assert.deepEqual(Object.keys(health), ["status", "version", "uptimeSeconds", "peers", "circuits"]);
    const peers = (await (await fetch(`${nodes[0]!.apiUrl}/peers`)).json()) as { nodeId: string }[];
    assert.deepEqual(peers.map(({ nodeId }) => nodeId).sort(), [nodes[1]!, nodes[2]!].map(({ registered }) => registered.nodeId).sort());
    const full = (report: Status) => Object.values(report.receipts).flatMap((slots) => Object.values(slots)).filter((count) => count === 2).length;
    await eventually(async () => (await Promise.all(nodes.map(status))).every((report) => full(report) >= 3), 40_000, "3 slots with both receipts");
    const metrics = await (await fetch(`${nodes[0]!.apiUrl}/metrics`)).text();
    assert.match(metrics, /^x0t_link_peers 2$/m);
    assert.match(metrics, /^x0t_directory_coverage_ratio 1$/m);
    // Circuits of witnesses are paid like any other.
    const paid = async (node: TestNode) => BigInt(((await (await fetch(`${node.apiUrl}/v1/earnings`)).json()) as { meteredWei: string }).meteredWei) > 0n;
    await eventually(async () => (await Promise.all(nodes.map(paid))).some(Boolean), 40_000, "witnesses paid");
    for (const { child } of processes) child.kill("SIGTERM");
    const started = performance.now();
    assert.deepEqual(await Promise.all(processes.map(({ exited }) => exited)), [0, 0, 0], processes.map(({ log }) => log()).join("\n"));
    assert.ok(performance.now() - started < 8_000, "idle nodes have nothing to wait for");
  }).timeout(150_000);

  it("NET-23 kill -9: the same identity and receipts come back, peers reconnect within 2 s", async () => {
    const nodes = await make(3, 12);
    const processes = nodes.map(start);
    await Promise.all(processes.map(({ ready }) => ready));
    await meshed(nodes);
    const some = (report: Status) => JSON.stringify(report.receipts).includes(":2");
    await eventually(async () => some(await status(nodes[1]!)), 40_000, "receipts");
    const before = await status(nodes[1]!);
    processes[1]!.child.kill("SIGKILL");
    await processes[1]!.exited;
    await eventually(async () => (await status(nodes[0]!)).peers === 1, 6_000, "loss noticed");
    const again = start(nodes[1]!);
    await again.ready;
    const started = performance.now();
    await meshed(nodes, 4_000);
    assert.ok(performance.now() - started < 2_500, `reconnected after ${performance.now() - started} ms`);
    const after = await status(nodes[1]!);
    for (const [epoch, slots] of Object.entries(before.receipts)) {
      for (const [slot, count] of Object.entries(slots)) {
        if (after.receipts[epoch] !== undefined) assert.ok(after.receipts[epoch][slot]! >= count, `epoch ${epoch} slot ${slot}`);
      }
    }
  }).timeout(120_000);

  it("NET-17 a peer that falls silent is lost after 5 s and linked again when it wakes", async () => {
    const nodes = await make(3);
    const processes = nodes.map(start);
    await Promise.all(processes.map(({ ready }) => ready));
    await meshed(nodes);
    processes[2]!.child.kill("SIGSTOP");
    const stopped = performance.now();
    await eventually(async () => (await status(nodes[0]!)).peers === 1 && (await status(nodes[1]!)).peers === 1, 10_000, "silence noticed");
    assert.ok(performance.now() - stopped > 4_000, "not on the first missing beacon");
    processes[2]!.child.kill("SIGCONT");
    await meshed(nodes, 20_000);
  }).timeout(120_000);

  it("NET-23 a second process of one home is refused before it touches a file", async () => {
    const [node] = await make(1);
    const first = start(node!);
    await first.ready;
    const second = start(node!);
    assert.equal(await second.exited, 2);
    assert.match(second.log(), /X0T_PORT_TAKEN/);
    assert.equal((await status(node!)).active, true);
  }).timeout(30_000);

  it("NET-24 the API answers only to loopback names", async () => {
    const [node] = await make(1);
    await start(node!).ready;
    const { port } = new URL(node!.apiUrl);
    const code = (host: string) =>
      new Promise<number | undefined>((resolve, reject) =>
        get({ host: "127.0.0.1", port, path: "/v1/earnings", headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).on("error", reject),
      );
    assert.equal(await code("evil.example"), 403);
    assert.equal(await code(`localhost:${port}`), 200);
    assert.equal((await fetch(`${node!.apiUrl}/nothing`)).status, 404);
  }).timeout(30_000);

  it("a taken port: exit 2, one sentence, the port and the way out", async () => {
    const [node] = await make(1);
    for (const [key, host, port] of [
      ["api.port", "127.0.0.1", node!.config.api.port],
      ["relayPort", node!.config.listen.host, node!.config.listen.relayPort],
      ["controlPort", node!.config.listen.host, node!.config.listen.controlPort],
    ] as const) {
      const squatter = net.createServer();
      await once(squatter.listen(port, host), "listening");
      const process = start(node!);
      assert.equal(await process.exited, 2);
      assert.match(process.log(), new RegExp(`X0T_PORT_TAKEN: .*${host}:${port}.*${key}`));
      squatter.close();
      await once(squatter, "close");
    }
  }).timeout(40_000);

  it("a dead chain at the start: says so, tries again, and goes on when it comes", async () => {
    const [node] = await make(1);
    chain.state.down = true;
    const process = start(node!);
    await eventually(async () => process.log().includes("the chain cannot be read: trying again"), 15_000, "a clear log");
    chain.state.down = false;
    await process.ready;
    chain.state.down = true;
    await eventually(async () => process.log().includes("going on with what was read last"), 25_000, "degraded");
    assert.equal((await status(node!)).active, true);
  }).timeout(60_000);

  it("SIGTERM while it waits for a dead chain ends it with 0", async () => {
    const [node] = await make(1);
    chain.state.down = true;
    const process = start(node!);
    await eventually(async () => process.log().includes("trying again"), 15_000, "a clear log");
    process.child.kill("SIGTERM");
    assert.equal(await process.exited, 0, process.log());
  }).timeout(30_000);

  it("a node that is not registered says so, waits, and joins once it is", async () => {
    const nodes = await make(2, 12);
    const late = nodes[1]!;
    chain.state.nodes.pop();
    const processes = nodes.map(start);
    const [, ready] = await Promise.all(processes.map(({ ready }) => ready));
    assert.equal(ready!.registered, false);
    assert.match(processes[1]!.log(), /the registry does not know this node.*Waiting/);
    assert.equal((await status(late)).index, null);
    register(late);
    await meshed(nodes, 15_000);
    await eventually(async () => (await status(late)).index === 1, 5_000, "index");
  }).timeout(60_000);

  it("bad homes: a wrong passphrase, an unknown key, another node's keystore and no home exit 2 with the reason", async () => {
    const [a, b] = await make(2);
    const config = JSON.parse(await readFile(join(a!.home, "config.json"), "utf8")) as object;
    const fails = async (home: string, pattern: RegExp) => {
      const process = spawnNode(home);
      running.push(process);
      assert.equal(await process.exited, 2, process.log());
      assert.match(process.log(), pattern);
    };
    await writeFile(join(a!.home, "config.json"), JSON.stringify({ ...config, colour: "red" }));
    await fails(a!.home, /X0T_CONFIG: .*colour/);
    await writeFile(join(a!.home, "config.json"), JSON.stringify({ ...config, nodeId: b!.config.nodeId }));
    await fails(a!.home, /X0T_WRONG_KEYSTORE: .*keystore/);
    await writeFile(join(b!.home, "passphrase"), "wrong");
    await fails(b!.home, /X0T_WRONG_PASSPHRASE/);
    await fails(join(folder, "nowhere"), /X0T_CONFIG: .*nowhere/);
  }).timeout(40_000);
});
