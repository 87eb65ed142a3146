import assert from "node:assert/strict";
import { concat, maxUint256, slice, toHex, zeroAddress, zeroHash, type Hex } from "viem";
import { network } from "hardhat";
import { uptimeReceipt, voucher, witnessProof } from "../../../core/eip712.ts";
import { X0T } from "../../../core/parameters.ts";
import { receiptsRoot, sortReceipts, type Receipt } from "../../../core/receiptTree.ts";
import protocolModule from "../../../ignition/modules/Protocol.ts";
import { protocolParameters } from "../../../ignition/protocolParameters.ts";
import { signPermit } from "../support/permit.ts";
import { commitArgs, highS, receiptsFor, slotAnswers } from "../support/proofs.ts";
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
  goTo,
  guardians,
  loadFixture,
  networkFixture,
  nodeIdOf,
  P,
  wallets,
  witnessKey,
  type Protocol,
} from "../support/protocol.ts";
import { anyone } from "./support.ts";

const DEPOSIT = 100n * X0T;
const signer = witnessKey(50);
const payer = alice.account;
const payee = bob.account;
const thief = carol.account;

/** Two channels of the same pair and signer, 100 X0T each. */
async function channelsOpen() {
  const protocol = await deployProtocolFixture();
  const { token, channels } = protocol;
  await token.write.approve([channels.address, maxUint256], { account: payer });
  const ids: Hex[] = [];
  for (const nonce of [0n, 1n]) {
    await channels.write.open([payee.address, signer.address, DEPOSIT], { account: payer });
    ids.push(await channels.read.channelId([payer.address, payee.address, nonce]));
  }
  const voucherFor = async (channel: Hex, cumulative: bigint, at = { chainId, channels: channels.address }) =>
    signer.signTypedData(voucher(at, { channel, cumulative }));
  return { protocol, one: ids[0]!, two: ids[1]!, voucherFor, ...protocol };
}

/** The protocol on a chain of its own, where Alice has opened her first channel to Bob. */
async function onNewChain(id: number) {
  const connection = await network.create({ override: { chainId: id } });
  const owners = guardians.map(({ account }) => account.address);
  const genesis = { allocations, guardianOwners: owners, guardianThreshold: 2 };
  const contracts = await connection.ignition.deploy(protocolModule, { parameters: protocolParameters(P, genesis) });
  const { token, channels } = contracts;
  await token.write.approve([channels.address, DEPOSIT], { account: payer });
  await channels.write.open([payee.address, signer.address, DEPOSIT], { account: payer });
  return { ...contracts, assertions: connection.viem.assertions, close: () => connection.close() };
}

/** Node 0 says it was up in slots 0 and 1 of `epoch`, with `receipts`; both are challenged. @returns the answer to it */
async function challenged(protocol: Protocol, epoch: bigint, receipts: Receipt[]) {
  const { ledger } = protocol;
  await ledger.write.commit([commitArgs(0, epoch, [0, 1], receipts)], { account: wallets[1]!.account });
  await ledger.write.challenge([0, epoch, 0b11n], { account: challenger.account });
  return ledger.write.answer([0, epoch, 0n, slotAnswers(receipts, [0, 1])]);
}

/** The network one epoch on, and true receipts of node 0 for slots 0 and 1 of both epochs. */
async function witnessed() {
  const protocol = await networkFixture();
  const epoch = await epochNow();
  await goTo(epoch + 1n);
  return { protocol, epoch, receipts: await receiptsFor(protocol, 0, epoch, [0, 1]), ...protocol };
}

