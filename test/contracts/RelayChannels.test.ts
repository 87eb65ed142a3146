import assert from "node:assert/strict";
import { encodeAbiParameters, keccak256, maxUint256, padHex, zeroAddress, zeroHash, type Hex } from "viem";
import { voucher } from "../../core/eip712.ts";
import { X0T } from "../../core/parameters.ts";
import {
  alice,
  ALLOCATION,
  assertions,
  at,
  bob,
  carol,
  chainId,
  deployProtocolFixture,
  loadFixture,
  P,
  poor,
  time,
  viem,
  witnessKey,
  type Protocol,
} from "./support/protocol.ts";
import { highS } from "./support/proofs.ts";

const DEPOSIT = 100n * X0T;
const signer = witnessKey(50);
const payer = alice.account;
const payee = bob.account;

async function sign({ channels }: Protocol, channel: Hex, cumulative: bigint, by = signer, on = channels.address) {
  return by.signTypedData(voucher({ chainId, channels: on }, { channel, cumulative }));
}

/** Alice pays Bob by vouchers of `signer`. */
async function opened() {
  const protocol = await deployProtocolFixture();
  const { channels, token } = protocol;
  await token.write.approve([channels.address, maxUint256], { account: payer });
  await channels.write.open([payee.address, signer.address, DEPOSIT], { account: payer });
  const channel = await channels.read.channelId([payer.address, payee.address, 0n]);
  const redeem = async (cumulative: bigint, id = channel) =>
    channels.write.redeem([id, cumulative, await sign(protocol, id, cumulative)], { account: carol.account });
  return { protocol, channel, redeem, ...protocol };
}

