import { announceMaintenance } from "../../chain/announceMaintenance.ts";
import { readHead } from "../../chain/readHead.ts";
import { epochAt, epochEnd, epochStart } from "../../core/epochTime.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";
import type { OperatorFlags } from "./stake.ts";

/** Epochs from now to the first that can be announced: one whole one lies between. */
const AHEAD = 2;

/** `x0t node maintenance`: announces downtime that will not cost the node its bonus. */
export async function nodeMaintenance(flags: OperatorFlags & { from?: number; epochs: number }): Promise<void> {
  const network = await findNetwork(flags);
  const { ProofLedger: ledger } = network.contracts.contracts;
  const first = flags.from ?? epochAt(network.parameters, (await readHead(network.client)).timestamp) + AHEAD;
  const sender = await openSender(network, flags.keyFile, `operator-${flags.node}`);
  const receipt = await announceMaintenance(sender, { ledger, node: flags.node, first, count: flags.epochs });
  const last = first + flags.epochs - 1;
  const [startsAt, endsAt] = [epochStart(network.parameters, first), epochEnd(network.parameters, last)];
  if (flags.json === true) {
    printJson({ node: flags.node, first, epochs: flags.epochs, startsAt, endsAt, transactionHash: receipt.transactionHash });
    return;
  }
  const when = (timestamp: number) => new Date(timestamp * 1000).toLocaleString();
  const which = flags.epochs === 1 ? `epoch ${first}` : `epochs ${first} to ${last}`;
  console.log(`Node ${flags.node} may be down in ${which}, from ${when(startsAt)} to ${when(endsAt)}, without losing its bonus.
Those epochs still earn and serve leases by the slots that are proved.`);
}
