import type { cancelLease } from "../../chain/cancelLease.ts";
import type { Lease } from "../../chain/readLease.ts";
import { formatX0t } from "../../core/amounts.ts";
import { findNetwork, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";
import { findLease } from "./find.ts";
import { parseId, readNow } from "./terms.ts";

export interface EndFlags extends NetworkFlags {
  keyFile?: string;
  json?: boolean;
}

/** How one of the two sides ends a lease (MKT-4). */
export interface EndRule {
  end: typeof cancelLease;
  devnetKey: (lease: Lease) => string;
  /** Last epoch that is still served, counted from the current one. */
  lastOffset: number;
  /** To whom the rest goes back, as the person at the keyboard sees it. */
  to: string;
}

/** Ends a lease, or says that it ends no later anyway: repeating it changes nothing. */
export async function endLease(text: string, flags: EndFlags, rule: EndRule): Promise<void> {
  const lease = parseId(text, "lease");
  const network = await findNetwork(flags);
  const known = await findLease(network, lease);
  const { Marketplace: marketplace } = network.contracts.contracts;
  const now = await readNow(network);
  if (known.end <= now.epoch + rule.lastOffset + 1) {
    if (flags.json === true) printJson({ lease: Number(lease), end: known.end, refundedWei: 0n, transactionHash: null });
    else console.log(`Lease ${lease} ends with epoch ${known.end - 1} anyway${known.end <= now.epoch ? ", which is over" : ""}: there is nothing to give back.`);
    return;
  }
  const sender = await openSender(network, flags.keyFile, rule.devnetKey(known));
  const { refundedWei, end, receipt } = await rule.end(sender, { marketplace, lease });
  if (flags.json === true) printJson({ lease: Number(lease), end, refundedWei, transactionHash: receipt.transactionHash });
  else console.log(`Lease ${lease} of node ${known.node} ends with epoch ${end - 1}. ${formatX0t(refundedWei)} X0T went back to ${rule.to}; what it served until then is settled as agreed.`);
}
