import { maxUint256, type Account, type Hex } from "viem";
import { MAX_COMMIT_BATCH, PRODUCTION, X0T } from "../../../core/parameters.ts";
import protocolModule from "../../../ignition/modules/Protocol.ts";
import { protocolParameters } from "../../../ignition/protocolParameters.ts";
import { alice, challenger, ignition, nodeIdOf, proofOfPossession, time, viem, wallets, witnessKey, type Protocol } from "./protocol.ts";

const ALL_SLOTS = (1n << BigInt(PRODUCTION.slotsPerEpoch)) - 1n;
const STAKE = 100_000n * X0T;
/** Nodes 0 and 1 are of wallet 1, node n is of wallet n. */
export const operatorOf = (node: number): Account => wallets[Math.max(node, 1)]!.account;
const FIRST_NODES = 7;
/** The bonus looks back 168 epochs from where they are final, the vote seven days: so many commits make both what they stay. */
const WARM_EPOCHS = 192;
/** Epochs whose commits are open at once: COMMIT is four of them. */
export const OPEN_EPOCHS = MAX_COMMIT_BATCH / 2;
const FILLER_STAKE = PRODUCTION.minStake;
const FILL_BATCH = 32;

/** Seven nodes with production parameters, two of which committed for eight days, and who pays, rents and challenges. */
export async function gasNetwork(): Promise<Protocol> {
  // At a fixed time: calldata, and so the figures, are the same in every run.
  await time.increaseTo(4_000_000_000n);
  const rich = [...wallets.slice(1, 12), alice, wallets[16]!, challenger].map(({ account }) => account.address);
  const protocol = await ignition.deploy(protocolModule, {
    parameters: protocolParameters(PRODUCTION, {
      allocations: [...rich, wallets[14]!.account.address].map((account) => ({ account, amount: 4_000_000n * X0T })),
      guardianOwners: wallets.slice(13, 16).map(({ account }) => account.address),
      guardianThreshold: 2,
    }),
  });
  const { token, ledger, channels, marketplace } = protocol;
  for (let node = 0; node < FIRST_NODES; node++) await register(protocol, operatorOf(node));
  await token.write.approve([ledger.address, maxUint256], { account: challenger.account });
  await token.write.approve([channels.address, maxUint256], { account: alice.account });
  await token.write.approve([marketplace.address, maxUint256], { account: alice.account });
  await goTo((await epochNow()) + 1);
  await marketplace.write.list([0, 10n * X0T, 9_000, 1_000], { account: operatorOf(0) });
  await goTo((await epochNow()) + 1);
  for (let done = 0; done < WARM_EPOCHS; done += OPEN_EPOCHS) await commitOpen(protocol, await epochNow());
  return protocol;
}

/** The next node. */
export async function register({ token, registry }: Protocol, operator: Account): Promise<Hex> {
  await token.write.approve([registry.address, maxUint256], { account: operator });
  const node = await registry.read.nodeCount();
  const key = witnessKey(node);
  const proof = await proofOfPossession(registry.address, key, operator.address, nodeIdOf(node));
  return registry.write.register([nodeIdOf(node), key.address, nodeIdOf(node), STAKE, proof], { account: operator });
}

/** Waits for four epochs from `first` on to end; then nodes 0 and 1 commit them in one batch, after a `neighbour` if there is one. */
export async function commitOpen({ ledger }: Protocol, first: number, neighbour?: number): Promise<{ batch: Hex; neighbours?: Hex }> {
  await goTo(first + OPEN_EPOCHS);
  await ledger.write.poke();
  const commits = (nodes: number[]) => nodes.flatMap((node) => Array.from({ length: OPEN_EPOCHS }, (_, i) => commitOf(node, first + i)));
  const neighbours = neighbour === undefined ? undefined : await ledger.write.commitBatch([commits([neighbour])], { account: operatorOf(neighbour) });
  const batch = await ledger.write.commitBatch([commits([0, 1])], { account: operatorOf(0) });
  return { batch, ...(neighbours !== undefined && { neighbours }) };
}

export function commitOf(node: number, epoch: number, receiptsRoot: Hex = nodeIdOf(epoch)) {
  return { node, epoch: BigInt(epoch), bitmap: ALL_SLOTS, receiptsRoot, relayedBytes: 123_456_789n, cid: nodeIdOf(epoch + 1) };
}

export async function epochNow(): Promise<number> {
  return Math.floor((await time.latest()) / PRODUCTION.epochSeconds);
}

export async function goTo(epoch: number): Promise<void> {
  await time.increaseTo(BigInt(epoch * PRODUCTION.epochSeconds));
}

/** Registers nodes through the registry itself until there are `size`. */
export async function growTo(protocol: Protocol, size: number): Promise<void> {
  const { token, registry } = protocol;
  const operator = await viem.deployContract("OperatorHarness", [registry.address, token.address]);
  const count = size - (await registry.read.nodeCount());
  await token.write.transfer([operator.address, BigInt(count) * FILLER_STAKE * 2n], { account: wallets[16]!.account });
  for (let next = size - count; next < size; next += FILL_BATCH) {
    const nodes = Array.from({ length: Math.min(FILL_BATCH, size - next) }, (_, i) => next + i);
    const keys = nodes.map((node) => witnessKey(node));
    const proofs = await Promise.all(nodes.map((node, i) => proofOfPossession(registry.address, keys[i]!, operator.address, nodeIdOf(node))));
    await operator.write.registerAll([nodes.map(nodeIdOf), keys.map(({ address }) => address), proofs, FILLER_STAKE], { gas: 16_000_000n });
  }
}
