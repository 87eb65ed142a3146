import assert from "node:assert/strict";
import { encodeAbiParameters, keccak256, maxUint256, toHex } from "viem";
import { voucher } from "../../../core/eip712.ts";
import { X0T } from "../../../core/parameters.ts";
import { FINAL_AFTER, netOf } from "../support/leases.ts";
import { ALL, operator, STAKE } from "../support/ledgerStates.ts";
import { registration } from "../support/nodes.ts";
import { commitArgs } from "../support/proofs.ts";
import {
  alice,
  ALLOCATION,
  assertions,
  bob,
  carol,
  chainId,
  deployProtocolFixture,
  epochNow,
  gasOf,
  goTo,
  loadFixture,
  networkFixture,
  networkHelpers,
  P,
  publicClient,
  time,
  wallets,
  witnessKey,
} from "../support/protocol.ts";
import { anyone } from "./support.ts";

const payee = bob.account;
const signer = witnessKey(50);
const griefer = carol.account;

describe("attacks: griefing", () => {
  it("dust griefing of channels: hundreds of one-wei channels cost the payee no act, and its own channel no gas", async () => {
    const { token, channels } = await loadFixture(deployProtocolFixture);
    for (const account of [alice.account, griefer]) await token.write.approve([channels.address, maxUint256], { account });
    await channels.write.open([payee.address, signer.address, 100n * X0T], { account: alice.account });
    const channel = await channels.read.channelId([alice.account.address, payee.address, 0n]);
    const redeem = async (cumulative: bigint) => {
      const signature = await signer.signTypedData(voucher({ chainId, channels: channels.address }, { channel, cumulative }));
      return channels.write.redeem([channel, cumulative, signature], { account: payee });
    };
    await redeem(X0T);
    const before = await gasOf(await redeem(2n * X0T));
    let spent = 0n;
    for (let i = 0; i < 200; i++) spent += await gasOf(await channels.write.open([payee.address, signer.address, 1n], { account: griefer }));
    const after = await gasOf(await redeem(3n * X0T));
    // Calldata differs by its zero bytes alone.
    assert.ok(after < before + 500n && before < after + 500n, `${before}, ${after}`);
    assert.ok(spent > 200n * 120_000n, `${spent} gas`);
    assert.equal(await token.read.balanceOf([payee.address]), ALLOCATION + 3n * netOf(X0T));
    assert.equal(await token.read.balanceOf([channels.address]), 97n * X0T + 200n);
  });

  it("dust griefing of channels: a payer that closes one of 32 does not stop the batch, and cannot leave before the last voucher", async () => {
    const { token, channels } = await loadFixture(deployProtocolFixture);
    await token.write.approve([channels.address, maxUint256], { account: griefer });
    const items = [];
    for (let nonce = 0n; nonce < 32n; nonce++) {
      await channels.write.open([payee.address, signer.address, 10n * X0T], { account: griefer });
      const channel = await channels.read.channelId([griefer.address, payee.address, nonce]);
      const message = voucher({ chainId, channels: channels.address }, { channel, cumulative: 10n * X0T });
      items.push({ channel, cumulative: 10n * X0T, signature: await signer.signTypedData(message) });
    }
    const [closed, closing] = items;
    await channels.write.startClose([closed!.channel], { account: griefer });
    await time.increase(P.channelCloseSeconds);
    await channels.write.finishClose([closed!.channel], { account: griefer });
    // The window of the second has begun: the payee's vouchers still pay, the deposit neither shrinks nor leaves.
    await channels.write.startClose([closing!.channel], { account: griefer });
    const early = channels.write.finishClose([closing!.channel], { account: griefer });
    await assertions.revertWithCustomError(early, channels, "RelayChannels_TooEarly");
    const again = channels.write.startClose([closing!.channel], { account: griefer });
    await assertions.revertWithCustomError(again, channels, "RelayChannels_Closing");
    await channels.write.redeemMany([items], { account: anyone });
    assert.equal(await token.read.balanceOf([payee.address]), ALLOCATION + 31n * netOf(10n * X0T));
    assert.equal(await token.read.balanceOf([griefer.address]), ALLOCATION - 310n * X0T);
  });

  it("registry index exhaustion: all X0T there are do not fill it at once, and a full one still serves who is in it", async () => {
    const protocol = await loadFixture(networkFixture);
    const { registry, ledger, rewards, token } = protocol;
    assert.ok(2n ** 24n * P.minStake > 10n ** 27n, "2^24 nodes need 1.68 times the supply");
    // So it takes turns: an index is never reused, but stake is, after UNBONDING. As if somebody had gone through with it:
    const args = await registration(protocol, 8, wallets[9]!);
    await token.write.approve([registry.address, maxUint256], { account: wallets[9]!.account });
    const gas = await registry.estimateGas.register(args, { account: wallets[9]!.account });
    await fillUp(registry.address, await epochNow());
    assert.equal(await registry.read.nodeCount(), 2 ** 24);
    await assertions.revertWithCustomError(registry.write.register(args, { account: wallets[9]!.account }), registry, "NodeRegistry_Full");
    assert.equal(await token.read.balanceOf([wallets[9]!.account.address]), ALLOCATION);
    const epoch = (await epochNow()) + 1n;
    await registry.write.stake([0, X0T], { account: operator });
    await goTo(epoch + 1n);
    await ledger.write.commit([commitArgs(0, epoch, ALL)], { account: operator });
    assert.equal((await ledger.read.committee([epoch + 1n, 0, 0])).length, 5);
    await goTo(epoch + FINAL_AFTER);
    await rewards.write.claim([0, [epoch]], { account: anyone });
    const share = (P.poolPerEpoch * (STAKE + X0T)) / P.targetStake;
    assert.equal(await token.read.balanceOf([operator.address]), ALLOCATION - STAKE - X0T + netOf(share));
    // 10 M X0T make 100,000 nodes a day (UNBONDING): 168 days, and 5 · 10^12 gas for the registrations alone.
    assert.equal((2n ** 24n * P.minStake) / (10_000_000n * X0T), 167n);
    assert.ok(gas * 2n ** 24n > 5n * 10n ** 12n, `${gas} gas a registration`);
  });

  it("registry index exhaustion: nodes that were left behind draw no seat, vote nothing and slow nobody down", async () => {
    const protocol = await loadFixture(networkFixture);
    const { registry, ledger, token } = protocol;
    await token.write.approve([registry.address, maxUint256], { account: griefer });
    const account = griefer;
    const asked = async () => publicClient.estimateContractGas({ ...ledger, functionName: "poke", account: griefer });
    await goTo((await epochNow()) + 1n);
    const before = await asked();
    for (let key = 60; key < 76; key++) {
      const [nodeId, witness, metadata, , proof] = await registration(protocol, key, carol);
      await registry.write.register([nodeId, witness, metadata, P.minStake, proof], { account });
      await registry.write.unstake([key - 54, P.minStake], { account });
    }
    await goTo((await epochNow()) + 2n);
    assert.equal(await asked(), before);
    const epoch = await epochNow();
    assert.equal(await registry.read.totalDrawWeightAt([epoch]), 6n * STAKE);
    for (const slot of [0, 5, 11]) {
      const members = await ledger.read.committee([epoch + 1n, 0, slot]);
      assert.deepEqual([...members].sort(), [1, 2, 3, 4, 5]);
    }
    assert.equal(await registry.read.getVotes([griefer.address]), 0n);
  });

  it("splitting a stake over many nodes: the shares add up to that of the one, less the roundings", async () => {
    const protocol = await loadFixture(networkFixture);
    const { registry, ledger, rewards, token } = protocol;
    const account = griefer;
    await token.write.approve([registry.address, maxUint256], { account });
    // 1,000 X0T and a wei more, in nine nodes; node 0 has as much in one.
    const stakes = [...Array.from({ length: 8 }, () => 111n * X0T), 112n * X0T + 1n];
    for (const [index, stake] of stakes.entries()) {
      const [nodeId, witness, metadata, , proof] = await registration(protocol, 60 + index, carol);
      await registry.write.register([nodeId, witness, metadata, stake, proof], { account });
    }
    await registry.write.stake([0, 1n], { account: operator });
    const epoch = (await epochNow()) + 1n;
    await goTo(epoch + 1n);
    const slots = ALL.slice(0, 7);
    for (const index of stakes.keys()) await ledger.write.commit([commitArgs(6 + index, epoch, slots)], { account });
    await ledger.write.commit([commitArgs(0, epoch, slots)], { account: operator });
    await goTo(epoch + FINAL_AFTER);
    const claimable = (node: number) => rewards.read.claimable([node, epoch]);
    const split = (await Promise.all(stakes.map((_, index) => claimable(6 + index)))).reduce((sum, share) => sum + share, 0n);
    const whole = await claimable(0);
    assert.ok(split <= whole && whole - split <= 2n * 9n, `${whole - split} wei less`);
  });
});

/** Where the registry keeps how many nodes there are: the one slot among its first that holds just that. */
/** As if 2^24 − 6 nodes had come after the six, and left: what stands above the six in the tree of stakes is their sum. */
async function fillUp(registry: `0x${string}`, epoch: bigint): Promise<void> {
  const slot = await slotOfSize(registry);
  await networkHelpers.setStorageAt(registry, slot, 2n ** 24n);
  for (let level = 3n; level <= 24n; level++) {
    // The tree's mapping stands three slots behind its size; a checkpoint is its key and, from bit 48 on, its value.
    const place = keccak256(encodeAbiParameters([{ type: "uint256" }, { type: "uint256" }], [2n ** level, BigInt(slot) + 3n]));
    await networkHelpers.setStorageAt(registry, place, epoch + ((6n * STAKE) << 48n));
  }
}

async function slotOfSize(registry: `0x${string}`): Promise<number> {
  for (let slot = 0; slot < 16; slot++) {
    const value = await publicClient.getStorageAt({ address: registry, slot: toHex(slot, { size: 32 }) });
    if (BigInt(value!) === 6n) return slot;
  }
  throw new Error("no slot holds 6");
}
