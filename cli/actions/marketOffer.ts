import { listNode } from "../../chain/listNode.ts";
import { readListings } from "../../chain/readListings.ts";
import { formatX0t, parseX0t } from "../../core/amounts.ts";
import { epochsOf, formatPercent, parsePercent } from "../market/terms.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";
import type { OperatorFlags } from "./stake.ts";

interface OfferFlags extends OperatorFlags {
  price: string;
  uptime: string;
  maxEpochs: number;
}

/** `x0t market offer`: lists a node; an open listing of the same terms is not made twice. */
export async function marketOffer(flags: OfferFlags): Promise<void> {
  const { node, maxEpochs } = flags;
  const terms = { node, pricePerEpoch: parseX0t(flags.price), minUptimeBps: parsePercent(flags.uptime), maxEpochs };
  const network = await findNetwork(flags);
  const { Marketplace: marketplace } = network.contracts.contracts;
  const sender = await openSender(network, flags.keyFile, `operator-${node}`);
  const known = (await readListings(network.client, { marketplace })).find(
    (listing) =>
      listing.open &&
      listing.node === node &&
      listing.provider === sender.account &&
      listing.pricePerEpoch === terms.pricePerEpoch &&
      listing.minUptimeBps === terms.minUptimeBps &&
      listing.maxEpochs === maxEpochs,
  );
  const made = known === undefined ? await listNode(sender, { marketplace, ...terms }) : undefined;
  const listing = Number(made?.listing ?? known?.listing);
  const { pricePerEpoch, minUptimeBps } = terms;
  if (flags.json === true) {
    printJson({ listing, node, pricePerEpochWei: pricePerEpoch, minUptimeBps, maxEpochs, transactionHash: made?.receipt.transactionHash ?? null });
  } else {
    console.log(
      `Listing ${listing} offers node ${node}${made === undefined ? " on these terms already" : ""}: ${formatX0t(pricePerEpoch)} X0T an epoch of ` +
        `${network.parameters.epochSeconds} s, ${formatPercent(minUptimeBps)} uptime, up to ${epochsOf(maxEpochs)}.
An epoch below that uptime costs the tenant nothing; the third in a row ends the lease. Of what you are paid 1 % burns.
Take it back with: ./x0t market withdraw-offer ${listing}`,
    );
  }
}
