import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DevnetFile } from "../../devnet/devnetFile.ts";
import { findLeftovers } from "../../devnet/processTable.ts";
import { runX0t } from "../cli/runX0t.ts";
import { download, fetchJson, freePortBase, readFileJson, ROOT, until, up } from "./devnet.ts";

describe("starting: interrupted, killed, with three nodes, with a node and a client of one's own", function () {
  this.timeout(60_000);
  this.bail(true);

  let stateDir: string;
  let portBase: number;
  before(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "x0t-e2e-"));
    portBase = await freePortBase(3);
  });
  after(() => rm(stateDir, { recursive: true, force: true }));

  const args = () => ["--state-dir", stateDir, "--nodes", "3", "--epoch", "12s", "--port-base", String(portBase)];
  const leftovers = () => findLeftovers(join(stateDir, "pids.json"));
  const start = () => spawn(join(ROOT, "x0t"), ["up", ...args()], { stdio: "ignore", detached: true });
  const genesisRuns = () => until("genesis runs", 30_000, async () => (existsSync(join(stateDir, "contracts.json")) || existsSync(join(stateDir, "keys", "faucet.key")) ? true : undefined));

  it("names a taken port and the way out, before anything is started", async () => {
    const server = createServer().listen(portBase + 3, "127.0.0.1");
    await once(server, "listening");
    try {
      const { code, stderr } = await runX0t(["up", ...args()]);
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${(server.address() as AddressInfo).port} \\(the SOCKS5 client\\) is taken\\..*--port-base`));
      assert.deepEqual(leftovers(), []);
    } finally {
      server.close();
    }
  });

  it("SIGTERM during genesis ends everything and exits 0", async () => {
    const launcher = start();
    const exited = once(launcher, "exit");
    await genesisRuns();
    launcher.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
    assert.deepEqual(leftovers(), []);
    assert.equal(existsSync(join(stateDir, "genesis.json")), false);
    assert.equal(existsSync(join(stateDir, "devnet.json")), false);
  });

  it("after kill -9 during genesis the next up starts cleanly; three nodes carry traffic", async function () {
    this.timeout(150_000);
    await rm(join(stateDir, "keys"), { recursive: true, force: true });
    const killed = start();
    const exited = once(killed, "exit");
    await genesisRuns();
    killed.kill("SIGKILL");
    await exited;

    const launcher = await up(args());
    const devnet = await readFileJson<DevnetFile>(join(stateDir, "devnet.json"));
    assert.equal(devnet.nodes.length, 3);
    assert.equal((await download(devnet, "/1k.txt", AbortSignal.timeout(10_000))).bytes, 1024);

    await ownNode(devnet);
    await ownClient(devnet);

    // The second signal does not wait for anybody.
    launcher.process.kill("SIGINT");
    launcher.process.kill("SIGINT");
    await launcher.exited;
    assert.deepEqual(leftovers(), []);
    const other = await runX0t(["up", "--state-dir", stateDir, "--nodes", "4"]);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /made with --nodes 3 --epoch 12s/);
  });

  /** `x0t node init` and `x0t node start` on the fourth operator. */
  async function ownNode(devnet: DevnetFile): Promise<void> {
    const home = join(stateDir, "nodes", "own");
    const state = ["--state-dir", stateDir];
    const apiPort = portBase + 13;
    const init = ["node", "init", "--home", home, "--host", "127.44.0.1", "--relay-port", String(portBase + 6), "--control-port", String(portBase + 7)];
    const more = ["--api-port", String(apiPort), "--stake", "1000", "--key-file", join(stateDir, "keys/operator-3.key"), "--region", "here", "--json"];
    const made = await runX0t([...init, ...more, ...state], { timeoutMs: 30_000 });
    assert.equal(made.code, 0, made.stderr);
    const { index, hotKey } = JSON.parse(made.stdout) as { index: number; hotKey: string };
    assert.equal(index, devnet.nodes.length);
    assert.equal((await runX0t([...init, ...more, ...state])).code, 2, "a second init is refused");
    assert.equal((await runX0t(["faucet", hotKey, ...state])).code, 0);

    const node = spawn(join(ROOT, "x0t"), ["node", "start", "--home", home], { stdio: "ignore" });
    try {
      await until("the new node among its peers", 40_000, async () =>
        (await fetchJson<{ peers: number }>(`http://127.0.0.1:${apiPort}/health`)).peers === devnet.nodes.length ? true : undefined,
      );
      const status = await runX0t(["node", "status", "--home", home]);
      assert.equal(status.code, 0, status.stderr);
      assert.match(status.stdout, /node 3 in here/);
    } finally {
      node.kill("SIGINT");
      assert.deepEqual(await once(node, "exit"), [0, null]);
    }
    assert.equal((await runX0t(["node", "status", "--home", home])).code, 1);
  }

  /** `x0t connect`: a second client with a key of its own, paid from the faucet. */
  async function ownClient(devnet: DevnetFile): Promise<void> {
    const port = portBase + 19;
    const home = join(stateDir, "client", "own");
    const client = spawn(join(ROOT, "x0t"), ["connect", "--home", home, "--port", String(port), "--api-port", String(portBase + 20), "--state-dir", stateDir], { stdio: "ignore" });
    try {
      const own = { ...devnet, socksUrl: `socks5h://127.0.0.1:${port}` };
      await until("traffic through the own client", 60_000, async () => ((await download(own, "/1k.txt", AbortSignal.timeout(10_000))).bytes === 1024 ? true : undefined));
    } finally {
      client.kill("SIGINT");
      assert.deepEqual(await once(client, "exit"), [0, null]);
    }
  }
});
