import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readContract } from "viem/actions";
import { registerNode } from "../../chain/registerNode.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { decodeDidDocument } from "../../core/didDocument.ts";
import { checkNodeRequest, parseNodeRequest, type RegisterRequest, type RotateRequest } from "../../core/nodeRequest.ts";
import { X0T } from "../../core/parameters.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { readKeystore, readPassphraseFile } from "../../runtime/keystore.ts";
import { verifyNative } from "../../runtime/mlDsa.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { listenLocal, until } from "../support/sockets.ts";
import { startTestIpfs } from "../support/testIpfs.ts";
import { runInProcess } from "./runInProcess.ts";
import { ROOT } from "./runX0t.ts";

const OPERATOR = 3;
const HOST = "127.61.0.1";

async function freePort(host?: string): Promise<number> {
  const server = createServer();
  const port = await listenLocal(server, host);
  server.close();
  return port;
}

describe("x0t node init --operator, rotate-key: the operator's key stays in a wallet (REG-1)", function () {
  this.timeout(120_000);
  let directory: string;
  let home: string;
  let chain: ProtocolChain;
  let ipfs: Awaited<ReturnType<typeof startTestIpfs>>;
  let network: string[];
  const here = (operator = OPERATOR) => ({ chainId: 31337, registry: chain.contracts.NodeRegistry, operator: chain.accounts[operator]!.address });
  const request = async <Kind>(name: string) => parseNodeRequest(await readFile(join(home, name), "utf8")) as Kind;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "x0t-request-"));
    home = join(directory, "home");
    [chain, ipfs] = await Promise.all([startProtocolChain(), startTestIpfs(join(directory, "ipfs"))]);
    await writeFile(join(directory, "network.json"), JSON.stringify({ contracts: chain.book, parameters: { devnetEpochSeconds: 12 } }));
    network = ["--network", join(directory, "network.json"), "--rpc", chain.rpcUrl, "--ipfs", ipfs.url];
  });
  after(async () => {
    await chain.close();
    await ipfs.close();
    await rm(directory, { recursive: true, force: true });
  });

  it("wants to know whose node it is, once", async () => {
    const init = (...args: string[]) => runInProcess(["node", "init", "--home", home, "--host", HOST, ...network, ...args]);
    for (const args of [[], ["--operator", here().operator, "--key-file", "x"], ["--operator", "0x12"], ["--operator", `0x${"0".repeat(40)}`]]) {
      const { code, stderr } = await init(...args);
      assert.deepEqual([code, existsSync(home)], [2, false], stderr);
      assert.match(stderr, /--operator/);
    }
  });

  it("makes the home, publishes the document and writes what the wallet needs, and no secret", async () => {
    const ports = await Promise.all([freePort(HOST), freePort(HOST), freePort()]);
    const portFlags = ["--relay-port", `${ports[0]}`, "--control-port", `${ports[1]}`, "--api-port", `${ports[2]}`];
    const { code, stdout, stderr } = await runInProcess(["node", "init", "--home", home, "--host", HOST, ...portFlags, ...network, "--operator", here().operator.toLowerCase()]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, new RegExp(`page Operate.*\\n +${home}/register\\.json`));
    const made = await request<RegisterRequest>("register.json");
    await checkNodeRequest(made, here());
    const block = await createIpfsClient({ url: ipfs.url }).getBlock(made.metadata);
    decodeDidDocument(block, { ...here(), nodeId: made.nodeId }, verifyNative);
    const keys = await readKeystore(join(home, "keystore.json"), await readPassphraseFile(join(home, "passphrase")));
    assert.ok(!(await readFile(join(home, "register.json"), "utf8")).includes(keys.hotKey.slice(2)));
    await assert.rejects(checkNodeRequest(made, here(4)), /names 0x.* as the operator/);
    await assert.rejects(checkNodeRequest(made, { ...here(), chainId: 1 }), /for chain 31337; this is chain 1/);
    await assert.rejects(checkNodeRequest(made, { ...here(), registry: here().operator }), /for the registry/);
    await assert.rejects(checkNodeRequest({ ...made, nodeId: `0x${"7".repeat(64)}` }, here()), /not signed by its hot key/);
    assert.throws(() => parseNodeRequest("{"), /no JSON/);
    assert.throws(() => parseNodeRequest(JSON.stringify({ ...made, hotKey: 1 })), /X0T_BAD_REQUEST|Unrecognized/i);
    assert.throws(() => parseNodeRequest(JSON.stringify({ ...made, metadata: `0x${"7".repeat(64)}` })), /not the same document/);
  });

  it("node start waits until it is registered, says how, and then serves", async () => {
    const child = spawn(process.execPath, ["cli/main.ts", "node", "start", "--home", home, "--no-worker"], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    try {
      let [out, log] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
      const seen = async (what: () => boolean) => {
        await until(() => what() || child.exitCode !== null, 60_000, "the node's word").catch((error: Error) => assert.fail(`${error.message}: ${out}\n${log}`));
        assert.equal(child.exitCode, null, `${out}\n${log}`);
      };
      await seen(() => out.includes("The node waits"));
      assert.match(out, /page Operate with .*register\.json/);
      const { nodeId, witness, metadata, proofOfPossession } = await request<RegisterRequest>("register.json");
      const { X0TToken: token, NodeRegistry: registry } = chain.contracts;
      const { index } = await registerNode(chain.sender(OPERATOR), { token, registry, nodeId, witness, metadata, stakeWei: 100n * X0T, proofOfPossession });
      assert.equal(index, 0);
      await chain.warpToEpoch((await chain.epoch()) + 1);
      await seen(() => log.includes("lists this node as active"));
      assert.match((await runInProcess(["node", "status", "--home", home])).stdout, /^node 0 in unknown/);
    } finally {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });

  it("rotate-key asks for a new hot key, and uses it when its receipts count", async () => {
    const rotate = (...args: string[]) => runInProcess(["node", "rotate-key", "--home", home, ...args]);
    const keystore = async () => readKeystore(join(home, "keystore.json"), await readPassphraseFile(join(home, "passphrase")));
    const old = await keystore();
    assert.match((await rotate("--finish")).stderr, /No new hot key waits/);
    assert.equal((await rotate()).code, 0);
    const asked = await request<RotateRequest>("rotate.json");
    await rotate();
    assert.deepEqual((await request<RotateRequest>("rotate.json")).witness, asked.witness);
    await checkNodeRequest(asked, here());
    assert.equal(asked.node, 0);
    const early = await rotate("--finish", "--json");
    assert.deepEqual([early.code, (JSON.parse(early.stderr || early.stdout) as { error: { code: string } }).error.code], [1, "X0T_ROTATION_PENDING"]);
    const at = { address: chain.contracts.NodeRegistry, abi: nodeRegistryAbi } as const;
    await chain.sender(OPERATOR).send({ ...at, functionName: "rotateWitness", args: [0, asked.witness, asked.proofOfPossession] });
    assert.match((await rotate("--finish")).stderr, /count from epoch \d+ on, in \d+ s/);
    assert.equal((await keystore()).hotKey, old.hotKey);
    await chain.warpToEpoch((await chain.epoch()) + 1);
    const { code, stdout } = await rotate("--finish");
    assert.equal(code, 0);
    assert.match(stdout, /Restart it to use it/);
    const { witness } = await readContract(chain.client, { ...at, functionName: "getNode", args: [0] });
    assert.equal(witness, asked.witness);
    assert.notEqual((await keystore()).hotKey, old.hotKey);
    assert.equal((await keystore()).nodeId, old.nodeId);
    const files = await readdir(home);
    assert.equal(files.filter((file) => /^keystore\.0x[0-9a-f]{40}\.json$/.test(file)).length, 1);
    assert.ok(!files.includes("rotate.json") && !files.includes("keystore.next.json"));
  });
});
