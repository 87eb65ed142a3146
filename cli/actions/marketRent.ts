import { readBalance } from "../../chain/readBalance.ts";
import { rentListing } from "../../chain/rentListing.ts";
import { X0tError } from "../../core/x0tError.ts";
import { formatX0t } from "../../core/amounts.ts";
import { findListing } from "../market/find.ts";
import { epochsOf, formatPercent, parseId, readNow, waitFor } from "../market/terms.ts";
import { findNetwork, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender, readAccount } from "../sender.ts";
import { TENANT_KEY } from "../market/keys.ts";

interface RentFlags extends NetworkFlags {
  epochs: number;
  keyFile?: string;
  json?: boolean;
}

/** `x0t market rent`: one signature and one transaction lock the price of all epochs. @throws X0T_NOT_FUNDED */
export async function marketRent(text: string, flags: RentFlags): Promise<void> {
  const listing = parseId(text, "listing");
  const { epochs } = flags;
  const network = await findNetwork(flags);
  const { pricePerEpoch, node, minUptimeBps } = await findListing(network, listing);
  const { Marketplace: marketplace, X0TToken: token } = network.contracts.contracts;
  const owner = await readAccount(network, flags.keyFile, TENANT_KEY);
  const amountWei = pricePerEpoch * BigInt(epochs);
  const { x0tWei } = await readBalance(network.client, { token, account: owner.address });
  if (x0tWei < amountWei) {
    throw new X0tError(
      "X0T_NOT_FUNDED",
      `${epochsOf(epochs)} of listing ${listing} cost ${formatX0t(amountWei)} X0T, but ${owner.address} has ${formatX0t(x0tWei)}. Send it some, or rent fewer epochs.`,
      { data: { account: owner.address, amountWei, x0tWei } },
    );
  }
  const sender = await openSender(network, flags.keyFile, TENANT_KEY);
  const permit = { chainId: network.contracts.chainId, owner };
  const { lease, first, end, receipt } = await rentListing(sender, { token, marketplace, listing, epochs, permit });
  if (flags.json === true) {
    const { transactionHash } = receipt;
    printJson({ lease: Number(lease), listing: Number(listing), node, tenant: owner.address, first, end, epochs, pricePerEpochWei: pricePerEpoch, amountWei, transactionHash });
    return;
  }
  const now = await readNow(network);
  console.log(
    `Lease ${lease}: node ${node} is yours for ${epochsOf(epochs)}, ${first} to ${end - 1}, beginning in ${waitFor(network, now, first)}.
${formatX0t(amountWei)} X0T are in escrow (${epochs} × ${formatX0t(pricePerEpoch)}). Epochs below ${formatPercent(minUptimeBps)} uptime come back to you by themselves.
Follow it with: ./x0t market leases ${lease}`,
  );
}
