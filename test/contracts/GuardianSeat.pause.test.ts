import assert from "node:assert/strict";
import { maxUint256, padHex, zeroAddress, type Abi, type Hex } from "viem";
import { voucher } from "../../core/eip712.ts";
import { X0T } from "../../core/parameters.ts";
import { MAX_EPOCHS, NODE, PRICE, provider, tenant } from "./support/leases.ts";
import { registration, rotate } from "./support/nodes.ts";
import { signPermit } from "./support/permit.ts";
import { commitArgs, commitTruth, slotAnswers } from "./support/proofs.ts";
import { afterVoting, call, draft, execute, propose, queue, queued, ripen, stateOf, toVoting, vote } from "./support/proposals.ts";
import {
  alice,
  assertions,
  bob,
  carol,
  chainId,
  challenger,
  epochNow,
  goTo,
  loadFixture,
  networkFixture,
  P,
  time,
  wallets,
  witnessKey,
  type Protocol,
} from "./support/protocol.ts";
import { bySafe, pauseBySafe, seatCall } from "./support/safe.ts";

const DAY = 86_400n;
const signer = witnessKey(50);
const operatorOf = (node: number) => wallets[node + 1]!.account;

/** By contract: what a pause stops. */
const PAUSED: Record<string, readonly string[]> = {
  registry: ["register", "registerWithPermit", "stake"],
  channels: ["open", "topUp"],
  marketplace: ["list", "rent", "rentWithPermit"],
};

/** What it never stops. Functions for other contracts, and settings only the timelock changes, are none of a person's acts. */
const NEVER: Record<string, readonly string[]> = {
  token: ["transfer", "transferFrom", "approve", "permit", "burn"],
  registry: ["unstake", "withdraw", "rotateWitness", "setMetadata", "bench"],
  ledger: ["poke", "commit", "commitBatch", "challenge", "answer", "enforce", "announceMaintenance"],
  rewards: ["claim"],
  channels: ["redeem", "redeemMany", "startClose", "finishClose"],
  marketplace: ["delist", "settle", "settleMany", "cancel", "terminate", "reject"],
};
const NO_PERSONS: Record<string, readonly string[]> = {
  token: ["seal", "addVault", "removeVault", "pay", "refund", "migrate"],
  registry: ["setLedger", "slash", "unbench"],
  rewards: ["setParameters", "migrateReserve"],
};

async function channel({ channels }: Protocol, nonce: bigint): Promise<Hex> {
  return channels.read.channelId([alice.account.address, bob.account.address, nonce]);
}

async function redemption(protocol: Protocol, nonce: bigint, cumulative: bigint) {
  const id = await channel(protocol, nonce);
  const message = voucher({ chainId, channels: protocol.channels.address }, { channel: id, cumulative });
  return { channel: id, cumulative, signature: await signer.signTypedData(message) };
}

/** Everything that people do is under way, and then the guardian pauses for 7 days. `epoch` is over; leases began in it. */
async function paused() {
  const protocol = await networkFixture();
  const { token, registry, channels, marketplace } = protocol;
  for (const { account } of [alice, bob, carol]) {
    await token.write.approve([marketplace.address, maxUint256], { account });
    await token.write.approve([channels.address, maxUint256], { account });
  }
  for (const nonce of [0, 1, 2]) {
    await channels.write.open([bob.account.address, signer.address, BigInt(nonce + 1) * X0T], { account: tenant });
  }
  for (const [node, who] of [alice, bob, carol].entries()) {
    await marketplace.write.list([node, PRICE, 5_000, MAX_EPOCHS], { account: operatorOf(node) });
    await marketplace.write.rent([BigInt(node + 1), MAX_EPOCHS], { account: who.account });
  }
  await marketplace.write.list([3, PRICE, 5_000, MAX_EPOCHS], { account: operatorOf(3) });
  await registry.write.unstake([5, X0T], { account: operatorOf(5) });
  const epoch = (await epochNow()) + 1n;
  await goTo(epoch + 1n);
  await pauseBySafe(protocol, BigInt(await time.latest()) + 7n * DAY - 60n);
  return { protocol, epoch, ...protocol };
}

