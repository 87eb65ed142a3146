import { delistListing } from "../../chain/delistListing.ts";
import { findListing } from "../market/find.ts";
import { parseId } from "../market/terms.ts";
import { findNetwork, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";

/** `x0t market withdraw-offer`: delists; leases of the listing go on. */
export async function marketWithdrawOffer(text: string, flags: NetworkFlags & { keyFile?: string; json?: boolean }): Promise<void> {
  const listing = parseId(text, "listing");
  const network = await findNetwork(flags);
  const { open, node } = await findListing(network, listing);
  let transactionHash: string | null = null;
  if (open) {
    const sender = await openSender(network, flags.keyFile, `operator-${node}`);
    const { Marketplace: marketplace } = network.contracts.contracts;
    ({ transactionHash } = await delistListing(sender, { marketplace, listing }));
  }
  if (flags.json === true) printJson({ listing: Number(listing), node, open: false, transactionHash });
  else console.log(`Listing ${listing} of node ${node} is ${open ? "" : "already "}taken back. Leases that came of it go on.`);
}
