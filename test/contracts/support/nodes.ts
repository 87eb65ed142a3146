import { zeroHash, type Address } from "viem";
import { PRODUCTION, X0T } from "../../../core/parameters.ts";
import { networkHelpers, nodeIdOf, proofOfPossession, wallets, witnessKey, type Protocol } from "./protocol.ts";

export const STAKE = 1_000n * X0T;
export const operator = wallets[1]!;
export const account = operator.account;

/** Arguments of a valid registration of node `index` by `by`. */
export async function registration({ registry }: Protocol, index: number, by = wallets[index + 1]!) {
  const witness = witnessKey(index);
  const nodeId = nodeIdOf(index);
  const proof = await proofOfPossession(registry.address, witness, by.account.address, nodeId);
  return [nodeId, witness.address, zeroHash, STAKE, proof] as const;
}

export async function rotate({ registry }: Protocol, node: number, generation: number) {
  const key = witnessKey(node, generation);
  const by = wallets[node + 1]!.account;
  const proof = await proofOfPossession(registry.address, key, by.address, nodeIdOf(node));
  return registry.write.rotateWitness([node, key.address, proof], { account: by });
}

/** The ledger's account: it alone may slash and unbench. */
export async function asLedger({ ledger }: Protocol) {
  await networkHelpers.impersonateAccount(ledger.address);
  await networkHelpers.setBalance(ledger.address, 10n ** 18n);
  return ledger.address;
}

export function registryParameters(token: Address, seat: Address = token) {
  return {
    token,
    seat,
    epochSeconds: BigInt(PRODUCTION.epochSeconds),
    commitSeconds: BigInt(PRODUCTION.commitSeconds),
    challengeSeconds: BigInt(PRODUCTION.challengeSeconds),
    responseSeconds: BigInt(PRODUCTION.responseSeconds),
    unbondingSeconds: BigInt(PRODUCTION.unbondingSeconds),
    slashBps: PRODUCTION.slashBps,
    minStake: PRODUCTION.minStake,
  };
}
