import { withdrawStake } from "../../chain/withdrawStake.ts";
import { formatX0t } from "../../core/amounts.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";
import type { OperatorFlags } from "./stake.ts";

/** `x0t withdraw`: empties a node's unbonding bucket. */
export async function withdraw(flags: OperatorFlags): Promise<void> {
  const network = await findNetwork(flags);
  const sender = await openSender(network, flags.keyFile, `operator-${flags.node}`);
  const { NodeRegistry: registry } = network.contracts.contracts;
  const { amountWei, receipt } = await withdrawStake(sender, { registry, node: flags.node });
  if (flags.json === true) printJson({ node: flags.node, amountWei, transactionHash: receipt.transactionHash });
  else console.log(`${formatX0t(amountWei)} X0T went back to the operator of node ${flags.node}.`);
}
