import assert from "node:assert/strict";
import { maxUint256, padHex, zeroAddress, zeroHash, type Abi, type AbiFunction, type Address, type Hex } from "viem";
import { voucher } from "../../../core/eip712.ts";
import { X0T } from "../../../core/parameters.ts";
import { fuzzer, SEED } from "../differential/fuzz.ts";
import { call, propose } from "../support/proposals.ts";
import { commitArgs, commitTruth } from "../support/proofs.ts";
import { alice, bob, chainId, challenger, epochNow, goTo, loadFixture, networkFixture, networkHelpers, nodeIdOf, P, proofOfPossession, provider, time, wallets, witnessKey, type Protocol } from "../support/protocol.ts";
import { garbageFor, type Pool } from "./garbage.ts";
import { assertSupply, vaultsOf } from "./liabilities.ts";

const CALLS = Number(process.env.X0T_GARBAGE_CALLS ?? 4_000);
const CHECK_EVERY = 500;
const people = wallets.slice(0, 18).map(({ account }) => account);
const operator = people[1]!;

/** Something of everything: commits, one of them challenged, a lease, channels with vouchers, a proposal in voting. */
async function busy() {
  const protocol = await networkFixture();
  const { token, registry, ledger, rewards, channels, marketplace, governor, guardian, timelock } = protocol;
  for (const account of people.slice(1)) {
    for (const { address } of [registry, ledger, channels, marketplace]) await token.write.approve([address, maxUint256], { account });
  }
  await marketplace.write.list([0, X0T, 5_000, 24], { account: operator });
  await marketplace.write.rent([1n, 10], { account: alice.account });
  const ids: Hex[] = [];
  for (const payee of [bob, operator, alice].map((who) => ("account" in who ? who.account : who))) {
    await channels.write.open([payee.address, witnessKey(0).address, 50n * X0T], { account: alice.account });
    ids.push(await channels.read.channelId([alice.account.address, payee.address, 0n]));
  }
  const target = call(rewards, "setParameters", [P.poolPerEpoch / 2n, P.targetStake]);
  const { id: proposal } = await propose(protocol, [target]);
  const epoch = await epochNow();
  await goTo(epoch + 1n);
  await commitTruth(protocol, 0, epoch, [0, 1, 2]);
  await ledger.write.commit([commitArgs(1, epoch, [0, 1, 2, 3])], { account: people[2]! });
  await ledger.write.challenge([1, epoch, 1n], { account: challenger.account });
  for (const address of [guardian.address, timelock.address]) {
    await networkHelpers.impersonateAccount(address);
    await networkHelpers.setBalance(address, 10n ** 20n);
  }
  const vouchers = await Promise.all(
    ids.map((channel) => witnessKey(0).signTypedData(voucher({ chainId, channels: channels.address }, { channel, cumulative: 10n * X0T }))),
  );
  return { protocol, epoch, ids, vouchers, proposal, governor };
}

async function poolOf({ protocol, epoch, ids, vouchers, proposal }: Awaited<ReturnType<typeof busy>>): Promise<Pool> {
  const contracts = contractsOf(protocol).map(({ address }) => address);
  const possession = await proofOfPossession(protocol.registry.address, witnessKey(7), operator.address, nodeIdOf(7));
  return {
    addresses: [...people.map(({ address }) => address as Address), ...contracts, witnessKey(7).address, zeroAddress, padHex("0xdead", { size: 20 })],
    words: [zeroHash, ...ids, nodeIdOf(0), nodeIdOf(7), padHex("0x01", { size: 32 })],
    signatures: [...vouchers, possession, "0x"],
    texts: ["", "Garbage", `Garbage#proposer=${operator.address.toLowerCase()}`],
    amounts: [0n, 1n, X0T, 10n * X0T, 100n * X0T, 1_000n * X0T, 10n ** 27n, 2n ** 96n - 1n, maxUint256],
    epochs: [-3n, -2n, -1n, 0n, 1n, 2n, 3n].map((offset) => epoch + offset),
    proposals: [proposal, 0n],
  };
}

function contractsOf({ token, timelock, seat, registry, ledger, rewards, channels, marketplace, governor }: Protocol): { address: Address; abi: Abi }[] {
  return [token, timelock, seat, registry, ledger, rewards, channels, marketplace, governor] as { address: Address; abi: Abi }[];
}

async function assertSolvent(protocol: Protocol, after: number): Promise<void> {
  const vaults = Object.entries(await vaultsOf(protocol));
  for (const [name, { owedWei, heldWei }] of vaults) assert.ok(owedWei <= heldWei, `${name} owes ${owedWei}, holds ${heldWei} after ${after} calls`);
  await assertSupply(protocol);
}

describe("garbage", () => {
  it(`REG-6, PRF-4, REW-4, CHN-1, MKT-5 no call of anybody's makes a vault owe more than it holds (${CALLS} calls, seed ${SEED})`, async function () {
    this.timeout(600_000);
    const state = await loadFixture(busy);
    const { protocol } = state;
    const pool = await poolOf(state);
    const targets = contractsOf(protocol).map(({ address, abi }) => ({
      to: address,
      functions: abi.filter((item): item is AbiFunction => item.type === "function" && !/view|pure/.test(item.stateMutability)),
    }));
    // Those who can do most come up most.
    const able = [operator, people[2]!, alice.account].map(({ address }) => address);
    const callers = [...people.map(({ address }) => address), ...able, ...able, ...able, protocol.guardian.address, protocol.timelock.address];
    const fuzz = fuzzer(SEED);
    const done = new Map<string, number>();
    for (let index = 1; index <= CALLS; index++) {
      if (fuzz.chance(0.04)) await time.increase(1 + fuzz.below(700));
      const { to, functions } = fuzz.pick(targets);
      const item = fuzz.pick(functions);
      const [from, data] = [fuzz.pick(callers), garbageFor(item, fuzz, pool)];
      const value = fuzz.chance(0.03) ? "0x1" : "0x0";
      try {
        await provider.request({ method: "eth_sendTransaction", params: [{ from, to, data, value, gas: "0x989680" }] });
        done.set(item.name, (done.get(item.name) ?? 0) + 1);
      } catch (error) {
        assert.match(String(error), /revert|selector was not recognized|out of gas|invalid opcode|non-payable/i);
      }
      if (index % CHECK_EVERY === 0) await assertSolvent(protocol, index);
    }
    await assertSolvent(protocol, CALLS);
    // All of it refused would prove nothing.
    const successes = [...done.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(successes > CALLS / 20 && done.size > 20, `${successes} calls of ${done.size} functions succeeded: ${JSON.stringify(Object.fromEntries(done))}`);
  });
});
