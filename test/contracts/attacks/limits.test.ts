import assert from "node:assert/strict";
import { maxUint256, padHex, toHex, type Address, type Hex } from "viem";
import { voucher } from "../../../core/eip712.ts";
import { MAX_CLAIM_EPOCHS, MAX_REDEEM_BATCH, PRODUCTION, X0T } from "../../../core/parameters.ts";
import { receiptsRoot, sortReceipts, type Receipt } from "../../../core/receiptTree.ts";
import { commitOf, commitOpen, epochNow, gasNetwork, goTo, OPEN_EPOCHS, operatorOf } from "../support/gasNetwork.ts";
import { itMeasures } from "../support/itMeasures.ts";
import { commitArgs, committeeOf, signReceipt, slotAnswers } from "../support/proofs.ts";
import { afterVoting, as, call, draft, execute, proposer, queue, ripen, toVoting, vote } from "../support/proposals.ts";
import { alice, challenger, chainId, gasOf, loadFixture, networkFixture, P, time, viem, wallets, witnessKey, type Protocol } from "../support/protocol.ts";
import { registrationBy } from "./support.ts";

/** What one transaction may cost at the largest arguments that its contract takes. */
const LIMIT = 10_000_000n;
const MOST_LEASES = 32;
/** Gas of one committee's draw at most: 10,000 nodes, ten years of a change an epoch, five members that changed stake every block. */
const DRAW = 800_000n;
/** Two checkpoints of a level of the tree of stakes, which has at most 24. */
const LEVEL = 28_000n;
const FINAL_AFTER = (PRODUCTION.commitSeconds + PRODUCTION.challengeSeconds + PRODUCTION.responseSeconds) / PRODUCTION.epochSeconds + 1;
const SLOTS = PRODUCTION.slotsPerEpoch;

/** Gas of a transaction that must have gone through. */
async function measured(what: string, hash: Hex): Promise<bigint> {
  const gas = await gasOf(hash);
  assert.ok(gas < LIMIT, `${what}: ${gas}`);
  return gas;
}

/** Every witness of the first four slots signs; 120 slots of five make the deepest tree. */
async function fullReceipts(protocol: Protocol, epoch: number): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const members = slot < 4 ? await committeeOf(protocol, BigInt(epoch), 0, slot) : [1, 2, 3, 4, 5];
    for (const witness of members) {
      const signed = slot < 4 && (await signReceipt(protocol.ledger.address, { epoch: BigInt(epoch), slot, node: 0, witness }));
      receipts.push(signed || { slot, witness, signature: padHex(toHex(slot * 5 + witness), { size: 65 }) });
    }
  }
  return sortReceipts(receipts);
}