/** The calls of PAUSED, each valid but for the pause. */
async function entries(protocol: Protocol) {
  const { registry, channels, marketplace } = protocol;
  const newcomer = wallets[7]!;
  const fresh = await registration(protocol, 6);
  const toRegister = await signPermit(protocol, newcomer, registry.address, fresh[3]);
  const other = await registration(protocol, 7, newcomer);
  const toRent = await signPermit(protocol, alice, marketplace.address, PRICE);
  const listing = await marketplace.read.listingCount();
  const account = newcomer.account;
  const permitted = ({ deadline, v, r, s }: typeof toRent) => [deadline, v, r, s] as const;
  return {
    registerWithPermit: () => registry.write.registerWithPermit([...fresh, ...permitted(toRegister)], { account }),
    register: async () => {
      await protocol.token.write.approve([registry.address, maxUint256], { account });
      return registry.write.register([...other], { account });
    },
    stake: () => registry.write.stake([NODE, X0T], { account: provider }),
    open: () => channels.write.open([bob.account.address, signer.address, X0T], { account: tenant }),
    topUp: async () => channels.write.topUp([await channel(protocol, 0n), X0T], { account: tenant }),
    list: () => marketplace.write.list([3, PRICE, 5_000, MAX_EPOCHS], { account: operatorOf(3) }),
    rent: () => marketplace.write.rent([listing, 1], { account: tenant }),
    rentWithPermit: async () => {
      await goTo((await epochNow()) + 1n);
      return marketplace.write.rentWithPermit([listing, 1, ...permitted(toRent)], { account: tenant });
    },
  };
}

