import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runX0t } from "./runX0t.ts";

const address = "0x0000000000000000000000000000000000000011";
const names = ["X0TToken", "NodeRegistry", "ProofLedger", "EpochRewards", "RelayChannels", "Marketplace", "X0TGovernor", "X0TTimelock", "GuardianSeat", "GuardianSafe"];

describe("x0t with a chain that does not answer", () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), "x0t-cli-"));
    const contracts = { chainId: 31337, deployBlock: 0, contracts: Object.fromEntries(names.map((name) => [name, address])) };
    // Port 1 (tcpmux) is never served.
    const config = { rpcUrls: ["http://127.0.0.1:1"], contracts, parameters: "production", ipfsUrl: "http://127.0.0.1:1" };
    await writeFile(join(home, "config.json"), JSON.stringify(config));
  });
  after(() => rm(home, { recursive: true, force: true }));

  it("says so in a sentence with the way out, and exits 1", async () => {
    const { code, stdout, stderr } = await runX0t(["proof", "verify", "--node", "0", "--home", home]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /RPC endpoint does not answer\. Start it .*\.\/x0t up/);
    assert.match(stderr, /X0T_RPC_DOWN · docs\/errors\.md#x0t_rpc_down/);
    assert.doesNotMatch(stderr, /at .*\.js:/);
  });
});
