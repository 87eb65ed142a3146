import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openChannel } from "../../chain/openChannel.ts";
import { transferToken } from "../../chain/transferToken.ts";
import { X0T } from "../../core/parameters.ts";
import { caughtUp } from "../indexer/support/compareWithChain.ts";
import { createIndexerHome, type IndexerHome, type RunningIndexer } from "../indexer/support/indexerProcess.ts";
import { createTraffic } from "../indexer/support/traffic.ts";
import { startAnvil } from "../support/anvil.ts";
import { listenLocal } from "../support/sockets.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { runInProcess } from "./runInProcess.ts";

const FALSE_WEI = 7n;
/** An account that nothing happens to. */
const QUIET = 26;

describe("x0t check balances", function () {
  this.timeout(240_000);
  let directory: string;
  let chain: ProtocolChain;
  let home: IndexerHome;
  let indexer: RunningIndexer;
  let traffic: ReturnType<typeof createTraffic>;

  const run = (...args: string[]) => runInProcess(["check", "balances", "--home", directory, "--indexer", `${indexer.url}/graphql`, ...args]);

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "x0t-check-"));
    chain = await startProtocolChain();
    home = await createIndexerHome({ rpcUrl: chain.rpcUrl, addressBook: chain.book, parameters: { devnetEpochSeconds: 12 } });
    const config = { rpcUrls: [chain.rpcUrl], contracts: chain.book, parameters: { devnetEpochSeconds: 12 }, ipfsUrl: "http://127.0.0.1:1" };
    await writeFile(join(directory, "config.json"), JSON.stringify(config));
    // Something in each vault: stake and unbonding stake, a bond, rewards owed, deposits, escrow.
    traffic = createTraffic(chain);
    await traffic.registerAll();
    await traffic.payAll();
    const { X0TToken: token, RelayChannels: channels } = chain.contracts;
    await openChannel(chain.sender(6), { token, channels, payee: chain.accounts[1]!.address, signer: chain.accounts[6]!.address, amountWei: 2n * X0T });
    await chain.warpToEpoch((await chain.epoch()) + 2);
    const [first, second] = [await traffic.commitEpoch(), await traffic.commitEpoch()];
    await traffic.claim(0, first);
    await traffic.rent(await traffic.offer(0), 5);
    await traffic.unstake(1, 100n * X0T);
    const third = await traffic.commitEpoch();
    await traffic.challenge(2, third, [1]);
    assert.ok(second > first);
    indexer = home.start();
    await indexer.ready();
  });
  after(async () => {
    await indexer?.kill("SIGKILL");
    await Promise.all([chain?.close(), home?.remove()]);
    await rm(directory, { recursive: true, force: true });
  });

  it("TOK-5 REG-6 MKT-5 finds the index at one with the chain, to the wei", async () => {
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^chain 31337, block \d+: \d+ balances from \d+ transfers; 999,?999,?\d+/);
    for (const vault of ["NodeRegistry", "ProofLedger", "EpochRewards", "RelayChannels", "Marketplace"]) {
      assert.match(stdout, new RegExp(`^${vault} +[\\d,.]*[1-9][\\d,.]* .*the same$`, "m"));
    }
    assert.match(stdout, /TRUE: the index agrees with the chain/);
    const answer = JSON.parse((await run("--json")).stdout) as { holds: boolean; vaults: { balanceWei: string; owedWei: string }[]; sums: { keptWei: string; summedWei: string }[]; differences: unknown[]; rows: number };
    assert.deepEqual([answer.holds, answer.differences, answer.rows], [true, [], 3 + 4 + 1]);
    for (const { balanceWei, owedWei } of answer.vaults) assert.ok(BigInt(balanceWei) > 0n && balanceWei === owedWei);
    for (const { keptWei, summedWei } of answer.sums) assert.ok(BigInt(keptWei) > 0n && keptWei === summedWei);
  });

  it("explains what somebody sent to a vault without a deposit", async () => {
    await traffic.transfer(8, 9, X0T);
    await transferToken(chain.sender(8), { token: chain.contracts.X0TToken, to: chain.contracts.Marketplace, amountWei: 3n * X0T });
    await caughtUp(indexer, (await chain.head()).number);
    const { code, stdout } = await run();
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^Marketplace .* 3 more: somebody sent it there without a deposit$/m);
  });

  it("says while the indexer is away, or the chain another, what is wrong", async () => {
    const { code, stderr } = await runInProcess(["check", "balances", "--home", directory, "--indexer", "http://127.0.0.1:1/graphql"]);
    assert.equal(code, 1);
    assert.match(stderr, /X0T_NO_INDEXER/);
    assert.match((await runInProcess(["check", "balances", "--home", directory])).stderr, /X0T_USAGE/);
    const other = await startAnvil({ chainId: chain.book.chainId });
    const { stderr: behind } = await run("--rpc", other.rpcUrl).finally(() => other.stop());
    assert.match(behind, /The chain ends at block 0, the index at \d+: .*\n.*X0T_WRONG_CHAIN/);
  });

  it("names each row that is false, and ends with 1", async () => {
    const [quiet, paid] = [QUIET, QUIET + 1].map((index) => chain.accounts[index]!.address.toLowerCase());
    await using liar = await startLiar(indexer.url, (row, query) => {
      if (row["address"] === quiet || query.includes(`account(address: "${quiet}")`)) add(row, "balance", FALSE_WEI);
      if (row["index"] === 0 || query.includes("node(index: 0)")) add(row, "stake", -FALSE_WEI);
      if (row["to"] === paid) add(row, "amount", -FALSE_WEI);
    });
    const run = (...args: string[]) => runInProcess(["check", "balances", "--home", directory, "--indexer", liar.url, ...args]);
    const { code, stdout } = await run("--json");
    const { holds, differences } = JSON.parse(stdout) as { holds: boolean; differences: { what: string; indexedWei: string; chainWei: string }[] };
    assert.deepEqual([code, holds], [1, false]);
    const found = new Map(differences.map(({ what, indexedWei, chainWei }) => [what, BigInt(indexedWei) - BigInt(chainWei)]));
    const sender = differences.find(({ what, indexedWei, chainWei }) => what.endsWith("from transfers") && BigInt(indexedWei) - BigInt(chainWei) === FALSE_WEI);
    assert.ok(sender, "who sent it has so much more");
    assert.deepEqual(
      found,
      new Map([
        [sender.what, FALSE_WEI],
        [`balance of ${paid}, from transfers`, -FALSE_WEI],
        [`balance of ${quiet}`, FALSE_WEI],
        ["stake of node 0", -FALSE_WEI],
      ]),
    );
    const human = await run();
    assert.equal(human.code, 1);
    assert.match(human.stdout, /FALSE: 4 figures differ\. The index is wrong/);
    assert.match(human.stdout, /^stake of node 0 +999999999999999999993 +1000000000000000000000 +-7$/m);
  });
});

type Row = Record<string, unknown>;

function add(row: Row, column: string, amount: bigint): void {
  if (typeof row[column] === "string") row[column] = String(BigInt(row[column]) + amount);
}

/** An indexer whose answers pass through `falsify`, object by object. */
async function startLiar(origin: string, falsify: (row: Row, query: string) => void) {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const { query } = JSON.parse(body) as { query: string };
      const answer = await fetch(`${origin}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body });
      const lie = JSON.stringify(await answer.json(), (_, value: unknown) => {
        if (typeof value === "object" && value !== null && !Array.isArray(value)) falsify(value as Row, query);
        return value;
      });
      response.setHeader("content-type", "application/json").end(lie);
    })().catch((error: Error) => response.destroy(error));
  });
  const url = `http://127.0.0.1:${await listenLocal(server)}/graphql`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
