import assert from "node:assert/strict";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseEther } from "viem";
import { getContractEvents, getTransactionCount } from "viem/actions";
import { claimRewards } from "../../chain/claimRewards.ts";
import { isSeedWritten } from "../../chain/isSeedWritten.ts";
import { openChannel } from "../../chain/openChannel.ts";
import { readBalance } from "../../chain/readBalance.ts";
import { readChannel } from "../../chain/readChannel.ts";
import { readClaimable } from "../../chain/readClaimable.ts";
import { signVoucher } from "../../chain/signVoucher.ts";
import { startCloseChannel } from "../../chain/startCloseChannel.ts";
import { epochRewardsAbi } from "../../core/abi/EpochRewards.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import type { Hex } from "../../core/ids.ts";
import { PRODUCTION, X0T } from "../../core/parameters.ts";
import { encodeReceivedVoucher } from "../../core/spool.ts";
import { createLogger } from "../../runtime/logger.ts";
import { createCheckFunds } from "../../workers/checkFunds.ts";
import { createClaimRewards } from "../../workers/claimRewards.ts";
import { createPokeSeed } from "../../workers/pokeSeed.ts";
import { createPublishProofs } from "../../workers/publishProofs.ts";
import { createRedeemVouchers } from "../../workers/redeemVouchers.ts";
import type { WorkerNode } from "../../workers/workerNode.ts";
import { witnessSlots, type TestNode } from "../support/testNodes.ts";
import { startWorkerNetwork, type WorkerNetwork } from "./network.ts";

const ALL_SLOTS = Array.from({ length: 12 }, (_, slot) => slot);

