import assert from "node:assert/strict";
import { privateKeyToAccount } from "viem/accounts";
import { maxUint256, padHex, type Address } from "viem";
import { voucher } from "../../../core/eip712.ts";
import { alice, bob, chainId, deployProtocolFixture, loadFixture, viem } from "../support/protocol.ts";
import { EDGES, itFuzz, MAX_UINT96, SUPPLY } from "./fuzz.ts";
import { deployWorld, impersonate, operatorOf, register } from "./world.ts";

const signer = privateKeyToAccount(padHex("0x5167", { size: 32 }));

/** 1 % by subtraction in hundreds, not by division: the whole hundreds there are. */
function burnModel(amount: bigint): bigint {
  const rest = ((amount % 100n) + 100n) % 100n;
  return (amount - rest) / 100n;
}

describe("differential: money", () => {
  it("TOK-2 burnOf is the whole hundreds of an amount, at every edge", async () => {
    const { token } = await loadFixture(deployProtocolFixture);
    for (const amount of [...EDGES, 199n, 200n, maxUint256 - 1n, maxUint256]) assert.equal(await token.read.burnOf([amount]), burnModel(amount));
  });

  itFuzz("TOK-2 a transfer moves, burns and leaves what the model says", 60, async (fuzz) => {
    const { token } = await loadFixture(deployProtocolFixture);
    const [from, to] = fuzz.chance(0.5) ? [alice, bob] : [bob, alice];
    const before = { from: await token.read.balanceOf([from.account.address]), to: await token.read.balanceOf([to.account.address]), supply: await token.read.totalSupply() };
    const amount = fuzz.amount(before.from);
    const fee = burnModel(amount);
    await token.write.transfer([to.account.address, amount], { account: from.account });
    assert.equal(await token.read.balanceOf([from.account.address]), before.from - amount);
    assert.equal(await token.read.balanceOf([to.account.address]), before.to + amount - fee);
    assert.equal(await token.read.totalSupply(), before.supply - fee);
  });

  itFuzz("REG-4 a slash takes, pays and burns what the model says", 40, async (fuzz) => {
    const bps = fuzz.pick([1, 3, 1_000, 3_333, 9_999, 10_000]);
    const world = await deployWorld({ slashBps: bps });
    const { registry, token, ledger } = world;
    const account = await impersonate(ledger.address);
    let stake = fuzz.amount(MAX_UINT96 - 1n) + 1n;
    let unbonding = fuzz.chance(0.3) ? 0n : fuzz.amount(stake);
    await register(world, 0, stake);
    if (unbonding > 0n) await registry.write.unstake([0, unbonding], { account: operatorOf(0) });
    stake -= unbonding;
    const challenger: Address = padHex("0xc4a1", { size: 20 });
    const [taken, won] = [{ all: 0n }, { all: 0n }];
    for (let round = 0; round < 3; round++) {
      const cap = fuzz.chance(0.4) ? maxUint256 : fuzz.amount();
      await registry.write.slash([0, challenger, cap], { account });
      const [fromStake, fromUnbonding] = [tenThousandths(stake, bps), tenThousandths(unbonding, bps)];
      const half = (fromStake + fromUnbonding - ((fromStake + fromUnbonding) % 2n)) / 2n;
      won.all += half > cap ? cap : half;
      taken.all += fromStake + fromUnbonding;
      [stake, unbonding] = [stake - fromStake, unbonding - fromUnbonding];
      const node = await registry.read.getNode([0]);
      assert.deepEqual([node.stake, node.unbonding], [stake, unbonding]);
      assert.equal(await token.read.paid([challenger]), won.all);
      assert.equal(await token.read.burned(), taken.all - won.all);
      assert.equal(await token.read.balanceOf([registry.address]), stake + unbonding);
    }
  });

  itFuzz("CHN-1 a channel pays the highest voucher, and never more than was deposited", 40, async (fuzz) => {
    const token = await viem.deployContract("RecordingToken");
    const seat = await viem.deployContract("GuardianSeat", [token.address, token.address, 1n, 2n]);
    const channels = await viem.deployContract("RelayChannels", [token.address, seat.address, 60n]);
    const [payer, payee] = [alice.account, bob.account];
    let deposit = fuzz.amount(MAX_UINT96 - 1n) + 1n;
    let highest = 0n;
    await channels.write.open([payee.address, signer.address, deposit], { account: payer });
    const id = await channels.read.channelId([payer.address, payee.address, 0n]);
    for (let round = 0; round < 6; round++) {
      if (fuzz.chance(0.3) && deposit < MAX_UINT96) {
        const more = fuzz.amount(MAX_UINT96 - deposit - 1n) + 1n;
        await channels.write.topUp([id, more], { account: payer });
        deposit += more;
      }
      const cumulative = fuzz.pick([0n, highest, highest + 1n, deposit - 1n, deposit, deposit + 1n, maxUint256, fuzz.amount(), fuzz.bits(256)]);
      const signature = await signer.signTypedData(voucher({ chainId, channels: channels.address }, { channel: id, cumulative }));
      await channels.write.redeemMany([[{ channel: id, cumulative, signature }]]);
      if (cumulative > highest) highest = cumulative;
      const paid = highest > deposit ? deposit : highest;
      // What goes beyond the deposit counts only once it is there.
      highest = paid;
      assert.equal(await token.read.paid([payee.address]), paid);
      assert.equal((await channels.read.channelOf([id])).redeemed, paid);
      assert.equal(await token.read.balanceOf([channels.address]), deposit - paid);
    }
    await channels.write.startClose([id], { account: payee });
    assert.equal(await token.read.refunded([payer.address]), deposit - highest);
    assert.ok(deposit <= MAX_UINT96 && SUPPLY < MAX_UINT96);
  });
});

/** ⌊amount · bps / 10,000⌋ by long division, digit by digit. */
function tenThousandths(amount: bigint, bps: number): bigint {
  let [quotient, rest] = [0n, 0n];
  for (const digit of (amount * BigInt(bps)).toString()) {
    rest = rest * 10n + BigInt(digit);
    quotient = quotient * 10n + rest / 10_000n;
    rest %= 10_000n;
  }
  return quotient;
}
