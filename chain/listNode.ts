import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import type { NodeIndex } from "../core/ids.ts";
import { X0tError } from "../core/x0tError.ts";
import type { TxSender } from "./client.ts";

/** What an operator asks for a node; it never changes (MKT-1). */
export interface ListingTerms {
  node: NodeIndex;
  /** Wei. */
  pricePerEpoch: bigint;
  /** Share of an epoch's slots that must be proved up, in 1/10,000. */
  minUptimeBps: number;
  /** Longest lease. */
  maxEpochs: number;
}

/** Offers a node of the sender (MKT-1). @returns the listing's number. @throws X0T_REVERTED */
export async function listNode(
  sender: TxSender,
  parameters: ListingTerms & { marketplace: Address },
  signal?: AbortSignal,
): Promise<{ listing: bigint; receipt: TransactionReceipt }> {
  const { marketplace, node, pricePerEpoch, minUptimeBps, maxEpochs } = parameters;
  const receipt = await sender.send(
    {
      address: marketplace,
      abi: marketplaceAbi,
      functionName: "list",
      args: [node, pricePerEpoch, minUptimeBps, maxEpochs],
    },
    signal,
  );
  const [event] = parseEventLogs({ abi: marketplaceAbi, eventName: "Listed", logs: receipt.logs });
  if (event === undefined) {
    throw new X0tError("X0T_BAD_CONTRACT", `${marketplace} listed nothing: it is not the Marketplace of this release.`);
  }
  return { listing: event.args.listing, receipt };
}
