import { claimRewards } from "../../chain/claimRewards.ts";
import { readClaimable } from "../../chain/readClaimable.ts";
import { readHead } from "../../chain/readHead.ts";
import { epochAt, finalAt } from "../../core/epochTime.ts";
import { MAX_CLAIM_EPOCHS } from "../../core/parameters.ts";
import { formatX0t } from "../../core/amounts.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";
import type { OperatorFlags } from "./stake.ts";

/** `x0t claim`: claims what the last 168 final epochs still owe a node. */
export async function claim(flags: OperatorFlags): Promise<void> {
  const network = await findNetwork(flags);
  const { EpochRewards: rewards } = network.contracts.contracts;
  const { timestamp } = await readHead(network.client);
  let newest = epochAt(network.parameters, timestamp);
  while (newest > 0 && finalAt(network.parameters, newest) > timestamp) newest--;
  const oldest = Math.max(0, newest - MAX_CLAIM_EPOCHS + 1);
  const candidates = Array.from({ length: newest - oldest + 1 }, (_, offset) => oldest + offset);
  const epochs = (await readClaimable(network.client, { rewards, node: flags.node, epochs: candidates })).map(({ epoch }) => epoch);
  if (epochs.length === 0) {
    if (flags.json === true) printJson({ node: flags.node, epochs, paidWei: 0n });
    else console.log(`Node ${flags.node} has nothing to claim now. Epochs become final ${finalAt(network.parameters, 0) - network.parameters.epochSeconds} s after their end.`);
    return;
  }
  const sender = await openSender(network, flags.keyFile, `operator-${flags.node}`);
  const { paidWei, receipt } = await claimRewards(sender, { rewards, node: flags.node, epochs });
  if (flags.json === true) printJson({ node: flags.node, epochs, paidWei, transactionHash: receipt.transactionHash });
  else console.log(`${formatX0t(paidWei)} X0T for ${epochs.length} epoch${epochs.length === 1 ? "" : "s"} of node ${flags.node} (1 % of it burned on the way).`);
}
