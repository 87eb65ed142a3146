import assert from "node:assert/strict";
import { maxUint256, type Hex } from "viem";
import { voucher } from "../../../core/eip712.ts";
import { X0T } from "../../../core/parameters.ts";
import { listed, netOf, PRICE, provider, rented, serve, servedLease, settled, changes, tenant, FINAL_AFTER } from "../support/leases.ts";
import { commitArgs } from "../support/proofs.ts";
import { as, call, ripe, execute, stateOf } from "../support/proposals.ts";
import {
  alice,
  ALLOCATION,
  allocations,
  assertions,
  bob,
  carol,
  chainId,
  challenger,
  deployProtocolFixture,
  epochNow,
  gasOf,
  goTo,
  loadFixture,
  networkFixture,
  P,
  SLOTS,
  time,
  wallets,
  witnessKey,
  type Protocol,
} from "../support/protocol.ts";
import { anyone, ether, forceEther, give, hostileAccount, registerHostile } from "./support.ts";

const STAKE = 1_000n * X0T;
const SUPPLY = 10n ** 27n;
const RESERVE = 400_000_000n * X0T;
const ALL = Array.from({ length: SLOTS }, (_, slot) => slot);
const operator = wallets[1]!.account;
const signer = witnessKey(50);

async function held({ token }: Protocol, of: { address: Hex }): Promise<bigint> {
  return token.read.balanceOf([of.address]);
}

async function openChannel({ token, channels }: Protocol, from: typeof alice, payee: Hex, amount: bigint): Promise<Hex> {
  await token.write.approve([channels.address, maxUint256], { account: from.account });
  const nonce = await channels.read.nonceOf([from.account.address, payee]);
  await channels.write.open([payee, signer.address, amount], { account: from.account });
  return channels.read.channelId([from.account.address, payee, nonce]);
}

async function redeem({ channels }: Protocol, channel: Hex, cumulative: bigint) {
  const signature = await signer.signTypedData(voucher({ chainId, channels: channels.address }, { channel, cumulative }));
  return channels.write.redeem([channel, cumulative, signature], { account: anyone });
}

/** All slots of `epoch` committed by nodes 0 to 2; it is final. */
async function earned() {
  const protocol = await networkFixture();
  const epoch = await epochNow();
  for (const node of [0, 1, 2]) await serve(protocol, epoch, [SLOTS], node);
  await goTo(epoch + FINAL_AFTER);
  return { protocol, epoch, ...protocol };
}

async function fullyServed() {
  return servedLease([12, 12, 12, 12, 12, 12]);
}

