import type { Address } from "viem";
import { readContract } from "viem/actions";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import { x0tTokenAbi } from "../core/abi/X0TToken.ts";
import type { ContractCall, Reader } from "./client.ts";
import { signPermit, type PermitSigner } from "./signPermit.ts";

export interface PermitRentParameters {
  token: Address;
  marketplace: Address;
  listing: bigint;
  epochs: number;
  /** Price × epochs, wei. */
  amountWei: bigint;
  permit: { chainId: number; owner: PermitSigner };
}

/** The one call that rents (MKT-2): the owner signs for exactly the amount, unless the Marketplace may take as much already. */
export async function permitRentCall(client: Reader, parameters: PermitRentParameters): Promise<ContractCall> {
  const { token, marketplace, listing, epochs, amountWei, permit } = parameters;
  const to = { address: marketplace, abi: marketplaceAbi };
  const args = [permit.owner.address, marketplace] as const;
  const allowance = await readContract(client, { address: token, abi: x0tTokenAbi, functionName: "allowance", args });
  if (allowance >= amountWei) return { ...to, functionName: "rent", args: [listing, epochs] };
  const signed = await signPermit(client, permit.owner, { chainId: permit.chainId, token, spender: marketplace, amountWei });
  const { deadline, v, r, s } = signed;
  return { ...to, functionName: "rentWithPermit", args: [listing, epochs, deadline, v, r, s] };
}
