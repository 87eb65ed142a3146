import { maxUint256, type Address } from "viem";
import { call } from "../support/proposals.ts";
import { nodeIdOf, proofOfPossession, publicClient, viem, wallets, witnessKey, type Protocol } from "../support/protocol.ts";

/** Who sends what the attack itself is not about. */
export const anyone = wallets[19]!.account;

export async function hostileAccount() {
  return viem.deployContract("HostileAccount");
}

export type Hostile = Awaited<ReturnType<typeof hostileAccount>>;

/** X0T that arrives whole: the sender pays the burn on top. */
export async function give({ token }: Protocol, from: (typeof wallets)[number], to: Address, net: bigint): Promise<void> {
  await token.write.transfer([to, net + net / 99n], { account: from.account });
}

/** What a registration of node key `key` by `operator` takes. */
export async function registrationBy({ registry }: Pick<Protocol, "registry">, operator: Address, key: number, stake: bigint) {
  const witness = witnessKey(key);
  const nodeId = nodeIdOf(key);
  const proof = await proofOfPossession(registry.address, witness, operator, nodeId);
  return [nodeId, witness.address, nodeId, stake, proof] as const;
}

/** `account`, a contract that holds X0T, operates a node from now on. @returns its index */
export async function registerHostile(protocol: Protocol, account: Hostile, key: number, stake: bigint): Promise<number> {
  const { token, registry } = protocol;
  const node = await registry.read.nodeCount();
  await account.write.run([
    [
      call(token, "approve", [registry.address, maxUint256]),
      call(registry, "register", await registrationBy(protocol, account.address, key, stake)),
    ],
  ]);
  return node;
}

/** ETH by self-destruction of a constructor: nobody can refuse it. */
export async function forceEther(target: Address, value: bigint): Promise<void> {
  await wallets[19]!.sendTransaction({ data: `0x73${target.slice(2)}ff`, value });
}

export async function ether(address: Address): Promise<bigint> {
  return publicClient.getBalance({ address });
}