describe("attacks: money", () => {
  it("burn/fee accounting in every vault: after a life of everything each holds what it owes, and every burn is accounted for", async () => {
    const state = await loadFixture(rented);
    const { protocol, token, registry, ledger, rewards, channels, marketplace, timelock, first, lease } = state;
    await registry.write.unstake([1, 300n * X0T], { account: wallets[2]!.account });
    // Marketplace: an epoch paid, one refunded, one rejected; the rest refunded at once.
    const channel = await openChannel(protocol, bob, carol.account.address, 100n * X0T);
    await serve(protocol, first, [SLOTS, "missing"]);
    await goTo(first + 2n, 1);
    await marketplace.write.reject([lease, Number(first + 2n)], { account: tenant });
    await serve(protocol, first + 2n, [SLOTS]);
    // Ledger and registry: a lie that is challenged twice and never answered.
    await serve(protocol, first + 3n, ["void"]);
    await ledger.write.challenge([0, first + 3n, 2n], { account: challenger.account });
    // Channels: a third is served.
    await redeem(protocol, channel, 33n * X0T + 33n);
    await channels.write.startClose([channel], { account: carol.account });
    await goTo(first + 3n + FINAL_AFTER);
    await ledger.write.enforce([0, first + 3n], { account: anyone });
    await marketplace.write.settle([lease, 168n], { account: anyone });
    await rewards.write.claim([0, [first, first + 1n, first + 2n, first + 3n]], { account: anyone });
    await registry.write.withdraw([1], { account: wallets[2]!.account });

    const perEpoch = (P.poolPerEpoch * STAKE) / P.targetStake;
    const slashed = STAKE / 10n;
    const voucherPaid = 33n * X0T + 33n;
    const burnedByPay = [PRICE, voucherPaid, 2n * perEpoch, slashed / 2n].map((gross) => gross / 100n);
    const burned = burnedByPay.reduce((sum, fee) => sum + fee, PRICE + slashed / 2n);
    assert.equal(await token.read.totalBurned(), burned);
    assert.equal(await held(protocol, operator), ALLOCATION - STAKE + netOf(PRICE) + netOf(2n * perEpoch));
    assert.equal(await held(protocol, tenant), ALLOCATION - 2n * PRICE);
    assert.equal(await held(protocol, bob.account), ALLOCATION - voucherPaid);
    assert.equal(await held(protocol, carol.account), ALLOCATION + netOf(voucherPaid));
    assert.equal(await held(protocol, challenger.account), ALLOCATION + netOf(slashed / 2n));
    assert.equal(await held(protocol, wallets[2]!.account), ALLOCATION - STAKE + 300n * X0T);
    assert.equal(await held(protocol, registry), 6n * STAKE - slashed - 300n * X0T);
    assert.equal(await held(protocol, rewards), RESERVE - 2n * perEpoch);
    for (const empty of [ledger, channels, marketplace, token]) assert.equal(await held(protocol, empty), 0n);
    const holders = [...allocations.map(({ account }) => ({ address: account })), registry, rewards, timelock];
    const balances = await Promise.all(holders.map((holder) => held(protocol, holder)));
    assert.equal(balances.reduce((sum, balance) => sum + balance, burned), SUPPLY);
  });

  it("double claim: a share is paid once, however often, by whomever and within whichever call it is claimed", async () => {
    const { protocol, rewards, epoch } = await loadFixture(earned);
    const share = (P.poolPerEpoch * 3n * STAKE) / P.targetStake / 3n;
    await rewards.write.claim([0, [epoch]], { account: anyone });
    for (const by of [operator, anyone]) {
      for (const epochs of [[epoch], [epoch, epoch], [epoch - 1n, epoch, epoch]]) {
        await rewards.write.claim([0, epochs], { account: by });
      }
    }
    await rewards.write.claim([1, [epoch]], { account: anyone });
    assert.equal(await held(protocol, operator), ALLOCATION - STAKE + netOf(share));
    assert.equal(await held(protocol, rewards), RESERVE - 2n * share);
    // Node 2 has not come yet: its share is still there, and no more than that.
    assert.equal(await rewards.read.claimable([2, epoch]), share);
    assert.equal(await rewards.read.unallocated(), RESERVE - 3n * share);
  });

  it("double redeem: the same voucher, a lower one, and one twice in a batch pay once", async () => {
    const protocol = await loadFixture(deployProtocolFixture);
    const { channels } = protocol;
    const channel = await openChannel(protocol, alice, bob.account.address, 100n * X0T);
    await redeem(protocol, channel, 40n * X0T);
    for (const cumulative of [40n * X0T, 39n * X0T, 1n]) {
      await assertions.revertWithCustomErrorWithArgs(redeem(protocol, channel, cumulative), channels, "RelayChannels_NothingToRedeem", [
        channel,
        cumulative,
        40n * X0T,
      ]);
    }
    const cumulative = 50n * X0T;
    const signature = await signer.signTypedData(voucher({ chainId, channels: channels.address }, { channel, cumulative }));
    await channels.write.redeemMany([Array.from({ length: 32 }, () => ({ channel, cumulative, signature }))]);
    assert.equal(await held(protocol, bob.account), ALLOCATION + netOf(40n * X0T) + netOf(10n * X0T));
    await channels.write.startClose([channel], { account: bob.account });
    assert.equal(await held(protocol, alice.account), ALLOCATION - 50n * X0T);
    assert.equal(await held(protocol, channels), 0n);
  });

  it("rounding always against the caller: shares, splits and slices never add up to more than the whole", async () => {
    const protocol = await loadFixture(networkFixture);
    const { rewards, registry, ledger } = protocol;
    // Awkward stakes, above the target together: nothing divides evenly.
    const stakes = [6_000n * X0T + 7n, 7_000n * X0T + 1n, 8_000n * X0T + 333n];
    for (const [node, stake] of stakes.entries()) {
      await registry.write.stake([node, stake - STAKE], { account: wallets[node + 1]!.account });
    }
    const epoch = (await epochNow()) + 1n;
    await goTo(epoch + 1n);
    for (const [node, slots] of [11, 7, 5].entries()) await serve(protocol, epoch, [slots], node);
    await goTo(epoch + FINAL_AFTER);
    const weights = [stakes[0]! * 11n, stakes[1]! * 7n, stakes[2]! * 5n].map((product) => product / BigInt(SLOTS));
    const total = weights.reduce((sum, weight) => sum + weight, 0n);
    assert.equal(await ledger.read.totalWeight([epoch]), total);
    assert.ok(total > P.targetStake);
    const pot = P.poolPerEpoch;
    const shares = weights.map((weight) => (pot * weight) / total);
    for (const node of [0, 1, 2]) await rewards.write.claim([node, [epoch]], { account: anyone });
    const paid = shares.reduce((sum, share) => sum + share, 0n);
    const dust = pot - paid;
    assert.ok(dust > 0n && dust < 3n, `${dust} wei stay in the vault`);
    assert.equal(await held(protocol, rewards), RESERVE - paid);
    assert.equal(await rewards.read.unallocated(), RESERVE - pot);
    assert.equal(await held(protocol, wallets[2]!.account), ALLOCATION - stakes[1]! + netOf(shares[1]!));
  });

  it("rounding always against the caller: the burn rounds down for the sender, but to dodge it takes 10^16 transfers an X0T", async () => {
    const { token } = await loadFixture(deployProtocolFixture);
    const send = (value: bigint) => token.write.transfer([bob.account.address, value], { account: alice.account });
    await send(99n);
    assert.equal(await token.read.totalBurned(), 0n);
    const gas = await gasOf(await send(99n));
    await send(100n);
    assert.equal(await token.read.totalBurned(), 1n);
    assert.ok(gas > 25_000n && X0T / 99n > 10n ** 16n, `${gas} gas to save 1 wei`);
  });

  it("burn bypass by third-party deposit: nobody can add to another's position, and what comes back goes to who paid it in", async () => {
    const protocol = await loadFixture(listed);
    const { token, registry, channels, marketplace } = protocol;
    const [from, to] = [alice.account, bob];
    // Alice wants 1,000 X0T to reach Bob whole.
    const channel = await openChannel(protocol, to, carol.account.address, 10n * X0T);
    await assertions.revertWithCustomErrorWithArgs(
      channels.write.topUp([channel, 990n * X0T], { account: from }),
      channels,
      "RelayChannels_OnlyPayer",
      [channel, (value: string) => value.toLowerCase() === from.address],
    );
    await token.write.approve([registry.address, maxUint256], { account: from });
    const staked = registry.write.stake([1, STAKE], { account: from });
    await assertions.revertWithCustomError(staked, registry, "NodeRegistry_OnlyOperator");
    // A plain transfer to a vault is burn-free, and nobody's: no way out pays it to Bob.
    await token.write.transfer([channels.address, STAKE], { account: from });
    await channels.write.startClose([channel], { account: carol.account });
    assert.equal(await held(protocol, to.account), ALLOCATION);
    assert.equal(await held(protocol, channels), STAKE);
    // Her own deposit comes back whole, but to herself.
    const own = await openChannel(protocol, alice, to.account.address, STAKE);
    await channels.write.startClose([own], { account: to.account });
    await marketplace.write.rent([1n, 5], { account: from });
    await marketplace.write.terminate([1n], { account: provider });
    assert.equal(await held(protocol, from), ALLOCATION - STAKE);
    assert.equal(await held(protocol, to.account), ALLOCATION);
    assert.equal(await token.read.totalBurned(), 0n);
  });

  it("burn bypass by wash lease and by channel: what reaches the other side is 99 %, as by transfer", async () => {
    const { protocol, marketplace, token } = await loadFixture(fullyServed);
    const moved = 6n * PRICE;
    assert.deepEqual(await changes(protocol, () => marketplace.write.settle([1n, 168n])), settled(6, 0));
    assert.equal(await token.read.totalBurned(), moved / 100n);
    const channel = await openChannel(protocol, bob, carol.account.address, moved);
    await redeem(protocol, channel, moved);
    assert.equal(await held(protocol, carol.account), ALLOCATION + netOf(moved));
    // To oneself it costs the same: a lease of one's own node feigns demand for 1 % of what it feigns.
    const self = await openChannel(protocol, bob, bob.account.address, moved);
    await redeem(protocol, self, moved);
    assert.equal(await held(protocol, bob.account), ALLOCATION - moved - moved / 100n);
    assert.equal(await token.read.totalBurned(), 3n * (moved / 100n));
  });

  it("forced ETH: it changes nothing, opens nothing, and only the treasury's can be spent", async () => {
    const protocol = await loadFixture(networkFixture);
    const { token, timelock, registry, ledger, rewards, channels, marketplace, governor, seat } = protocol;
    const targets = [token, registry, ledger, rewards, channels, marketplace, governor, seat, timelock];
    for (const { address } of targets) {
      if (address !== timelock.address) await assert.rejects(bob.sendTransaction({ to: address, value: 1n }));
      await forceEther(address, 7n);
      assert.equal(await ether(address), 7n);
    }
    assert.equal(await rewards.read.unallocated(), RESERVE);
    assert.equal(await marketplace.read.escrowed(), 0n);
    assert.equal(await held(protocol, registry), 6n * STAKE);
    const to = "0x00000000000000000000000000000000000e7e44";
    const spends = await ripe(protocol, [{ target: to, valueWei: 7n, data: "0x" }]);
    await execute(spends);
    assert.equal(await ether(to), 7n);
    assert.equal(await ether(governor.address), 7n);
    assert.equal(await ether(timelock.address), 0n);
  });

  it("stuck funds with a reverting payee: X0T calls nobody, so no payee, tenant or challenger can refuse it", async () => {
    const protocol = await loadFixture(networkFixture);
    const { token, registry, ledger, rewards, channels, marketplace } = protocol;
    const refuser = await hostileAccount();
    await give(protocol, alice, refuser.address, 3_000n * X0T);
    const node = await registerHostile(protocol, refuser, 40, STAKE);
    const epoch = (await epochNow()) + 1n;
    // Provider and tenant in one, payee and payer, operator.
    await refuser.write.run([
      [
        call(token, "approve", [marketplace.address, maxUint256]),
        call(token, "approve", [channels.address, maxUint256]),
        call(token, "approve", [ledger.address, maxUint256]),
        call(channels, "open", [refuser.address, signer.address, 100n * X0T]),
      ],
    ]);
    await goTo(epoch, 1);
    await refuser.write.run([[call(marketplace, "list", [node, 10n * X0T, 9_000, 8]), call(marketplace, "rent", [1n, 4])]]);
    await refuser.write.refuse();
    await goTo(epoch + 2n, 1);
    await refuser.write.run([[call(ledger, "commit", [commitArgs(node, epoch + 1n, ALL)])]]);
    await goTo(epoch + 3n, 1);
    await ledger.write.commit([commitArgs(0, epoch + 2n, ALL)], { account: operator });
    await refuser.write.run([[call(ledger, "challenge", [0, epoch + 2n, 1n])]]);
    await goTo(epoch + 4n + FINAL_AFTER);
    // Everything that is owed to it, pushed by somebody else.
    const channel = await channels.read.channelId([refuser.address, refuser.address, 0n]);
    await redeem(protocol, channel, 50n * X0T);
    await refuser.write.run([[call(channels, "startClose", [channel])]]);
    await ledger.write.enforce([0, epoch + 2n], { account: anyone });
    await marketplace.write.settleMany([[1n], 168n], { account: anyone });
    await rewards.write.claim([node, [epoch + 1n]], { account: anyone });
    await refuser.write.run([[call(registry, "unstake", [node, STAKE])]]);
    await time.increase(P.unbondingSeconds);
    await refuser.write.run([[call(registry, "withdraw", [node])]]);
    const share = (P.poolPerEpoch * STAKE) / P.targetStake;
    const burnt = [50n * X0T, 10n * X0T].map((gross) => gross / 100n).reduce((sum, fee) => sum + fee);
    const gained = netOf(share) + netOf(STAKE / 20n);
    assert.equal(await held(protocol, refuser), 3_000n * X0T - burnt + gained);
    for (const vault of [ledger, channels, marketplace]) assert.equal(await held(protocol, vault), 0n);
    assert.equal(await refuser.read.sprung(), 0n);
  });

  it("stuck funds with a reverting payee: ETH of the treasury that is refused stays there, and stops no other payment", async () => {
    const protocol = await loadFixture(networkFixture);
    const { token, timelock } = protocol;
    const refuser = await hostileAccount();
    await refuser.write.refuse();
    await forceEther(timelock.address, 10n);
    const bad = await ripe(protocol, [{ target: refuser.address, valueWei: 5n, data: "0x" }, call(token, "transfer", [anyone.address, X0T])]);
    await assert.rejects(execute(bad), /HostileAccount_Refused/);
    assert.equal(await stateOf(bad), "queued");
    const good = await ripe(protocol, [{ target: anyone.address, valueWei: 5n, data: "0x" }, call(token, "transfer", [refuser.address, X0T])]);
    await execute(good);
    assert.equal(await held(protocol, refuser), netOf(X0T));
    assert.equal(await ether(timelock.address), 5n);
  });

  it("vault impersonated by nobody: an account cannot pay, refund or migrate out of a vault", async () => {
    const { token, rewards } = await loadFixture(deployProtocolFixture);
    const thief = await as(carol.account.address);
    for (const theft of [
      () => token.write.pay([thief, X0T], { account: thief }),
      () => token.write.refund([thief, X0T], { account: thief }),
      () => token.write.migrate([thief, X0T], { account: thief }),
      () => token.write.transferFrom([rewards.address, thief, X0T], { account: thief }),
      () => rewards.write.migrateReserve([thief, X0T], { account: thief }),
    ]) {
      await assert.rejects(theft(), /X0TToken_OnlyVault|X0TToken_OnlyRewards|ERC20InsufficientAllowance|EpochRewards_OnlyTimelock/);
    }
    assert.equal(await token.read.balanceOf([rewards.address]), RESERVE);
  });
});
