import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { readContract } from "viem/actions";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import { x0tTokenAbi } from "../core/abi/X0TToken.ts";
import { X0tError } from "../core/x0tError.ts";
import { approveToken } from "./approveToken.ts";
import type { ContractCall, TxSender } from "./client.ts";
import { readListing } from "./readListing.ts";
import { signPermit, type PermitSigner } from "./signPermit.ts";

export interface RentListingParameters {
  token: Address;
  marketplace: Address;
  listing: bigint;
  epochs: number;
  /** The sender's account, if it can sign: then a permit takes the place of an approving transaction. */
  permit?: { chainId: number; owner: PermitSigner };
}

/** A new lease of [first, end). */
export interface NewLease {
  lease: bigint;
  first: number;
  end: number;
  /** Locked, wei. */
  amountWei: bigint;
  receipt: TransactionReceipt;
}

/** Leases a listed node from the next epoch on and locks price × epochs (MKT-2); approves if needed. @throws X0T_REVERTED */
export async function rentListing(
  sender: TxSender,
  parameters: RentListingParameters,
  signal?: AbortSignal,
): Promise<NewLease> {
  const { marketplace, listing, epochs } = parameters;
  const { pricePerEpoch } = await readListing(sender.client, { marketplace, listing });
  const amountWei = pricePerEpoch * BigInt(epochs);
  const receipt = await sender.send(await rentCall(sender, parameters, amountWei, signal), signal);
  const [event] = parseEventLogs({ abi: marketplaceAbi, eventName: "Rented", logs: receipt.logs });
  if (event === undefined) {
    throw new X0tError("X0T_BAD_CONTRACT", `${marketplace} leased nothing: it is not the Marketplace of this release.`);
  }
  const { lease, first, end } = event.args;
  return { lease, first, end, amountWei, receipt };
}

async function rentCall(
  sender: TxSender,
  parameters: RentListingParameters,
  amountWei: bigint,
  signal: AbortSignal | undefined,
): Promise<ContractCall> {
  const { token, marketplace, listing, epochs, permit } = parameters;
  const to = { address: marketplace, abi: marketplaceAbi };
  const plain = { ...to, functionName: "rent", args: [listing, epochs] };
  if (permit === undefined) {
    await approveToken(sender, { token, spender: marketplace, amountWei }, signal);
    return plain;
  }
  const args = [sender.account, marketplace] as const;
  const allowance = await readContract(sender.client, { address: token, abi: x0tTokenAbi, functionName: "allowance", args });
  if (allowance >= amountWei) return plain;
  const signed = await signPermit(sender.client, permit.owner, { chainId: permit.chainId, token, spender: marketplace, amountWei });
  const { deadline, v, r, s } = signed;
  return { ...to, functionName: "rentWithPermit", args: [listing, epochs, deadline, v, r, s] };
}
