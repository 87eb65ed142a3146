import { maxUint256, zeroHash, type Address } from "viem";
import { devnetParameters } from "../../../core/parameters.ts";
import { networkHelpers, nodeIdOf, proofOfPossession, viem, wallets, witnessKey } from "../support/protocol.ts";
import { registryParameters } from "../support/nodes.ts";

export const operatorOf = (node: number) => wallets[node + 1]!.account;

/** Registry and ledger on a token of any supply: amounts of 1 wei and of 2^96 − 1 alike. */
export async function deployWorld({ slots = 12, slashBps = 1_000 }: { slots?: number; slashBps?: number } = {}) {
  const epochSeconds = slots === 128 ? 1_280 : 600;
  const P = { ...devnetParameters(600), epochSeconds, commitSeconds: epochSeconds, challengeSeconds: epochSeconds, responseSeconds: epochSeconds };
  const windows = { epochSeconds: BigInt(epochSeconds), commitSeconds: BigInt(epochSeconds), challengeSeconds: BigInt(epochSeconds), responseSeconds: BigInt(epochSeconds) };
  const token = await viem.deployContract("RecordingToken");
  const seat = await viem.deployContract("GuardianSeat", [token.address, token.address, 1n, 2n]);
  const registry = await viem.deployContract("NodeRegistry", [
    { ...registryParameters(token.address, seat.address), ...windows, unbondingSeconds: 5n * windows.epochSeconds, minStake: 1n, slashBps },
  ]);
  const ledger = await viem.deployContract("ProofLedger", [
    { ...windows, token: token.address, registry: registry.address, slotsPerEpoch: slots, minWitnesses: 2, challengeBond: P.challengeBond },
  ]);
  await registry.write.setLedger([ledger.address]);
  return { token, seat, registry, ledger, epochSeconds: windows.epochSeconds, slots };
}

export type World = Awaited<ReturnType<typeof deployWorld>>;

export async function register({ registry }: World, node: number, stake: bigint): Promise<void> {
  const [witness, account, nodeId] = [witnessKey(node), operatorOf(node), nodeIdOf(node)];
  const proof = await proofOfPossession(registry.address, witness, account.address, nodeId);
  await registry.write.register([nodeId, witness.address, zeroHash, stake, proof], { account });
}

export async function impersonate(address: Address): Promise<Address> {
  await networkHelpers.impersonateAccount(address);
  await networkHelpers.setBalance(address, maxUint256 / 2n);
  return address;
}
