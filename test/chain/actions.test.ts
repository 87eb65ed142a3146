import assert from "node:assert/strict";
import { createWalletClient, http, zeroHash, type Address } from "viem";
import { readContract } from "viem/actions";
import { chainOf, createReader } from "../../chain/createReader.ts";
import { findChannels } from "../../chain/findChannels.ts";
import { findNode } from "../../chain/findNode.ts";
import { finishCloseChannel } from "../../chain/finishCloseChannel.ts";
import { openChannel } from "../../chain/openChannel.ts";
import { readBalance } from "../../chain/readBalance.ts";
import { readChannel } from "../../chain/readChannel.ts";
import { readHead } from "../../chain/readHead.ts";
import { readNodes } from "../../chain/readNodes.ts";
import { redeemVouchers } from "../../chain/redeemVouchers.ts";
import { registerNode } from "../../chain/registerNode.ts";
import { signVoucher } from "../../chain/signVoucher.ts";
import { signWitnessProof } from "../../chain/signWitnessProof.ts";
import { stakeNode } from "../../chain/stakeNode.ts";
import { startCloseChannel } from "../../chain/startCloseChannel.ts";
import { topUpChannel } from "../../chain/topUpChannel.ts";
import { transferToken } from "../../chain/transferToken.ts";
import { unstakeNode } from "../../chain/unstakeNode.ts";
import { walletSender } from "../../chain/walletSender.ts";
import { withdrawStake } from "../../chain/withdrawStake.ts";
import { relayChannelsAbi } from "../../core/abi/RelayChannels.ts";
import type { Hex } from "../../core/ids.ts";
import { X0T } from "../../core/parameters.ts";
import { X0tError } from "../../core/x0tError.ts";
import { isRevert } from "../../core/revert.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";

