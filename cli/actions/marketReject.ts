import { readContract } from "viem/actions";
import { rejectEpoch } from "../../chain/rejectEpoch.ts";
import { marketplaceAbi } from "../../core/abi/Marketplace.ts";
import { formatX0t } from "../../core/amounts.ts";
import type { EndFlags } from "../market/endLease.ts";
import { findLease } from "../market/find.ts";
import { TENANT_KEY } from "../market/keys.ts";
import { parseId } from "../market/terms.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";

/** `x0t market reject`: the tenant says that an epoch did not serve it. Repeating it changes nothing. */
export async function marketReject(text: string, flags: EndFlags & { epoch: number }): Promise<void> {
  const lease = parseId(text, "lease");
  const { epoch } = flags;
  const network = await findNetwork(flags);
  const { pricePerEpoch } = await findLease(network, lease);
  const { Marketplace: marketplace } = network.contracts.contracts;
  const at = { address: marketplace, abi: marketplaceAbi, functionName: "isRejected", args: [lease, epoch] } as const;
  if (await readContract(network.client, at)) {
    if (flags.json === true) printJson({ lease: Number(lease), epoch, refundedWei: 0n, transactionHash: null });
    else console.log(`Epoch ${epoch} of lease ${lease} was rejected before.`);
    return;
  }
  const sender = await openSender(network, flags.keyFile, TENANT_KEY);
  const { refundedWei, receipt } = await rejectEpoch(sender, { marketplace, lease, epoch });
  if (flags.json === true) printJson({ lease: Number(lease), epoch, refundedWei, transactionHash: receipt.transactionHash });
  else {
    const end = refundedWei === 0n ? "anyway" : `now; ${formatX0t(refundedWei)} X0T of later ones went back to you`;
    console.log(
      `Epoch ${epoch} of lease ${lease} is rejected: if the node was up, its ${formatX0t(pricePerEpoch)} X0T burn; if not, they come back to you as ever.
The lease ends with the current epoch ${end}.`,
    );
  }
}