describe("RelayChannels", () => {
  describe("opening", () => {
    it("CHN-1 open locks the deposit burn-free under keccak(payer, payee, nonce++), never reused", async () => {
      const { channels, token, channel } = await loadFixture(opened);
      const expected = keccak256(
        encodeAbiParameters(
          [{ type: "address" }, { type: "address" }, { type: "uint256" }],
          [payer.address, payee.address, 0n],
        ),
      );
      assert.equal(channel, expected);
      assert.equal(await token.read.balanceOf([channels.address]), DEPOSIT);
      assert.equal(await token.read.totalBurned(), 0n);
      await channels.write.startClose([channel], { account: payee });
      const hash = await channels.write.open([payee.address, signer.address, 7n], { account: payer });
      const second = await channels.read.channelId([payer.address, payee.address, 1n]);
      await assertions.emitWithArgs(hash, channels, "ChannelOpened", [
        second,
        (value: string) => value.toLowerCase() === payer.address.toLowerCase(),
        (value: string) => value.toLowerCase() === payee.address.toLowerCase(),
        signer.address,
        7n,
      ]);
      assert.equal(await channels.read.nonceOf([payer.address, payee.address]), 2n);
      const { deposit, redeemed, closed, closesAt } = await channels.read.channelOf([second]);
      assert.deepEqual([deposit, redeemed, closed, closesAt], [7n, 0n, false, 0n]);
    });

    it("CHN-1 RelayChannels_ZeroAddress, RelayChannels_ZeroAmount, and no deposit without X0T", async () => {
      const { channels, token, channel } = await loadFixture(opened);
      for (const [to, key] of [[zeroAddress, signer.address], [payee.address, zeroAddress]] as const) {
        const open = channels.write.open([to, key, 1n], { account: payer });
        await assertions.revertWithCustomError(open, channels, "RelayChannels_ZeroAddress");
      }
      const free = channels.write.open([payee.address, signer.address, 0n], { account: payer });
      await assertions.revertWithCustomError(free, channels, "RelayChannels_ZeroAmount");
      const nothing = channels.write.topUp([channel, 0n], { account: payer });
      await assertions.revertWithCustomError(nothing, channels, "RelayChannels_ZeroAmount");
      for (const amount of [ALLOCATION, 2n ** 96n, maxUint256 - DEPOSIT]) {
        const open = channels.write.open([payee.address, signer.address, amount], { account: payer });
        await assertions.revertWithCustomError(open, token, "ERC20InsufficientBalance");
        const topUp = channels.write.topUp([channel, amount], { account: payer });
        await assertions.revertWithCustomError(topUp, token, "ERC20InsufficientBalance");
      }
    });

    it("CHN-1 topUp adds; RelayChannels_OnlyPayer, RelayChannels_Closing: the payer only, never while closing", async () => {
      const { channels, channel } = await loadFixture(opened);
      const hash = await channels.write.topUp([channel, 5n], { account: payer });
      await assertions.emitWithArgs(hash, channels, "ChannelToppedUp", [channel, 5n, DEPOSIT + 5n]);
      const stranger = channels.write.topUp([channel, 5n], { account: payee });
      await assertions.revertWithCustomError(stranger, channels, "RelayChannels_OnlyPayer");
      await channels.write.startClose([channel], { account: payer });
      const closing = channels.write.topUp([channel, 5n], { account: payer });
      await assertions.revertWithCustomError(closing, channels, "RelayChannels_Closing");
    });

    it("CHN-1 RelayChannels_BadParameters: zero token, seat or closing time, a closing without end", async () => {
      const { token, seat } = await loadFixture(deployProtocolFixture);
      const longest = 90n * 86_400n;
      await viem.deployContract("RelayChannels", [token.address, seat.address, longest]);
      for (const args of [
        [zeroAddress, seat.address, 1n],
        [token.address, zeroAddress, 1n],
        [token.address, seat.address, 0n],
        [token.address, seat.address, longest + 1n],
        [token.address, seat.address, 2n ** 64n - 1n],
      ] as const) {
        await assert.rejects(viem.deployContract("RelayChannels", [...args]), /RelayChannels_BadParameters/);
      }
    });
  });

  describe("redemption", () => {
    it("CHN-1 anyone redeems; the payee gets min(cumulative, deposit) − redeemed less the burn", async () => {
      const { channels, token, channel, redeem } = await loadFixture(opened);
      const paid = async () => (await token.read.balanceOf([payee.address])) - ALLOCATION;
      const hash = await redeem(30n * X0T);
      await assertions.emitWithArgs(hash, channels, "Redeemed", [
        channel,
        (value: string) => value.toLowerCase() === payee.address.toLowerCase(),
        30n * X0T,
        30n * X0T,
      ]);
      assert.equal(await paid(), (30n * X0T * 99n) / 100n);
      await redeem(50n * X0T);
      assert.equal(await paid(), (50n * X0T * 99n) / 100n);
      await redeem(DEPOSIT * 9n);
      assert.equal(await paid(), (DEPOSIT * 99n) / 100n);
      assert.equal(await token.read.totalBurned(), DEPOSIT / 100n);
      assert.equal(await token.read.balanceOf([channels.address]), 0n);
    });

    it("CHN-1 RelayChannels_NothingToRedeem: no voucher pays twice", async () => {
      const { channels, channel, redeem } = await loadFixture(opened);
      await redeem(30n);
      for (const cumulative of [30n, 29n, 0n]) {
        await assertions.revertWithCustomErrorWithArgs(
          redeem(cumulative),
          channels,
          "RelayChannels_NothingToRedeem",
          [channel, cumulative, 30n],
        );
      }
    });

    it("CHN-1 RelayChannels_BadVoucher: by the fixed signer, for this channel and contract, low s", async () => {
      const { protocol, channels, channel } = await loadFixture(opened);
      await channels.write.open([payee.address, signer.address, DEPOSIT], { account: payer });
      const second = await channels.read.channelId([payer.address, payee.address, 1n]);
      const good = await sign(protocol, channel, 5n);
      for (const signature of [
        await sign(protocol, channel, 6n),
        await sign(protocol, second, 5n),
        await sign(protocol, channel, 5n, witnessKey(51)),
        await sign(protocol, channel, 5n, signer, protocol.ledger.address),
        highS(good),
        good.slice(0, -2) as Hex,
        "0x" as Hex,
      ]) {
        const redeem = channels.write.redeem([channel, 5n, signature]);
        await assertions.revertWithCustomError(redeem, channels, "RelayChannels_BadVoucher");
      }
      await channels.write.redeem([channel, 5n, good]);
    });

    it("CHN-1 a voucher of a closed channel does not work on the pair's next one", async () => {
      const { protocol, channels, channel } = await loadFixture(opened);
      const old = await sign(protocol, channel, 5n);
      await channels.write.startClose([channel], { account: payee });
      await channels.write.open([payee.address, signer.address, DEPOSIT], { account: payer });
      const second = await channels.read.channelId([payer.address, payee.address, 1n]);
      const replayed = channels.write.redeem([second, 5n, old]);
      await assertions.revertWithCustomError(replayed, channels, "RelayChannels_BadVoucher");
      const closed = channels.write.redeem([channel, 5n, old]);
      await assertions.revertWithCustomErrorWithArgs(closed, channels, "RelayChannels_Closed", [channel]);
    });

    it("CHN-1 redeemMany passes over what is not higher or closed, and reverts whole for a false voucher", async () => {
      const { protocol, channels, token, channel, redeem } = await loadFixture(opened);
      const ids = [channel];
      for (const nonce of [1n, 2n, 3n]) {
        await channels.write.open([payee.address, signer.address, DEPOSIT], { account: payer });
        ids.push(await channels.read.channelId([payer.address, payee.address, nonce]));
      }
      await redeem(10n, ids[1]);
      await channels.write.startClose([ids[2]!], { account: payee });
      const item = async (id: Hex, cumulative: bigint) => ({
        channel: id,
        cumulative,
        signature: await sign(protocol, id, cumulative),
      });
      const list = [
        await item(ids[0]!, 100n),
        await item(ids[1]!, 10n),
        await item(ids[2]!, 100n),
        await item(ids[3]!, 300n),
        await item(ids[3]!, 200n),
        await item(ids[3]!, 500n),
      ];
      const before = await token.read.balanceOf([payee.address]);
      const forged = [...list, { ...list[0]!, cumulative: 101n }];
      const reverted = channels.write.redeemMany([forged]);
      await assertions.revertWithCustomError(reverted, channels, "RelayChannels_BadVoucher");
      await channels.write.redeemMany([list]);
      assert.equal((await token.read.balanceOf([payee.address])) - before, 99n + 297n + 198n);
      const unknown = channels.write.redeemMany([[{ ...list[0]!, channel: zeroHash }]]);
      await assertions.revertWithCustomErrorWithArgs(unknown, channels, "RelayChannels_UnknownChannel", [zeroHash]);
    });

    it("CHN-1 RelayChannels_BatchTooLong above 32", async () => {
      const { channels, channel } = await loadFixture(opened);
      const item = { channel, cumulative: 0n, signature: "0x" as Hex };
      await channels.write.redeemMany([Array.from({ length: 32 }, () => item)]);
      const long = channels.write.redeemMany([Array.from({ length: 33 }, () => item)]);
      await assertions.revertWithCustomErrorWithArgs(long, channels, "RelayChannels_BatchTooLong", [33n, 32n]);
    });
  });

  describe("closing", () => {
    it("CHN-2 the payer opens a window in which vouchers still pay; then anyone finishes and the rest returns whole", async () => {
      const { channels, token, channel, redeem } = await loadFixture(opened);
      const hash = await channels.write.startClose([channel], { account: payer });
      const closesAt = BigInt(await time.latest() + P.channelCloseSeconds);
      await assertions.emitWithArgs(hash, channels, "CloseStarted", [channel, closesAt]);
      await at(closesAt - 1n);
      const early = channels.write.finishClose([channel]);
      await assertions.revertWithCustomErrorWithArgs(early, channels, "RelayChannels_TooEarly", [channel, closesAt]);
      await redeem(10n * X0T);
      const closed = await channels.write.finishClose([channel], { account: poor.account });
      await assertions.emitWithArgs(closed, channels, "ChannelClosed", [channel, 90n * X0T]);
      assert.equal(await token.read.balanceOf([payer.address]), ALLOCATION - 10n * X0T);
      assert.equal(await token.read.totalBurned(), X0T / 10n);
    });

    it("CHN-2 the payee closes at once, also within the window", async () => {
      const { channels, token, channel } = await loadFixture(opened);
      await channels.write.startClose([channel], { account: payer });
      await channels.write.startClose([channel], { account: payee });
      assert.equal(await token.read.balanceOf([payer.address]), ALLOCATION);
      assert.equal((await channels.read.channelOf([channel])).closed, true);
    });

    it("CHN-2 a drained channel closes too", async () => {
      const { channels, channel, redeem } = await loadFixture(opened);
      await redeem(DEPOSIT);
      const hash = await channels.write.startClose([channel], { account: payee });
      await assertions.emitWithArgs(hash, channels, "ChannelClosed", [channel, 0n]);
    });

    it("CHN-2 RelayChannels_Closing: a second startClose cannot move the window", async () => {
      const { channels, channel } = await loadFixture(opened);
      await channels.write.startClose([channel], { account: payer });
      const closesAt = BigInt((await time.latest()) + P.channelCloseSeconds);
      const again = channels.write.startClose([channel], { account: payer });
      await assertions.revertWithCustomErrorWithArgs(again, channels, "RelayChannels_Closing", [channel, closesAt]);
    });

    it("CHN-2 RelayChannels_OnlyPayer, RelayChannels_NotClosing, RelayChannels_UnknownChannel, RelayChannels_Closed", async () => {
      const { channels, channel } = await loadFixture(opened);
      const stranger = channels.write.startClose([channel], { account: carol.account });
      await assertions.revertWithCustomError(stranger, channels, "RelayChannels_OnlyPayer");
      const open = channels.write.finishClose([channel]);
      await assertions.revertWithCustomErrorWithArgs(open, channels, "RelayChannels_NotClosing", [channel]);
      const id = padHex("0x1", { size: 32 });
      const each = (target: Hex) => [
        channels.write.topUp([target, 1n], { account: payer }),
        channels.write.redeem([target, 1n, "0x"]),
        channels.write.startClose([target], { account: payer }),
        channels.write.finishClose([target]),
      ];
      for (const call of each(id)) await assertions.revertWithCustomError(call, channels, "RelayChannels_UnknownChannel");
      await channels.write.startClose([channel], { account: payee });
      for (const call of each(channel)) await assertions.revertWithCustomError(call, channels, "RelayChannels_Closed");
    });
  });

  it("CHN-1 X0T sent to the contract by mistake pays nobody", async () => {
    const { channels, token, channel, redeem } = await loadFixture(opened);
    await token.write.transfer([channels.address, X0T], { account: carol.account });
    await redeem(maxUint256);
    await channels.write.startClose([channel], { account: payee });
    assert.equal(await token.read.balanceOf([channels.address]), X0T);
  });
});
