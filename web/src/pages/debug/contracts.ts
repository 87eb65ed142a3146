import type { Abi, AbiFunction } from "viem";
import { epochRewardsAbi } from "../../../../core/abi/EpochRewards.ts";
import { guardianSeatAbi } from "../../../../core/abi/GuardianSeat.ts";
import { marketplaceAbi } from "../../../../core/abi/Marketplace.ts";
import { nodeRegistryAbi } from "../../../../core/abi/NodeRegistry.ts";
import { proofLedgerAbi } from "../../../../core/abi/ProofLedger.ts";
import { relayChannelsAbi } from "../../../../core/abi/RelayChannels.ts";
import { x0tGovernorAbi } from "../../../../core/abi/X0TGovernor.ts";
import { x0tTimelockAbi } from "../../../../core/abi/X0TTimelock.ts";
import { x0tTokenAbi } from "../../../../core/abi/X0TToken.ts";

/** All contracts by their names in the address book: this page alone loads them all. */
export const CONTRACTS = {
  X0TToken: x0tTokenAbi,
  NodeRegistry: nodeRegistryAbi,
  ProofLedger: proofLedgerAbi,
  EpochRewards: epochRewardsAbi,
  RelayChannels: relayChannelsAbi,
  Marketplace: marketplaceAbi,
  X0TGovernor: x0tGovernorAbi,
  X0TTimelock: x0tTimelockAbi,
  GuardianSeat: guardianSeatAbi,
} as const satisfies Record<string, Abi>;
export type ContractName = keyof typeof CONTRACTS;

export const ALL_EVENTS: Abi = Object.values(CONTRACTS)
  .flatMap((abi): Abi[number][] => [...abi])
  .filter(({ type }) => type === "event");

export function isContractName(name: string | undefined): name is ContractName {
  return name !== undefined && Object.hasOwn(CONTRACTS, name);
}

export function isView({ stateMutability }: AbiFunction): boolean {
  return stateMutability === "view" || stateMutability === "pure";
}

/** Functions of a contract, by name; overloaded ones stand by themselves. */
export function functionsOf(name: ContractName): AbiFunction[] {
  return (CONTRACTS[name] as Abi).filter((item): item is AbiFunction => item.type === "function").sort((a, b) => a.name.localeCompare(b.name));
}

/** "claim(uint32,uint64[])". */
export function signatureOf({ name, inputs }: AbiFunction): string {
  return `${name}(${inputs.map(({ type }) => type).join(",")})`;
}
