import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMaintenance } from "../../chain/isMaintenance.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { createTestNodes } from "../support/testNodes.ts";
import { runInProcess } from "./runInProcess.ts";

describe("x0t node maintenance", function () {
  this.timeout(60_000);
  let directory: string;
  let chain: ProtocolChain;
  const run = (...args: string[]) => runInProcess([...args, "--home", directory]);
  const announce = (...args: string[]) => run("node", "maintenance", "--key-file", join(directory, "0.key"), ...args);
  const announced = (epoch: number, node = 0) => isMaintenance(chain.client, { ledger: chain.contracts.ProofLedger, node, epoch });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "x0t-maintenance-"));
    await mkdir(join(directory, "nodes"));
    chain = await startProtocolChain();
    await createTestNodes(chain, { directory: join(directory, "nodes"), count: 2, ipfsUrl: "http://127.0.0.1:1" });
    const config = { rpcUrls: [chain.rpcUrl], contracts: chain.book, parameters: { devnetEpochSeconds: 12 }, ipfsUrl: "http://127.0.0.1:1" };
    await writeFile(join(directory, "config.json"), JSON.stringify(config));
    // The operator's key, and the hot key of the same node.
    await writeFile(join(directory, "0.key"), chain.privateKeyOf(0));
    await writeFile(join(directory, "hot.key"), chain.privateKeyOf(12));
  });
  after(async () => {
    await chain.close();
    await rm(directory, { recursive: true, force: true });
  });

  it("PRF-3 announces by the operator's key, the next epoch by default, and by the hot key", async () => {
    const epoch = await chain.epoch();
    const { code, stdout, stderr } = await announce("--node", "0");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, new RegExp(`^Node 0 may be down in epoch ${epoch + 2}, from .+ to .+, without losing its bonus\\.`));
    const more = await run("node", "maintenance", "--key-file", join(directory, "hot.key"), "--node", "0", "--from", `${epoch + 20}`, "--epochs", "2", "--json");
    const { transactionHash, ...said } = JSON.parse(more.stdout) as { transactionHash: string };
    assert.match(transactionHash, /^0x[0-9a-f]{64}$/);
    assert.deepEqual(said, { node: 0, first: epoch + 20, epochs: 2, startsAt: (epoch + 20) * 12, endsAt: (epoch + 22) * 12 });
    const known = await Promise.all([1, 2, 3, 19, 20, 21, 22].map((ahead) => announced(epoch + ahead)));
    assert.deepEqual(known, [false, true, false, false, true, true, false]);
    assert.equal(await announced(epoch + 2, 1), false);
  });

  it("PRF-3 says in words why it is refused", async () => {
    const epoch = await chain.epoch();
    for (const [args, words] of [
      [["--node", "0", "--from", `${epoch}`], /one whole epoch before it begins/],
      [["--node", "0", "--epochs", "7"], /At most 6 of any 168 epochs/],
      [["--node", "1"], /Only the operator or the node's hot key may do this/],
    ] as const) {
      const { code, stderr } = await announce(...args);
      assert.equal(code, 1);
      assert.match(stderr, words);
    }
  });

  it("shows in x0t status that the node is in maintenance, not that something is wrong", async () => {
    await chain.warpToEpoch((await chain.epoch()) + 5);
    await announce("--node", "0", "--from", `${(await chain.epoch()) + 2}`);
    const standing = async () => {
      const { stdout, stderr, code } = await run("status");
      assert.deepEqual([code, stderr], [0, ""]);
      return [0, 1].map((node) => new RegExp(`^${node} +- +(\\w+) `, "m").exec(stdout)?.[1]);
    };
    assert.deepEqual(await standing(), ["active", "active"]);
    await chain.warpToEpoch((await chain.epoch()) + 2);
    assert.deepEqual(await standing(), ["maintenance", "active"]);
    const { nodes } = JSON.parse((await run("status", "--json")).stdout) as { nodes: { maintenance: boolean }[] };
    assert.deepEqual(nodes.map(({ maintenance }) => maintenance), [true, false]);
  });
});
