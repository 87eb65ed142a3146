import { createTestClient, encodeFunctionData, http, publicActions, walletActions, type Address } from "viem";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { caughtUp, compareWithChain } from "./support/compareWithChain.ts";
import { createIndexerHome, type IndexerHome, type RunningIndexer } from "./support/indexerProcess.ts";
import { createTraffic } from "./support/traffic.ts";

function rawClient(rpcUrl: string) {
  return createTestClient({ mode: "anvil", transport: http(rpcUrl) }).extend(publicActions).extend(walletActions);
}

describe("indexer over a chain that changes its mind", function () {
  this.timeout(240_000);
  let chain: ProtocolChain;
  let home: IndexerHome;
  let indexer: RunningIndexer;
  let raw: ReturnType<typeof rawClient>;

  /** A transfer in a block of its own, without a queue that would remember nonces which the chain has forgotten. */
  async function transfer(from: number, to: number, amountWei: bigint): Promise<void> {
    const args = [address(to), amountWei] as const;
    const data = encodeFunctionData({ abi: x0tTokenAbi, functionName: "transfer", args });
    const hash = await raw.sendTransaction({ account: address(from), chain: null, to: chain.contracts.X0TToken, data });
    await raw.waitForTransactionReceipt({ hash, pollingInterval: 10 });
  }

  function address(index: number): Address {
    return chain.accounts[index]!.address;
  }

  async function rollback(depth: number): Promise<void> {
    await raw.request({ method: "anvil_rollback", params: [depth] } as never);
  }

  before(async () => {
    chain = await startProtocolChain();
    raw = rawClient(chain.rpcUrl);
    home = await createIndexerHome({
      rpcUrl: chain.rpcUrl,
      addressBook: chain.book,
      parameters: { devnetEpochSeconds: 12 },
    });
    indexer = home.start();
    await indexer.ready();
  });

  after(async () => {
    await indexer?.kill("SIGKILL");
    await chain?.close();
    await home?.remove();
  });

  for (const depth of [1, 2, 5]) {
    it(`takes back ${depth} blocks and what they did`, async () => {
      for (let i = 0; i < 6; i++) await transfer(20, 21 + i, 1_000_003n);
      await caughtUp(indexer, (await chain.head()).number);
      await rollback(depth);
      for (let i = 0; i <= depth; i++) await transfer(21 + i, 20, 777n + BigInt(i));
      await compareWithChain(indexer, chain);
    });
  }

  it("PRF-4 takes back what time had voided", async () => {
    const traffic = createTraffic(chain);
    await traffic.registerAll();
    await chain.warpToEpoch((await chain.epoch()) + 2);
    const epoch = await traffic.commitEpoch();
    const deadline = Number(await traffic.challenge(2, epoch, [0]));
    await chain.warpTo(deadline + 1);
    await compareWithChain(indexer, chain);
    await rollback(1);
    await chain.warpTo(deadline);
    await chain.test.mine({ blocks: 1, interval: 0 });
    await compareWithChain(indexer, chain);
  });

  it("MKT-4 takes back the end of a lease, and MKT-3 what was settled", async () => {
    const traffic = createTraffic(chain);
    const { lease, first } = await traffic.rent(await traffic.offer(0), 20);
    await chain.warpToEpoch(first);
    await compareWithChain(indexer, chain);
    await traffic.terminate(0, lease);
    await compareWithChain(indexer, chain);
    await rollback(1);
    await chain.warpToEpoch(first + 6);
    await createTraffic(chain).settle([lease]);
    await compareWithChain(indexer, chain);
    await rollback(1);
    await chain.test.mine({ blocks: 2, interval: 0 });
    await compareWithChain(indexer, chain);
    await createTraffic(chain).cancel(lease);
    await compareWithChain(indexer, chain);
  });
});
