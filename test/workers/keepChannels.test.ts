import assert from "node:assert/strict";
import { findChannels } from "../../chain/findChannels.ts";
import { startCloseChannel } from "../../chain/startCloseChannel.ts";
import { readBalance } from "../../chain/readBalance.ts";
import { redeemVouchers } from "../../chain/redeemVouchers.ts";
import { signVoucher } from "../../chain/signVoucher.ts";
import { transferToken } from "../../chain/transferToken.ts";
import { RELAY_CHANNEL_WEI, X0T } from "../../core/parameters.ts";
import { createLogger } from "../../runtime/logger.ts";
import { createKeepChannels } from "../../workers/keepChannels.ts";
import type { TestNode } from "../support/testNodes.ts";
import { startWorkerNetwork, type WorkerNetwork } from "./network.ts";

describe("keepChannels: a node that joins can be reached (PAY-8, NET-21)", function () {
  this.timeout(60_000);
  let network: WorkerNetwork;
  before(async () => (network = await startWorkerNetwork({ nodes: 4 })));
  after(() => network.close());

  const openTo = async (payer: TestNode, payee: TestNode) => {
    const found = await findChannels(network.chain.client, { channels: network.chain.contracts.RelayChannels, payer: payer.hot.address, payee: payee.operator.address });
    return found.filter(({ closed, closesAt }) => !closed && closesAt === 0);
  };
  const nodeAt = (index: number) => network.nodes[index] as TestNode;
  const nextEpoch = async () => network.chain.warpToEpoch((await network.chain.epoch()) + 1);

  it("opens one channel of 50 X0T to each, once", async () => {
    const worker = await network.open(nodeAt(0));
    for (const job of [createKeepChannels(worker), createKeepChannels(worker)]) {
      await network.run(job);
      await network.run(job);
    }
    for (const other of [1, 2, 3]) {
      const [channel, ...more] = await openTo(nodeAt(0), nodeAt(other));
      assert.equal(more.length, 0);
      assert.deepEqual([channel?.deposit, channel?.signer], [RELAY_CHANNEL_WEI, nodeAt(0).hot.address]);
    }
  });

  it("tops up one that is nearly spent, and replaces one that closes", async () => {
    const { chain } = network;
    const { RelayChannels: channels } = chain.contracts;
    const [spent] = await openTo(nodeAt(0), nodeAt(1));
    const [closing] = await openTo(nodeAt(0), nodeAt(2));
    assert.ok(spent !== undefined && closing !== undefined);
    const cumulative = 41n * X0T;
    const signature = await signVoucher(nodeAt(0).hot, { chainId: 31337, channels, channel: spent.channel, cumulative });
    await redeemVouchers(chain.sender(1), { channels, vouchers: [{ channel: spent.channel, cumulative, signature }] });
    await startCloseChannel(chain.sender(nodeAt(0).hotAccount), { channels, channel: closing.channel });
    await nextEpoch();
    await network.run(createKeepChannels(await network.open(nodeAt(0))));
    assert.deepEqual((await openTo(nodeAt(0), nodeAt(1))).map(({ deposit }) => deposit), [2n * RELAY_CHANNEL_WEI]);
    const [fresh, ...others] = await openTo(nodeAt(0), nodeAt(2));
    assert.equal(others.length, 0);
    assert.notEqual(fresh?.channel, closing.channel);
  });

  it("keeps the X0T of two bonds, and says once an epoch what is missing", async () => {
    const { chain } = network;
    const node = nodeAt(3);
    const token = chain.contracts.X0TToken;
    const { x0tWei } = await readBalance(chain.client, { token, account: node.hot.address });
    // One channel and two bonds: 50 + 20, and a little.
    await transferToken(chain.sender(node.hotAccount), { token, to: nodeAt(0).operator.address, amountWei: x0tWei - 75n * X0T });
    const said: string[] = [];
    const log = createLogger("workers", "silent");
    log.warn = ((_: object, text: string) => void said.push(text)) as unknown as typeof log.warn;
    const job = createKeepChannels({ ...(await network.open(node)), log });
    await network.run(job);
    await network.run(job);
    const counts = await Promise.all([0, 1, 2].map(async (other) => (await openTo(node, nodeAt(other))).length));
    assert.equal(counts.reduce((sum, count) => sum + count, 0), 1);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", new RegExp(`Send 95.96 X0T to ${node.hot.address}`));
  });
});
