import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { createPublicClient, http } from "viem";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { devnetParameters, X0T } from "../../core/parameters.ts";
import { deployProtocol } from "../../devnet/deployProtocol.ts";
import { protocolParameters } from "../../ignition/protocolParameters.ts";
import { startAnvil, type Anvil } from "../support/anvil.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The first two well-known accounts of development chains; their keys are public. */
const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const parameters = protocolParameters(devnetParameters(12), {
  guardianOwners: [OTHER],
  guardianThreshold: 1,
  allocations: [{ account: OTHER, amount: 1_000n * X0T }],
});

/** A chain that began an hour ago, as a devnet's does. */
const anHourAgo = () => ["--timestamp", `${Math.floor(Date.now() / 1000) - 3600}`];

describe("deployProtocol", function () {
  this.timeout(120_000);
  let directory: string;
  const chains: Anvil[] = [];
  const chain = async () => {
    const anvil = await startAnvil({ args: anHourAgo() });
    chains.push(anvil);
    return anvil.rpcUrl;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "x0t-deploy-"));
  });

  afterEach(async () => {
    await Promise.all(chains.splice(0).map((anvil) => anvil.stop()));
    await rm(directory, { recursive: true, force: true });
  });

  it("deploys the Ignition module to an RPC URL, and repeats its result from the journal", async () => {
    const rpcUrl = await chain();
    const options = { rpcUrl, deploymentDir: directory, parameters, privateKey: KEY } as const;
    const book = await deployProtocol(options);
    assert.equal(book.chainId, 31337);
    assert.equal(book.deployBlock, 1);
    const client = createPublicClient({ transport: http(rpcUrl) });
    const blocks = await client.getBlockNumber();
    const ledger = await client.readContract({
      abi: nodeRegistryAbi,
      address: book.contracts.NodeRegistry,
      functionName: "ledger",
    });
    assert.equal(ledger, book.contracts.ProofLedger);
    assert.deepEqual(await deployProtocol(options), book);
    assert.equal(await client.getBlockNumber(), blocks);
  });

  it("X0T_STALE_DEPLOYMENT: a journal of another chain is named, with the way out", async () => {
    const first = await chain();
    await deployProtocol({ rpcUrl: first, deploymentDir: directory, parameters, privateKey: KEY });
    const second = await chain();
    await assert.rejects(
      deployProtocol({ rpcUrl: second, deploymentDir: directory, parameters, privateKey: KEY }),
      (error: Error & { code?: string }) =>
        error.code === "X0T_STALE_DEPLOYMENT" && error.message.includes(directory),
    );
  });

  it("X0T_DEPLOY_FAILED: parameters that the contracts refuse", async () => {
    const rpcUrl = await chain();
    const wrong = { Protocol: { ...parameters["Protocol"], unbondingSeconds: 1 } };
    await assert.rejects(
      deployProtocol({ rpcUrl, deploymentDir: directory, parameters: wrong, privateKey: KEY }),
      (error: Error & { code?: string }) =>
        error.code === "X0T_DEPLOY_FAILED" && error.message.includes("NodeRegistry"),
    );
  });

  it("resumes where kill -9 left it, at whatever step", async () => {
    const rpcUrl = await chain();
    const keyFile = join(directory, "key");
    await writeFile(keyFile, KEY);
    const parametersFile = join(ROOT, "ignition/parameters/localhost.json5");
    for (const lines of [3, 24, 60, 100, 121]) {
      const deploymentDir = join(directory, `${lines}`);
      const args = ["--rpc", rpcUrl, "--deployment-dir", deploymentDir, "--parameters", parametersFile, "--key-file", keyFile];
      const child = spawn(process.execPath, [join(ROOT, "devnet/deployProtocol.ts"), ...args], { stdio: "ignore" });
      const exited = once(child, "exit");
      await killAtLine(child, join(deploymentDir, "journal.jsonl"), lines);
      await exited;
      // What a kill in the middle of its writing leaves.
      if (lines === 60) await writeFile(join(deploymentDir, "deployed_addresses.json"), '{"Protocol#X0TTok');
      const book = await deployProtocol({ rpcUrl, deploymentDir, parameters: parametersFile, privateKey: KEY });
      const sealed = await createPublicClient({ transport: http(rpcUrl) }).readContract({
        abi: x0tTokenAbi,
        address: book.contracts.X0TToken,
        functionName: "timelock",
      });
      assert.equal(sealed, book.contracts.X0TTimelock);
    }
  });
});

/** Kills as soon as Ignition's journal has so many lines. */
async function killAtLine(child: ChildProcess, journal: string, lines: number): Promise<void> {
  const deadline = AbortSignal.timeout(20_000);
  while (child.exitCode === null) {
    deadline.throwIfAborted();
    const text = await readFile(journal, "utf8").catch(() => "");
    if (text.split("\n").length > lines) break;
    await setImmediate();
  }
  child.kill("SIGKILL");
}
