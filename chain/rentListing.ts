import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import { X0tError } from "../core/x0tError.ts";
import { approveToken } from "./approveToken.ts";
import type { ContractCall, TxSender } from "./client.ts";
import { permitRentCall } from "./permitRentCall.ts";
import { readListing } from "./readListing.ts";
import type { PermitSigner } from "./signPermit.ts";

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
  if (permit !== undefined) return permitRentCall(sender.client, { token, marketplace, listing, epochs, amountWei, permit });
  await approveToken(sender, { token, spender: marketplace, amountWei }, signal);
  return { address: marketplace, abi: marketplaceAbi, functionName: "rent", args: [listing, epochs] };
}