describe("GuardianSeat: what a pause stops", () => {
  it("GOV-3 every function is either paused or never is", async () => {
    const protocol: Record<string, { abi: unknown }> = await loadFixture(paused).then((state) => state.protocol);
    for (const name of ["token", "registry", "ledger", "rewards", "channels", "marketplace"]) {
      const known = [PAUSED, NEVER, NO_PERSONS].flatMap((list) => list[name] ?? []);
      const acts = (protocol[name]!.abi as Abi).flatMap((entry) =>
        entry.type === "function" && entry.stateMutability === "nonpayable" ? [entry.name] : [],
      );
      assert.deepEqual([...new Set(acts)].filter((act) => !known.includes(act)), [], name);
    }
  });

  it("GOV-3 GuardianSeat_Paused: register, stake, open, topUp, list, rent, with and without permit, until it ends", async () => {
    const { protocol, seat } = await loadFixture(paused);
    const calls = await entries(protocol);
    assert.deepEqual(Object.keys(calls).sort(), Object.values(PAUSED).flat().sort());
    const until = await seat.read.pausedUntil();
    for (const act of Object.values(calls)) {
      await assertions.revertWithCustomErrorWithArgs(act(), seat, "GuardianSeat_Paused", [until]);
    }
    await bySafe(protocol, seat.address, seatCall(protocol, "unpause", []));
    for (const act of Object.values(calls)) await act();
  });

  it("GOV-3 ends by itself, in the second it said", async () => {
    const { protocol, seat } = await loadFixture(paused);
    const until = await seat.read.pausedUntil();
    const { stake } = await entries(protocol);
    await time.increaseTo(until - 2n);
    await time.setNextBlockTimestamp(until - 1n);
    await assertions.revertWithCustomError(stake(), seat, "GuardianSeat_Paused");
    await time.setNextBlockTimestamp(until);
    await stake();
  });

  it("GOV-3 commit, challenge, answer, enforce, claim never pause", async () => {
    const { protocol, ledger, rewards, epoch } = await loadFixture(paused);
    const account = challenger.account;
    await ledger.write.poke();
    const receipts = await commitTruth(protocol, 0, epoch, [0, 1]);
    await ledger.write.commitBatch([[commitArgs(1, epoch, [0])]], { account: operatorOf(1) });
    await ledger.write.challenge([0, epoch, 1n], { account });
    await ledger.write.challenge([1, epoch, 1n], { account });
    await ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0])], { account: operatorOf(0) });
    await goTo(epoch + 4n);
    await ledger.write.enforce([1, epoch], { account });
    const before = await protocol.token.read.balanceOf([provider.address]);
    await rewards.write.claim([0, [epoch]]);
    assert.ok((await protocol.token.read.balanceOf([provider.address])) > before);
  });

  it("GOV-3 unstake, withdraw, and what else an operator does, never pause", async () => {
    const { protocol, registry, token, epoch } = await loadFixture(paused);
    await registry.write.unstake([NODE, X0T], { account: provider });
    await rotate(protocol, 1, 1);
    await registry.write.setMetadata([1, padHex("0x1", { size: 32 })], { account: operatorOf(1) });
    await time.increase(P.unbondingSeconds);
    const account = operatorOf(5);
    const before = await token.read.balanceOf([account.address]);
    await registry.write.withdraw([5], { account });
    assert.equal((await token.read.balanceOf([account.address])) - before, X0T);
    await goTo(epoch + 20n);
    await registry.write.bench([3]);
  });

  it("GOV-3 redeem, redeemMany, startClose, finishClose never pause", async () => {
    const { protocol, channels, token } = await loadFixture(paused);
    const first = await redemption(protocol, 0n, X0T);
    await channels.write.redeem([first.channel, first.cumulative, first.signature]);
    await channels.write.redeemMany([[await redemption(protocol, 1n, X0T)]]);
    const last = await channel(protocol, 2n);
    await channels.write.startClose([last], { account: tenant });
    await time.increase(P.channelCloseSeconds);
    await channels.write.finishClose([last]);
    assert.equal(await token.read.balanceOf([channels.address]), X0T);
  });

  it("GOV-3 settle, settleMany, cancel, terminate, reject, delist never pause", async () => {
    const { protocol, marketplace, ledger, epoch } = await loadFixture(paused);
    for (const node of [0, 1, 2]) {
      const all = Array.from({ length: P.slotsPerEpoch }, (_, slot) => slot);
      await ledger.write.commit([commitArgs(node, epoch, all)], { account: operatorOf(node) });
    }
    await marketplace.write.cancel([1n], { account: tenant });
    await marketplace.write.terminate([2n], { account: operatorOf(1) });
    await marketplace.write.reject([3n, Number(epoch)], { account: carol.account });
    await marketplace.write.delist([1n], { account: provider });
    await goTo(epoch + 10n);
    await marketplace.write.settle([1n, 168n]);
    await marketplace.write.settleMany([[2n, 3n], 168n]);
    assert.equal(await marketplace.read.escrowed(), 0n);
    assert.equal(await protocol.token.read.balanceOf([marketplace.address]), 0n);
  });

  it("GOV-3 propose, vote, queue, execute and X0T itself never pause: the vote may replace the guardian meanwhile", async () => {
    const { protocol, seat, token } = await loadFixture(paused);
    const proposal = await propose(protocol, [call(seat, "setGuardian", [zeroAddress])]);
    await toVoting(proposal);
    await vote(proposal, "for");
    await afterVoting(proposal);
    await queue(proposal);
    const veto = draft(protocol, proposal.calls, { description: proposal.description });
    const cancel = call(protocol.governor, "cancel", veto.args);
    await assertions.revertWithCustomError(bySafe(protocol, cancel.target, cancel.data), protocol.governor, "GovernorUnableToCancel");
    await ripen(proposal);
    await execute(proposal);
    assert.equal(await seat.read.guardian(), zeroAddress);
    assert.ok(BigInt(await time.latest()) < (await seat.read.pausedUntil()));
    await token.write.transfer([bob.account.address, X0T], { account: tenant });
  });

  it("GOV-3 the guardian cancels a queued proposal with two signatures, not with one", async () => {
    const { protocol, governor, token } = await loadFixture(paused);
    const hostile = await queued(protocol, [call(token, "transfer", [alice.account.address, 1_000n * X0T])]);
    const { target, data } = call(governor, "cancel", hostile.args);
    await assert.rejects(bySafe(protocol, target, data, [alice]), /GS020/);
    await bySafe(protocol, target, data, [carol, bob]);
    assert.equal(await stateOf(hostile), "canceled");
    await time.increase(P.timelockSeconds);
    await assertions.revertWithCustomError(execute(hostile), governor, "GovernorUnexpectedProposalState");
  });
});