describe("attacks: signatures", () => {
  it("signature replay across chain: the same addresses on another chain take nothing signed for this one", async () => {
    const [here, there] = [await onNewChain(8_453), await onNewChain(84_532)];
    // One deployer, one nonce: only the chain id tells the two apart.
    assert.equal(there.channels.address, here.channels.address);
    const channel = await here.channels.read.channelId([payer.address, payee.address, 0n]);
    const at = { chainId: 8_453, channels: here.channels.address, registry: here.registry.address };
    const signed = await signer.signTypedData(voucher(at, { channel, cumulative: DEPOSIT }));
    const permit = await signPermit(here, alice, thief.address, X0T, 2n ** 64n, 8_453);
    const approval = [payer.address, thief.address, X0T, permit.deadline, permit.v, permit.r, permit.s] as const;
    const message = { operator: payer.address, nodeId: nodeIdOf(0) };
    const proof = await witnessKey(0).signTypedData(witnessProof(at, message));
    const registration = [nodeIdOf(0), witnessKey(0).address, zeroHash, P.minStake, proof] as const;

    const { revertWithCustomError } = there.assertions;
    await revertWithCustomError(there.channels.write.redeem([channel, DEPOSIT, signed], { account: thief }), there.channels, "RelayChannels_BadVoucher");
    await revertWithCustomError(there.token.write.permit(approval), there.token, "ERC2612InvalidSigner");
    const register = there.registry.write.register(registration, { account: payer });
    await revertWithCustomError(register, there.registry, "NodeRegistry_BadProofOfPossession");
    assert.equal(await there.token.read.balanceOf([there.channels.address]), DEPOSIT);
    assert.equal(await there.token.read.balanceOf([payee.address]), ALLOCATION);
    assert.equal(await there.token.read.balanceOf([thief.address]), ALLOCATION);
    // Each works where it was meant for.
    await here.channels.write.redeem([channel, DEPOSIT, signed], { account: thief });
    await here.token.write.permit(approval);
    await here.token.write.approve([here.registry.address, P.minStake], { account: payer });
    await here.registry.write.register(registration, { account: payer });
    assert.equal(await here.token.read.balanceOf([payee.address]), ALLOCATION + (DEPOSIT * 99n) / 100n);
    for (const chain of [here, there]) await chain.close();
  });

  it("signature replay across contract: a voucher of another deployment's channel pays nothing here", async () => {
    const { token, channels, ledger, one, voucherFor } = await loadFixture(channelsOpen);
    for (const contract of [ledger.address, token.address, zeroAddress]) {
      const foreign = await voucherFor(one, DEPOSIT, { chainId, channels: contract });
      const redeem = channels.write.redeem([one, DEPOSIT, foreign], { account: payee });
      await assertions.revertWithCustomError(redeem, channels, "RelayChannels_BadVoucher");
    }
    assert.equal(await token.read.balanceOf([payee.address]), ALLOCATION);
    assert.equal(await token.read.balanceOf([channels.address]), 2n * DEPOSIT);
  });

  it("signature replay across channel: one voucher pays from one channel, also after it closed and the pair opened anew", async () => {
    const { token, channels, one, two, voucherFor } = await loadFixture(channelsOpen);
    const signed = await voucherFor(one, 30n * X0T);
    await channels.write.redeem([one, 30n * X0T, signed]);
    const replay = (id: Hex) => channels.write.redeem([id, 30n * X0T, signed], { account: payee });
    await assertions.revertWithCustomError(replay(two), channels, "RelayChannels_BadVoucher");
    await channels.write.startClose([one], { account: payee });
    await channels.write.open([payee.address, signer.address, DEPOSIT], { account: payer });
    const third = await channels.read.channelId([payer.address, payee.address, 2n]);
    await assertions.revertWithCustomError(replay(third), channels, "RelayChannels_BadVoucher");
    await assertions.revertWithCustomErrorWithArgs(replay(one), channels, "RelayChannels_Closed", [one]);
    assert.equal(await token.read.balanceOf([payee.address]), ALLOCATION + (30n * X0T * 99n) / 100n);
    assert.equal(await token.read.balanceOf([payer.address]), ALLOCATION - 30n * X0T - 2n * DEPOSIT);
  });

  for (const [attack, change] of [
    ["signature replay across epoch: receipts of another epoch", { epoch: -1n }],
    ["signature replay across slot: receipts of another slot", { slot: 1 }],
    ["signature replay across node: receipts of another node", { node: 1 }],
    ["signature replay across chain: receipts of another chain", { chainId: chainId + 1 }],
    ["signature replay across contract: receipts of another contract", { ledger: zeroAddress }],
  ] as const) {
    it(`${attack} prove no slot, and the liar is slashed`, async () => {
      const { protocol, ledger, token, registry, epoch, receipts } = await loadFixture(witnessed);
      const forged: Receipt[] = [];
      for (const { slot, witness, signature } of receipts) {
        const claim = { chainId, ledger: ledger.address, epoch, slot, node: 0 };
        const other = { ...claim, ...change, epoch: epoch + ("epoch" in change ? change.epoch : 0n) };
        const replayed = await witnessKey(witness).signTypedData(uptimeReceipt(other, other));
        forged.push({ slot, witness, signature: slot === 0 ? replayed : signature });
      }
      const answer = challenged(protocol, epoch, sortReceipts(forged));
      await assertions.revertWithCustomError(answer, ledger, "ProofLedger_BadReceipt");
      await goTo(epoch + 3n);
      await ledger.write.enforce([0, epoch], { account: anyone });
      assert.equal(await ledger.read.uptimeOf([0, epoch]), 0);
      assert.equal((await registry.read.getNode([0])).stake, 900n * X0T);
      assert.equal(await token.read.balanceOf([challenger.account.address]), ALLOCATION + (50n * X0T * 99n) / 100n);
    });
  }

  it("s-malleability: the other s of a signature is no second signature: voucher, permit, proof of possession, receipt", async () => {
    const { protocol, token, channels, registry, one, voucherFor } = await loadFixture(channelsOpen);
    const twin = highS(await voucherFor(one, X0T));
    const redeem = channels.write.redeem([one, X0T, twin], { account: payee });
    await assertions.revertWithCustomErrorWithArgs(redeem, channels, "RelayChannels_BadVoucher", [one, zeroAddress, signer.address]);
    const permit = await signPermit(protocol, alice, thief.address, X0T);
    const twinS = highS(concat([permit.r, permit.s, toHex(permit.v)]));
    const approval = token.write.permit([payer.address, thief.address, X0T, permit.deadline, 55 - permit.v, permit.r, slice(twinS, 32, 64)]);
    await assertions.revertWithCustomError(approval, token, "ECDSAInvalidSignatureS");
    assert.equal(await token.read.allowance([payer.address, thief.address]), 0n);
    const message = { operator: payer.address, nodeId: nodeIdOf(0) };
    const proof = highS(await witnessKey(0).signTypedData(witnessProof({ chainId, registry: registry.address }, message)));
    const args = [nodeIdOf(0), witnessKey(0).address, zeroHash, P.minStake, proof] as const;
    const registration = registry.write.register(args, { account: payer });
    await assertions.revertWithCustomErrorWithArgs(registration, registry, "NodeRegistry_BadProofOfPossession", [
      zeroAddress,
      witnessKey(0).address,
    ]);
    assert.equal(await protocol.token.read.balanceOf([payee.address]), ALLOCATION);
  });

  it("s-malleability: the other s of true receipts proves no slot", async () => {
    const { protocol, ledger, epoch, receipts } = await loadFixture(witnessed);
    const [first] = receipts;
    const twins = receipts.map((receipt) => (receipt.slot === 0 ? { ...receipt, signature: highS(receipt.signature) } : receipt));
    await assertions.revertWithCustomErrorWithArgs(challenged(protocol, epoch, twins), ledger, "ProofLedger_BadReceipt", [
      0,
      first!.witness,
    ]);
    assert.equal(await ledger.read.weightOf([0, epoch]), 0n);
  });

  it("signature replay within a quorum: one witness's true receipt does not count for three", async () => {
    const { protocol, ledger, epoch, receipts } = await loadFixture(witnessed);
    await ledger.write.commit([commitArgs(0, epoch, [0, 1], receipts)], { account: wallets[1]!.account });
    await ledger.write.challenge([0, epoch, 0b1n], { account: challenger.account });
    const [{ receipts: [first, second, third] }] = slotAnswers(receipts, [0]) as [ReturnType<typeof slotAnswers>[number]];
    const answer = (list: (typeof first)[]) => ledger.write.answer([0, epoch, 0n, [{ slot: 0, receipts: list.map((item) => item!) }]]);
    for (const list of [[first, first, first], [first, second, second], [second, first, third]]) {
      await assertions.revertWithCustomError(answer(list), ledger, "ProofLedger_BadReceipt");
    }
    await assertions.revertWithCustomErrorWithArgs(answer([first, second]), ledger, "ProofLedger_NoQuorum", [0, 2n, 3n]);
    assert.equal(await ledger.read.weightOf([0, epoch]), 0n);
    await answer([first, second, third]);
    assert.equal(await protocol.ledger.read.weightOf([0, epoch]), (1_000n * X0T * 2n) / 12n);
  });

  it("zero-address recovery: nobody's signature is the signature of nobody", async () => {
    const { token, channels, registry, ledger, one } = await loadFixture(channelsOpen);
    const garbage: Hex[] = [`0x${"00".repeat(65)}`, `0x${"11".repeat(64)}1b`, `0x${"ff".repeat(65)}`, "0x"];
    const open = channels.write.open([payee.address, zeroAddress, DEPOSIT], { account: payer });
    await assertions.revertWithCustomError(open, channels, "RelayChannels_ZeroAddress");
    for (const signature of garbage) {
      const redeem = channels.write.redeem([one, DEPOSIT, signature], { account: payee });
      await assertions.revertWithCustomError(redeem, channels, "RelayChannels_BadVoucher");
      const register = registry.write.register([nodeIdOf(0), zeroAddress, zeroHash, P.minStake, signature], { account: payer });
      await assertions.revertWithCustomError(register, registry, "NodeRegistry_ZeroAddress");
      const approval = token.write.permit([zeroAddress, thief.address, X0T, maxUint256, 0, zeroHash, zeroHash]);
      await assertions.revertWithCustomError(approval, token, "ECDSAInvalidSignature");
      // A node that does not exist has no witness key, not the zero address.
      await assertions.revertWithCustomErrorWithArgs(registry.read.witnessAt([7, 1n]), registry, "NodeRegistry_UnknownNode", [7]);
      const commit = ledger.write.commit([commitArgs(7, (await epochNow()) - 1n, [])], { account: thief });
      await assertions.revertWithCustomErrorWithArgs(commit, registry, "NodeRegistry_UnknownNode", [7]);
    }
    assert.equal(await token.read.balanceOf([channels.address]), 2n * DEPOSIT);
    assert.equal(await registry.read.nodeCount(), 0);
  });

  it("zero-address recovery: garbage where a witness did not sign proves no slot", async () => {
    const { protocol, ledger, epoch, receipts } = await loadFixture(witnessed);
    const garbage = receipts.map((receipt) =>
      receipt.slot === 0 ? { ...receipt, signature: `0x${"00".repeat(65)}` as const } : receipt,
    );
    await assertions.revertWithCustomError(challenged(protocol, epoch, garbage), ledger, "ProofLedger_BadReceipt");
    assert.notEqual(receiptsRoot(garbage), receiptsRoot(receipts));
    assert.equal(await ledger.read.weightOf([0, epoch]), 0n);
  });

  it("proof of possession replay: a proof seen in the pool registers nobody else, and the key is taken once", async () => {
    const protocol = await loadFixture(deployProtocolFixture);
    const { registry, token } = protocol;
    const message = { operator: payer.address, nodeId: nodeIdOf(0) };
    const proof = await witnessKey(0).signTypedData(witnessProof({ chainId, registry: registry.address }, message));
    const seen = [nodeIdOf(0), witnessKey(0).address, zeroHash, P.minStake, proof] as const;
    for (const account of [payer, thief]) await token.write.approve([registry.address, maxUint256], { account });
    const copied = registry.write.register(seen, { account: thief });
    await assertions.revertWithCustomError(copied, registry, "NodeRegistry_BadProofOfPossession");
    await registry.write.register(seen, { account: payer });
    const again = registry.write.register([nodeIdOf(1), ...seen.slice(1)] as unknown as typeof seen, { account: payer });
    await assertions.revertWithCustomErrorWithArgs(again, registry, "NodeRegistry_WitnessTaken", [witnessKey(0).address]);
    assert.equal(await token.read.balanceOf([thief.address]), ALLOCATION);
    assert.equal((await registry.read.getNode([0])).operator.toLowerCase(), payer.address);
  });

  it("permit front-run: used up by whoever saw it, it does not spoil a lease, and pays the thief nothing", async () => {
    const protocol = await loadFixture(networkFixture);
    const { token, marketplace } = protocol;
    await marketplace.write.list([0, 10n * X0T, 9_000, 24], { account: wallets[1]!.account });
    const { deadline, v, r, s } = await signPermit(protocol, alice, marketplace.address, 20n * X0T);
    const stolen = token.write.permit([payer.address, thief.address, 20n * X0T, deadline, v, r, s]);
    await assertions.revertWithCustomError(stolen, token, "ERC2612InvalidSigner");
    const seen = [payer.address, marketplace.address, 20n * X0T, deadline, v, r, s] as const;
    await token.write.permit(seen, { account: thief });
    // The thief's allowance is the marketplace's: only the owner's own call draws on it.
    const misused = marketplace.write.rent([1n, 2], { account: thief });
    await assertions.revertWithCustomError(misused, token, "ERC20InsufficientAllowance");
    await marketplace.write.rentWithPermit([1n, 2, deadline, v, r, s], { account: payer });
    assert.equal(await token.read.balanceOf([payer.address]), ALLOCATION - 20n * X0T);
    assert.equal((await marketplace.read.leaseOf([1n])).tenant.toLowerCase(), payer.address);
    assert.equal(await token.read.allowance([payer.address, marketplace.address]), 0n);
    const replayed = token.write.permit(seen, { account: thief });
    await assertions.revertWithCustomError(replayed, token, "ERC2612InvalidSigner");
    assert.equal(await token.read.balanceOf([thief.address]), ALLOCATION);
  });
});
