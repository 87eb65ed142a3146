import { network } from "hardhat";
import { maxUint256, padHex, sha256, toHex, type Address, type Hex } from "viem";
import { privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import { witnessProof } from "../../../core/eip712.ts";
import { devnetParameters, X0T, type ProtocolParameters } from "../../../core/parameters.ts";
import protocolModule from "../../../ignition/modules/Protocol.ts";
import { protocolParameters } from "../../../ignition/protocolParameters.ts";

/** One in-process chain for all contract tests; every test starts from a snapshot. */
export const { viem, networkHelpers, ignition, provider } = await network.create();
export const { time, loadFixture } = networkHelpers;
export const assertions = viem.assertions;
export const wallets = await viem.getWalletClients();
export const publicClient = await viem.getPublicClient();
export const chainId = await publicClient.getChainId();

/** Ten minutes an epoch: room for many transactions, one second each. */
export const P = devnetParameters(600);
export const EPOCH = BigInt(P.epochSeconds);
export const SLOTS = P.slotsPerEpoch;

/** 0 deploys; 1 to 12 operate; 13 to 16 are ordinary; 17 challenges; 18 has nothing; 19 stands by. 13 to 15 own the guardian too. */
export const deployer = wallets[0]!;
export const [alice, bob, carol] = [wallets[13]!, wallets[14]!, wallets[15]!];
export const challenger = wallets[17]!;
export const poor = wallets[18]!;
export const guardians = wallets.slice(13, 16);

export const ALLOCATION = 10_000n * X0T;
export const allocations = wallets
  .slice(1, 18)
  .map(({ account }) => ({ account: account.address as Address, amount: ALLOCATION }));

export async function deployProtocolFixture() {
  return deployProtocol(P);
}

/** With the parameters of another network. */
export async function deployProtocol(parameters: ProtocolParameters) {
  return ignition.deploy(protocolModule, {
    parameters: protocolParameters(parameters, {
      allocations,
      guardianOwners: guardians.map(({ account }) => account.address),
      guardianThreshold: 2,
    }),
  });
}

export type Protocol = Awaited<ReturnType<typeof deployProtocolFixture>>;

/** The witness key of node i; `generation` counts rotations. */
export function witnessKey(index: number, generation = 0): PrivateKeyAccount {
  return privateKeyToAccount(padHex(toHex(0x10_0000 + generation * 0x1000 + index), { size: 32 }));
}

export function nodeIdOf(index: number): Hex {
  return sha256(toHex(`node ${index}`));
}

export async function proofOfPossession(registry: Address, witness: PrivateKeyAccount, operator: Address, nodeId: Hex) {
  return witness.signTypedData(witnessProof({ chainId, registry }, { operator, nodeId }));
}

/** Registers node `index` by wallet index + 1. */
export async function registerNode(protocol: Protocol, index: number, stake = 1_000n * X0T): Promise<void> {
  const operator = wallets[index + 1]!;
  const witness = witnessKey(index);
  const nodeId = nodeIdOf(index);
  const account = operator.account;
  await protocol.token.write.approve([protocol.registry.address, maxUint256], { account });
  const proof = await proofOfPossession(protocol.registry.address, witness, account.address, nodeId);
  await protocol.registry.write.register([nodeId, witness.address, sha256(nodeId), stake, proof], { account });
}

/** Six nodes with 1,000 X0T each, and a challenger whose bond may be pulled; epoch start + 2. */
export async function networkFixture() {
  const protocol = await deployProtocolFixture();
  await goTo(await nextEpoch());
  for (let index = 0; index < 6; index++) await registerNode(protocol, index);
  await protocol.token.write.approve([protocol.ledger.address, maxUint256], { account: challenger.account });
  await goTo((await epochNow()) + 2n);
  await protocol.ledger.write.poke();
  return protocol;
}

export async function epochNow(): Promise<bigint> {
  return BigInt(await time.latest()) / EPOCH;
}

export async function nextEpoch(): Promise<bigint> {
  return (await epochNow()) + 1n;
}

/** Mines a block `offset` seconds into `epoch`. */
export async function goTo(epoch: bigint, offset = 0): Promise<void> {
  await time.increaseTo(epoch * EPOCH + BigInt(offset));
}

/** The next transaction is mined at this time. */
export async function at(timestamp: bigint): Promise<void> {
  await time.setNextBlockTimestamp(timestamp);
}

/** Sends through the timelock as the Governor would, and waits the delay out. */
export async function byTimelock(protocol: Protocol, target: Address, data: Hex): Promise<Hex> {
  const zero = padHex("0x", { size: 32 });
  const salt = padHex(toHex(BigInt(await time.latest())), { size: 32 });
  const delay = BigInt(P.timelockSeconds);
  const governor = protocol.governor.address;
  await networkHelpers.impersonateAccount(governor);
  await networkHelpers.setBalance(governor, 10n ** 18n);
  await protocol.timelock.write.schedule([target, 0n, data, zero, salt, delay], { account: governor });
  await time.increase(delay);
  return protocol.timelock.write.execute([target, 0n, data, zero, salt]);
}

export async function gasOf(hash: Hex): Promise<bigint> {
  return (await publicClient.getTransactionReceipt({ hash })).gasUsed;
}

/** A dead-simple deterministic generator (mulberry32) for fuzz tests that print their seed. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