describe("chain actions", function () {
  this.timeout(30_000);
  let chain: ProtocolChain;
  const addressOf = (index: number) => chain.accounts[index]!.address;
  const x0tOf = async (account: Address) =>
    (await readBalance(chain.client, { token: chain.contracts.X0TToken, account })).x0tWei;

  before(async () => {
    chain = await startProtocolChain();
  });
  after(() => chain.close());

  describe("registry", () => {
    const nodeId: Hex = `0x${"5a".repeat(32)}`;
    const register = async (account: number, hot: number, id = nodeId) => {
      const registry = chain.contracts.NodeRegistry;
      const operator = addressOf(account);
      return registerNode(chain.sender(account), {
        token: chain.contracts.X0TToken,
        registry,
        nodeId: id,
        witness: addressOf(hot),
        metadata: zeroHash,
        stakeWei: 150n * X0T,
        proofOfPossession: await signWitnessProof(chain.accounts[hot]!, { chainId: chain.book.chainId, registry, operator, nodeId: id }),
      });
    };

    it("REG-1 registers with the approval it needs, and reads the node back", async () => {
      const { NodeRegistry: registry } = chain.contracts;
      assert.equal(await findNode(chain.client, { registry, nodeId }), undefined);
      const { index } = await register(0, 10);
      assert.equal(await findNode(chain.client, { registry, nodeId }), index);
      await chain.warpToEpoch((await chain.epoch()) + 1);
      assert.deepEqual(await readNodes(chain.client, { registry }), [
        {
          index,
          nodeId,
          operator: addressOf(0),
          witness: addressOf(10),
          metadata: zeroHash,
          stake: 150n * X0T,
          unbonding: 0n,
          unbondsAt: 0,
          benched: false,
          active: true,
        },
      ]);
      await assert.rejects(register(1, 11), (error) => isRevert(error, "NodeRegistry_NodeIdTaken") && /registered already/.test((error as Error).message));
    });

    it("REG-3 stakes, unstakes and withdraws whole after the unbonding time", async () => {
      const { X0TToken: token, NodeRegistry: registry } = chain.contracts;
      const sender = chain.sender(0);
      const before = await x0tOf(addressOf(0));
      await stakeNode(sender, { token, registry, node: 0, amountWei: 50n * X0T });
      const { unbondsAt } = await unstakeNode(sender, { registry, node: 0, amountWei: 100n * X0T });
      assert.equal(Number(unbondsAt), (await chain.head()).timestamp + chain.parameters.unbondingSeconds);
      await assert.rejects(withdrawStake(sender, { registry, node: 0 }), (error) => isRevert(error, "NodeRegistry_StillUnbonding"));
      await chain.warpTo(Number(unbondsAt));
      const { amountWei } = await withdrawStake(sender, { registry, node: 0 });
      assert.equal(amountWei, 100n * X0T);
      assert.equal((await x0tOf(addressOf(0))) - before, 50n * X0T);
    });

    it("reads all nodes in the order of their indices", async () => {
      for (let index = 0; index < 11; index++) await register(12 + (index % 3), 16 + index, `0x${String(index).padStart(64, "0")}`);
      const nodes = await readNodes(chain.client, { registry: chain.contracts.NodeRegistry });
      assert.deepEqual(nodes.map(({ index }) => index), Array.from({ length: 12 }, (_, index) => index));
    });
  });

  describe("channels", () => {
    const open = (payer: number, payee: number, amountWei = 20n * X0T) =>
      openChannel(chain.sender(payer), {
        token: chain.contracts.X0TToken,
        channels: chain.contracts.RelayChannels,
        payee: addressOf(payee),
        signer: addressOf(payer),
        amountWei,
      });
    const voucher = async (channel: Hex, cumulative: bigint, signer: number) => ({
      channel,
      cumulative,
      signature: await signVoucher(chain.accounts[signer]!, {
        chainId: chain.book.chainId,
        channels: chain.contracts.RelayChannels,
        channel,
        cumulative,
      }),
    });

    it("CHN-1 opens, finds without logs, tops up and redeems to the wei", async () => {
      const { RelayChannels: channels, X0TToken: token } = chain.contracts;
      const first = await open(1, 2);
      const second = await open(1, 2, 5n * X0T);
      await open(2, 1);
      const found = await findChannels(chain.client, { channels, payer: addressOf(1), payee: addressOf(2) });
      assert.deepEqual(found.map(({ channel, deposit }) => [channel, deposit]), [
        [first.channel, 20n * X0T],
        [second.channel, 5n * X0T],
      ]);
      const onChain = await readContract(chain.client, {
        address: channels,
        abi: relayChannelsAbi,
        functionName: "channelId",
        args: [addressOf(1), addressOf(2), 1n],
      });
      assert.equal(onChain, second.channel);
      await topUpChannel(chain.sender(1), { token, channels, channel: second.channel, amountWei: X0T });
      const before = await x0tOf(addressOf(2));
      const { paidWei } = await redeemVouchers(chain.sender(3), {
        channels,
        vouchers: [await voucher(first.channel, 123_456_789n, 1), await voucher(second.channel, 100n * X0T, 1)],
      });
      assert.equal(paidWei, 6n * X0T + 123_456_789n);
      // Each payment burns ⌊1 %⌋ of itself.
      assert.equal((await x0tOf(addressOf(2))) - before, paidWei - (6n * X0T) / 100n - 1_234_567n);
      assert.equal((await readChannel(chain.client, { channels, channel: second.channel }))!.redeemed, 6n * X0T);
      assert.equal(await readChannel(chain.client, { channels, channel: `0x${"77".repeat(32)}` }), undefined);
    });

    it("CHN-1 a false voucher reverts with the contract's reason", async () => {
      const { channel } = await open(4, 2);
      await assert.rejects(
        redeemVouchers(chain.sender(2), { channels: chain.contracts.RelayChannels, vouchers: [await voucher(channel, X0T, 5)] }),
        (error) => isRevert(error, "RelayChannels_BadVoucher"),
      );
    });

    it("CHN-2 closes after the window and refunds whole", async () => {
      const { RelayChannels: channels } = chain.contracts;
      const before = await x0tOf(addressOf(6));
      const { channel } = await open(6, 2);
      await startCloseChannel(chain.sender(6), { channels, channel });
      const { closesAt } = (await readChannel(chain.client, { channels, channel }))!;
      assert.equal(closesAt, (await chain.head()).timestamp + chain.parameters.channelCloseSeconds);
      await assert.rejects(finishCloseChannel(chain.sender(6), { channels, channel }), (error) => isRevert(error, "RelayChannels_TooEarly"));
      await chain.warpTo(closesAt);
      await finishCloseChannel(chain.sender(6), { channels, channel });
      assert.equal(await x0tOf(addressOf(6)), before);
      assert.equal((await readChannel(chain.client, { channels, channel }))!.closed, true);
    });

    it("bounds what one transaction redeems", async () => {
      const list = Array.from({ length: 33 }, () => ({ channel: zeroHash, cumulative: 1n, signature: "0x" as Hex }));
      await assert.rejects(
        redeemVouchers(chain.sender(2), { channels: chain.contracts.RelayChannels, vouchers: list }),
        (error) => error instanceof X0tError && error.code === "X0T_BATCH_LENGTH",
      );
    });
  });

  it("reads from the next RPC endpoint when one is down", async () => {
    const client = createReader({ chainId: chain.book.chainId, rpcUrls: ["http://127.0.0.1:1", chain.rpcUrl] });
    assert.deepEqual(await readHead(client), await chain.head());
  });

  it("TOK-2 a plain viem wallet sends through the same actions, with the same errors", async () => {
    const wallet = createWalletClient({
      account: chain.accounts[7]!,
      chain: chainOf(chain.book.chainId, [chain.rpcUrl]),
      transport: http(chain.rpcUrl),
      pollingInterval: 20,
    });
    const sender = walletSender(wallet);
    const to = "0x00000000000000000000000000000000000000bb";
    await transferToken(sender, { token: chain.contracts.X0TToken, to, amountWei: 100n });
    assert.equal(await x0tOf(to), 99n);
    await assert.rejects(transferToken(sender, { token: chain.contracts.X0TToken, to, amountWei: 10n ** 30n }), (error) =>
      isRevert(error, "ERC20InsufficientBalance"),
    );
  });
});
