import { isAddressEqual, type Abi, type Address } from "viem";
import { epochRewardsAbi } from "./abi/EpochRewards.ts";
import { guardianSeatAbi } from "./abi/GuardianSeat.ts";
import { marketplaceAbi } from "./abi/Marketplace.ts";
import { nodeRegistryAbi } from "./abi/NodeRegistry.ts";
import { proofLedgerAbi } from "./abi/ProofLedger.ts";
import { relayChannelsAbi } from "./abi/RelayChannels.ts";
import { x0tGovernorAbi } from "./abi/X0TGovernor.ts";
import { x0tTimelockAbi } from "./abi/X0TTimelock.ts";
import { x0tTokenAbi } from "./abi/X0TToken.ts";
import type { AddressBook } from "./addressBook.ts";
import { X0tError } from "./x0tError.ts";

export interface KnownContract {
  name: string;
  address: Address;
  abi: Abi;
}

const ABIS = {
  X0TToken: x0tTokenAbi,
  NodeRegistry: nodeRegistryAbi,
  ProofLedger: proofLedgerAbi,
  EpochRewards: epochRewardsAbi,
  RelayChannels: relayChannelsAbi,
  Marketplace: marketplaceAbi,
  GuardianSeat: guardianSeatAbi,
  X0TGovernor: x0tGovernorAbi,
  X0TTimelock: x0tTimelockAbi,
} as const satisfies Record<string, Abi>;

function knownContracts(book: AddressBook): KnownContract[] {
  return Object.entries(ABIS).map(([name, abi]) => ({ name, address: book.contracts[name as keyof typeof ABIS], abi }));
}

/** The contract of that name, however it is capitalised. @throws X0T_USAGE */
export function contractNamed(book: AddressBook, name: string): KnownContract {
  const known = knownContracts(book);
  const found = known.find((contract) => contract.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) {
    throw new X0tError("X0T_USAGE", `There is no contract "${name}". These can be called: ${known.map((contract) => contract.name).join(", ")}.`);
  }
  return found;
}

export function contractAt(book: AddressBook, address: Address): KnownContract | undefined {
  return knownContracts(book).find((contract) => isAddressEqual(contract.address, address));
}

/** The name that the address book has for an address: "X0TTimelock"; undefined for a stranger's. */
export function nameOf(book: AddressBook, address: Address): string | undefined {
  return Object.entries(book.contracts).find(([, known]) => isAddressEqual(known, address))?.[0];
}