describe("attacks: unbounded loops", () => {
  itMeasures("unbounded loops: commitBatch of 8", async () => {
    const protocol = await loadFixture(gasNetwork);
    const { batch } = await commitOpen(protocol, await epochNow());
    await measured("commitBatch", batch);
  });

  itMeasures("unbounded loops: commitBatch of 8 benched nodes, each back in every level of the tree, with a whole week to look back on", async () => {
    const { token, registry, ledger } = await loadFixture(networkFixture);
    const { account } = alice;
    await token.write.approve([registry.address, maxUint256], { account });
    for (let key = 60; key < 68; key++) {
      const args = await registrationBy({ registry }, account.address, key, P.minStake);
      await registry.write.register(args, { account });
    }
    const nodes = Array.from({ length: 8 }, (_, index) => 6 + index);
    await time.increase(P.epochSeconds * 200);
    for (const node of nodes) await registry.write.bench([node]);
    await time.increase(P.epochSeconds);
    const epoch = BigInt(Math.floor((await time.latest()) / P.epochSeconds)) - 1n;
    const gas = await measured("commitBatch", await ledger.write.commitBatch([nodes.map((node) => commitArgs(node, epoch, []))], { account }));
    assert.equal((await registry.read.getNode([13])).benched, false);
    assert.ok(gas + 8n * 20n * LEVEL < LIMIT, `${gas}`);
  });

  itMeasures("unbounded loops: claim of 168 epochs, each opened by it", async () => {
    const { rewards } = await loadFixture(gasNetwork);
    const last = (await epochNow()) - 1;
    await goTo(last + FINAL_AFTER);
    const epochs = Array.from({ length: MAX_CLAIM_EPOCHS }, (_, i) => BigInt(last - i));
    assert.ok((await rewards.read.claimable([0, epochs.at(-1)!])) > 0n);
    await measured("claim", await rewards.write.claim([0, epochs]));
  });

  itMeasures("unbounded loops: redeemMany of 32 channels", async () => {
    const { token, channels } = await loadFixture(gasNetwork);
    const signer = witnessKey(999);
    const payee = wallets[19]!.account.address;
    await token.write.approve([channels.address, maxUint256], { account: alice.account });
    const list = [];
    for (let nonce = 0n; nonce < MAX_REDEEM_BATCH; nonce++) {
      await channels.write.open([payee, signer.address, X0T], { account: alice.account });
      const channel = await channels.read.channelId([alice.account.address, payee, nonce]);
      const message = voucher({ chainId, channels: channels.address }, { channel, cumulative: X0T });
      list.push({ channel, cumulative: X0T, signature: await signer.signTypedData(message) });
    }
    await measured("redeemMany", await channels.write.redeemMany([list]));
  });

  itMeasures("unbounded loops: settle of 168 epochs, settleMany of 32 leases", async () => {
    const protocol = await loadFixture(gasNetwork);
    const { marketplace } = protocol;
    await marketplace.write.list([1, 10n * X0T, 9_000, 1_000], { account: operatorOf(1) });
    await marketplace.write.rent([1n, 168], { account: alice.account });
    for (let lease = 0; lease < MOST_LEASES; lease++) {
      await marketplace.write.rent([2n, OPEN_EPOCHS], { account: alice.account });
      await commitOpen(protocol, (await epochNow()) + 1);
    }
    // 160 epochs are over, with a pause between the leases; one that failed takes a refund too.
    await goTo((await epochNow()) + 9 + FINAL_AFTER);
    const settled = await measured("settle", await marketplace.write.settle([1n, 168n]));
    const leases = Array.from({ length: MOST_LEASES }, (_, i) => BigInt(i) + 2n);
    await measured("settleMany", await marketplace.write.settleMany([leases, 168n]));
    assert.equal(await marketplace.read.escrowed(), 0n);
    assert.ok(settled / 168n < 25_000n, `${settled / 168n} an epoch`);
  });

  itMeasures("unbounded loops: enforce with a challenge of another challenger for every slot", async () => {
    const { token, ledger, registry } = await loadFixture(gasNetwork);
    const epoch = await epochNow();
    await goTo(epoch + 1);
    await ledger.write.commit([commitOf(3, epoch)], { account: operatorOf(3) });
    const bond = PRODUCTION.challengeBond;
    const crowd: Address[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const account = await as(padHex(toHex(0xd057_0000 + slot), { size: 20 }));
      crowd.push(account);
      await token.write.transfer([account, bond + bond / 99n], { account: challenger.account });
      await token.write.approve([ledger.address, bond], { account });
      await ledger.write.challenge([3, BigInt(epoch), 1n << BigInt(slot)], { account });
    }
    await time.increase(PRODUCTION.responseSeconds + 1);
    await measured("enforce", await ledger.write.enforce([3, BigInt(epoch)]));
    for (const account of crowd.slice(1)) assert.equal(await token.read.balanceOf([account]), bond);
    assert.equal(await token.read.balanceOf([crowd[0]!]), bond + 99n * X0T);
    assert.equal(await token.read.balanceOf([ledger.address]), 0n);
    assert.equal((await registry.read.getNode([3])).stake, 90_000n * X0T);
  });

  itMeasures("unbounded loops: answer of 4 slots with 5 receipts each and the deepest proofs", async () => {
    const protocol = await loadFixture(gasNetwork);
    const { ledger } = protocol;
    const epoch = await epochNow();
    await goTo(epoch + 1);
    const receipts = await fullReceipts(protocol, epoch);
    await ledger.write.commit([commitOf(0, epoch, receiptsRoot(receipts))], { account: operatorOf(0) });
    await ledger.write.challenge([0, BigInt(epoch), 0b1111n], { account: challenger.account });
    const answers = slotAnswers(receipts, [0, 1, 2, 3]);
    assert.deepEqual(answers.map(({ receipts: list }) => list.length), [5, 5, 5, 5]);
    assert.ok(answers[0]!.receipts[0]!.proof.length >= 9);
    const gas = await measured("answer", await ledger.write.answer([0, BigInt(epoch), 0n, answers]));
    // What the draws of a large register with a long past add to it; see the next test.
    assert.ok(gas + 4n * DRAW < LIMIT, `${gas} + 4 · ${DRAW}`);
  });

  itMeasures("unbounded loops: draws with 10,000 nodes, and with a history that an attacker lengthened epoch by epoch", async () => {
    const registry = await viem.deployContract("RegistryHarness", [1n]);
    for (let filled = 0; filled < 10_000; filled += 200) {
      await registry.write.fill([Array.from({ length: 200 }, (_, k) => 100n * X0T + BigInt(k))]);
    }
    const draw = async (epoch: number) => registry.read.drawGas([padHex("0x05", { size: 32 }), BigInt(epoch), 1_000, 5n]);
    // An epoch is a second here: each change of stake is a checkpoint more all the way up the tree.
    const lengthen = async (times: number) => {
      for (let i = 0; i < times; i++) await registry.write.set([0, 100n * X0T + BigInt(i % 2)]);
      return draw((await time.latest()) - times / 4);
    };
    const young = await draw(await time.latest());
    const [older, old] = [await lengthen(64), await lengthen(192)];
    // Each search of four times the history takes two steps more: logarithms, so ten years of hours take nine steps more.
    const step = (old - older) / 2n;
    assert.ok(young < older && old + 9n * step + 5n * 31_000n < DRAW, `${young}, ${older}, ${old}`);
  });

  itMeasures("unbounded loops: propose, queue and execute with 16 actions", async () => {
    const protocol = await loadFixture(networkFixture);
    const { governor, rewards } = protocol;
    const actions = Array.from({ length: 16 }, () => call(rewards, "setParameters", [P.poolPerEpoch, P.targetStake]));
    const proposal = draft(protocol, actions);
    const [targets, values, datas] = proposal.args;
    const propose = (count: number) => {
      const [to, wei, what] = [targets, values, datas].map((list) => [...list, list[0]!].slice(0, count)) as [Address[], bigint[], Hex[]];
      return governor.write.propose([to, wei, what, proposal.description], { account: proposer });
    };
    await assert.rejects(propose(17), /X0TGovernor_TooManyActions/);
    await measured("propose", await propose(16));
    await toVoting(proposal);
    await vote(proposal, "for");
    await afterVoting(proposal);
    await measured("queue", await queue(proposal));
    await ripen(proposal);
    await measured("execute", await execute(proposal));
  });

  itMeasures("unbounded loops: announceMaintenance among as much as there can be", async () => {
    const { ledger } = await loadFixture(networkFixture);
    const account = wallets[1]!.account;
    const now = Math.floor((await time.latest()) / P.epochSeconds);
    const announce = (offset: number, count: number) => ledger.write.announceMaintenance([0, BigInt(now + offset), BigInt(count)], { account });
    // Six epochs every week, on both sides, but for those that come last.
    for (const week of [1, 2, 3, 5, 6, 7]) await announce(week * 168, 6);
    await measured("announceMaintenance", await announce(4 * 168, 6));
    await assert.rejects(announce(4 * 168 + 6, 1), /ProofLedger_TooMuchMaintenance/);
    await assert.rejects(announce(9 * 168, 2 ** 40), /ProofLedger_TooMuchMaintenance/);
  });

  itMeasures("unbounded loops: seal with 64 allocations", async () => {
    const { timelock, seat } = await loadFixture(gasNetwork);
    const token = await viem.deployContract("X0TToken");
    const vaults: Address[] = [];
    for (let i = 0; i < 5; i++) vaults.push((await viem.deployContract("RelayChannels", [token.address, seat.address, 1n])).address);
    const allocations = Array.from({ length: 64 }, (_, i) => ({ account: padHex(toHex(i + 1), { size: 20 }), amount: X0T }));
    await measured("seal", await token.write.seal([timelock.address, vaults[0]!, vaults, allocations]));
    assert.equal(await token.read.balanceOf([allocations[63]!.account]), X0T);
  });
});