describe("workers and money", function () {
  this.timeout(60_000);
  let network: WorkerNetwork;
  const x0tOf = async (account: Hex) =>
    (await readBalance(network.chain.client, { token: network.chain.contracts.X0TToken, account })).x0tWei;
  const sentBy = (node: TestNode) => getTransactionCount(network.chain.client, { address: node.hot.address });

  before(async () => {
    network = await startWorkerNetwork();
  });
  after(() => network.close());

  describe("pokeSeed", () => {
    it("writes the next epoch's seed in the first block, one node alone", async () => {
      const { chain, nodes } = network;
      const workers = await Promise.all(nodes.map((node) => network.open(node)));
      const jobs = workers.map(createPokeSeed);
      const epoch = (await chain.epoch()) + 1;
      await chain.warpToEpoch(epoch);
      const { ProofLedger: ledger } = chain.contracts;
      assert.equal(await isSeedWritten(chain.client, { ledger, epoch: epoch + 1 }), false);
      for (const job of jobs) await network.run(job);
      assert.equal(await isSeedWritten(chain.client, { ledger, epoch: epoch + 1 }), true);
      await chain.warpToEpoch(epoch, 11);
      for (const job of jobs) await network.run(job);
      const events = await getContractEvents(chain.client, {
        address: ledger,
        abi: proofLedgerAbi,
        eventName: "SeedWritten",
        args: { epoch: BigInt(epoch + 1) },
        fromBlock: 0n,
      });
      assert.equal(events.length, 1);
      const pokes = await Promise.all(workers.map(async ({ metrics }) => (await metrics.pokes.get()).values[0]?.value ?? 0));
      assert.equal(pokes.reduce((sum, count) => sum + count, 0), 1);
    });

    it("is done by the next node if the first one does not", async () => {
      const { chain, nodes } = network;
      const epoch = (await chain.epoch()) + 1;
      await chain.warpToEpoch(epoch);
      const { ProofLedger: ledger } = chain.contracts;
      const last = createPokeSeed(await network.open(nodes[0]!));
      for (let second = 1; second < 12; second++) {
        await chain.warpToEpoch(epoch, second);
        await network.run(last);
        if (await isSeedWritten(chain.client, { ledger, epoch: epoch + 1 })) return;
      }
      assert.fail("nobody poked in half an epoch");
    });
  });

  describe("claimRewards", () => {
    it("REW-3 claims final epochs for the operator, once, in one batch", async () => {
      const { chain, nodes } = network;
      const node = nodes[0] as TestNode;
      const worker = await network.open(node);
      const publish = createPublishProofs(worker);
      const first = await chain.epoch();
      for (let epoch = first; epoch < first + 3; epoch++) {
        await witnessSlots(chain, nodes, { node, epoch, slots: ALL_SLOTS });
        await chain.warpToEpoch(epoch + 1, 3);
        await network.run(publish);
      }
      const before = await x0tOf(node.operator.address);
      const claim = createClaimRewards(worker);
      await network.run(claim);
      assert.equal(await x0tOf(node.operator.address), before, "nothing is final yet");
      await chain.warpToEpoch(first + 6);
      const sent = await sentBy(node);
      await network.run(claim);
      await network.run(claim);
      await network.run(createClaimRewards(await network.open(node)));
      assert.equal(await sentBy(node), sent + 1);
      const claims = await getContractEvents(chain.client, {
        address: chain.contracts.EpochRewards,
        abi: epochRewardsAbi,
        eventName: "Claimed",
        args: { node: node.index },
        fromBlock: 0n,
      });
      assert.deepEqual(claims.map(({ args }) => Number(args.epoch)), [first, first + 1, first + 2]);
      const paid = claims.reduce((sum, { args }) => sum + (args.amount as bigint), 0n);
      assert.ok(paid > 0n);
      assert.equal((await x0tOf(node.operator.address)) - before, claims.reduce((sum, { args }) => sum + (args.amount as bigint) - (args.amount as bigint) / 100n, 0n));
      assert.equal((await worker.metrics.claimedWei.get()).values[0]?.value, Number(paid));
    });
  });

  describe("claimRewards beside others", () => {
    it("REW-3 claims the rest though a stranger was faster with one epoch", async () => {
      const { chain, nodes } = network;
      const node = nodes[5] as TestNode;
      const worker = await network.open(node);
      const first = await chain.epoch();
      for (let epoch = first; epoch < first + 2; epoch++) {
        await witnessSlots(chain, nodes, { node, epoch, slots: ALL_SLOTS });
        await chain.warpToEpoch(epoch + 1, 3);
        await network.run(createPublishProofs(worker));
      }
      await chain.warpToEpoch(first + 6);
      const { EpochRewards: rewards } = chain.contracts;
      let raced = false;
      const send: WorkerNode["sender"]["send"] = async (...call) => {
        if (!raced) await claimRewards(chain.sender(20), { rewards, node: node.index, epochs: [first] });
        raced = true;
        return worker.sender.send(...call);
      };
      const job = createClaimRewards({ ...worker, sender: { ...worker.sender, send } });
      const epochs = [first, first + 1];
      const owed = async () => (await readClaimable(chain.client, { rewards, node: node.index, epochs })).map(({ epoch }) => epoch);
      assert.deepEqual(await owed(), epochs);
      await network.run(job);
      assert.equal(raced, true);
      assert.deepEqual(await owed(), []);
    });
  });

  describe("redeemVouchers", () => {
    const hold = async (node: TestNode, channel: Hex, cumulative: bigint, signer = 20) => {
      const { chain } = network;
      const signature = await signVoucher(chain.accounts[signer]!, {
        chainId: chain.book.chainId,
        channels: chain.contracts.RelayChannels,
        channel,
        cumulative,
      });
      await mkdir(join(node.home, "vouchers"), { recursive: true });
      await appendFile(join(node.home, "vouchers/received.jsonl"), encodeReceivedVoucher({ channel, cumulative, signature }));
    };
    const open = async (node: TestNode, payer = 20) => {
      const { chain } = network;
      const { channel } = await openChannel(chain.sender(payer), {
        token: chain.contracts.X0TToken,
        channels: chain.contracts.RelayChannels,
        payee: node.operator.address,
        signer: chain.accounts[payer]!.address,
        amountWei: 50n * X0T,
      });
      return channel;
    };
    const redeemedOf = async (channel: Hex) =>
      (await readChannel(network.chain.client, { channels: network.chain.contracts.RelayChannels, channel }))!.redeemed;
    const nextEpoch = async () => network.chain.warpToEpoch((await network.chain.epoch()) + 1);

    it("CHN-1 redeems the highest voucher of each channel each epoch, and never twice", async () => {
      const node = network.nodes[1] as TestNode;
      const one = await open(node);
      const two = await open(node);
      await hold(node, one, 3n * X0T);
      await hold(node, one, 2n * X0T);
      await hold(node, two, 70n * X0T);
      const before = await x0tOf(node.operator.address);
      const job = createRedeemVouchers(await network.open(node));
      const sent = await sentBy(node);
      await network.run(job);
      await network.run(job);
      await network.run(createRedeemVouchers(await network.open(node)));
      await nextEpoch();
      await network.run(job);
      assert.equal(await sentBy(node), sent + 1, "one transaction for both, none for nothing new");
      assert.equal(await redeemedOf(one), 3n * X0T);
      assert.equal(await redeemedOf(two), 50n * X0T, "at most the deposit");
      assert.equal((await x0tOf(node.operator.address)) - before, (53n * X0T * 99n) / 100n);
      await hold(node, one, 5n * X0T);
      await nextEpoch();
      await network.run(job);
      assert.equal(await redeemedOf(one), 5n * X0T);
    });

    it("CHN-1 leaves out false vouchers, which would revert the true ones with them", async () => {
      const node = network.nodes[2] as TestNode;
      const [good, bad] = [await open(node), await open(node)];
      await hold(node, good, X0T);
      await hold(node, bad, X0T, 21);
      await hold(node, `0x${"ab".repeat(32)}`, X0T);
      await network.run(createRedeemVouchers(await network.open(node)));
      assert.equal(await redeemedOf(good), X0T);
      assert.equal(await redeemedOf(bad), 0n);
    });

    it("NET-22 redeems once a day at a private time in production, but at once from a channel that closes", async () => {
      const { chain } = network;
      const node = network.nodes[3] as TestNode;
      const [calm, closing] = [await open(node), await open(node)];
      await hold(node, calm, X0T);
      await hold(node, closing, X0T);
      await startCloseChannel(chain.sender(20), { channels: chain.contracts.RelayChannels, channel: closing });
      const worker: WorkerNode = { ...(await network.open(node)), parameters: { ...chain.parameters, epochSeconds: PRODUCTION.epochSeconds } };
      const job = createRedeemVouchers(worker);
      const day = Math.floor((await chain.head()).timestamp / 86_400) + 1;
      const at = async (second: number) =>
        job.run({ timestamp: day * 86_400 + second, epoch: (day * 86_400 + second) / 3_600, blockNumber: 0n }, AbortSignal.timeout(5_000));
      await at(0);
      assert.equal(await redeemedOf(closing), X0T);
      assert.equal(await redeemedOf(calm), 0n);
      await at(86_399);
      assert.equal(await redeemedOf(calm), X0T);
      await hold(node, calm, 2n * X0T);
      await at(86_399);
      assert.equal(await redeemedOf(calm), X0T, "once a day");
      const again = createRedeemVouchers(worker);
      await again.run({ timestamp: day * 86_400 + 86_399, epoch: 1, blockNumber: 0n }, AbortSignal.timeout(5_000));
      assert.equal(await redeemedOf(calm), X0T, "also after a restart");
    });
  });

  describe("checkFunds", () => {
    it("says once an epoch what the hot key lacks and how to mend it", async () => {
      const { chain } = network;
      const node = network.nodes[4] as TestNode;
      const said: string[] = [];
      const log = createLogger("workers", "silent");
      log.warn = ((_: object, text: string) => void said.push(text)) as unknown as typeof log.warn;
      const worker = { ...(await network.open(node)), log };
      await chain.test.setBalance({ address: node.hot.address, value: parseEther("0.0001") });
      const job = createCheckFunds({ ...worker, parameters: { ...chain.parameters, challengeBond: 200_000n * X0T } });
      await network.run(job);
      await network.run(job);
      assert.equal(said.length, 2);
      assert.match(said[0]!, new RegExp(`Send [0-9.]+ ETH to ${node.hot.address}`));
      assert.match(said[1]!, new RegExp(`Send 100000 X0T to ${node.hot.address}`));
    });
  });
});
