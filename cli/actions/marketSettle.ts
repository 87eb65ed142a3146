import { readLeases } from "../../chain/readLeases.ts";
import { readSettleable } from "../../chain/readSettleable.ts";
import { settleLeases, type CutLease, type SettledEpoch } from "../../chain/settleLeases.ts";
import { OUTCOMES, settleBatches } from "../../core/leases.ts";
import { formatX0t } from "../../core/amounts.ts";
import type { EndFlags } from "../market/endLease.ts";
import { findLease } from "../market/find.ts";
import { TENANT_KEY } from "../market/keys.ts";
import { epochsOf, parseId } from "../market/terms.ts";
import { findNetwork, type Network } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";

/** `x0t market settle`: settles what is due of these leases, or of all. */
export async function marketSettle(texts: readonly string[], flags: EndFlags): Promise<void> {
  const asked = texts.map((text) => parseId(text, "lease"));
  const network = await findNetwork(flags);
  const { Marketplace: marketplace } = network.contracts.contracts;
  const known = asked.length === 0 ? await readLeases(network.client, { marketplace }) : await Promise.all(asked.map((lease) => findLease(network, lease)));
  const open = known.filter(({ next, end }) => next < end).map(({ lease }) => lease);
  const due = await readSettleable(network.client, { marketplace, leases: open });
  const { settled, cut, transactionHashes } = await settleAll(network, flags, due);
  const prices = new Map(known.map(({ lease, pricePerEpoch }) => [lease, pricePerEpoch]));
  const sums = OUTCOMES.map((outcome) => {
    const such = settled.filter((epoch) => epoch.outcome === outcome);
    return { outcome, epochs: such.length, wei: such.reduce((sum, { lease }) => sum + (prices.get(lease) ?? 0n), 0n) };
  });
  if (flags.json === true) {
    const wei = Object.fromEntries(sums.map(({ outcome, wei }) => [`${outcome}Wei`, wei]));
    const plain = <T extends { lease: bigint }>({ lease, ...rest }: T) => ({ lease: Number(lease), ...rest });
    printJson({ settled: settled.map(plain), ended: cut.map(plain), ...wei, transactionHashes });
  } else if (settled.length === 0) console.log("Nothing is due. Epochs are settled once they are final; workers do it by themselves.");
  else {
    const parts = sums.filter(({ epochs }) => epochs > 0).map(({ outcome, epochs, wei }) => `${formatX0t(wei)} X0T ${outcome} for ${epochsOf(epochs)}`);
    const leases = new Set(settled.map(({ lease }) => lease)).size;
    console.log(`Settled ${epochsOf(settled.length)} of ${leases} lease${leases === 1 ? "" : "s"}: ${parts.join(", ")}.`);
    for (const { lease, end, refundedWei } of cut) {
      console.log(`Lease ${lease} ended with epoch ${end - 1}, its third failure in a row: ${formatX0t(refundedWei)} X0T of later epochs went back to its tenant.`);
    }
  }
}

async function settleAll(network: Network, flags: EndFlags, due: readonly { lease: bigint; epochs: number }[]) {
  const settled: SettledEpoch[] = [];
  const cut: CutLease[] = [];
  const transactionHashes: string[] = [];
  if (due.length === 0) return { settled, cut, transactionHashes };
  const { Marketplace: marketplace } = network.contracts.contracts;
  const sender = await openSender(network, flags.keyFile, TENANT_KEY);
  for (const { leases, epochs } of settleBatches(due)) {
    const done = await settleLeases(sender, { marketplace, leases, epochs });
    settled.push(...done.settled);
    cut.push(...done.cut);
    transactionHashes.push(done.receipt.transactionHash);
  }
  return { settled, cut, transactionHashes };
}
