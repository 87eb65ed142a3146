import { unstakeNode } from "../../chain/unstakeNode.ts";
import { formatX0t, parseX0t } from "../../core/amounts.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";
import { readOneNode } from "../readOneNode.ts";
import { openSender } from "../sender.ts";
import type { OperatorFlags } from "./stake.ts";

/** `x0t unstake`: moves stake into the unbonding bucket. */
export async function unstake(amount: string, flags: OperatorFlags): Promise<void> {
  const network = await findNetwork(flags);
  const amountWei = amount === "all" ? (await readOneNode(network, flags.node)).stake : parseX0t(amount);
  const sender = await openSender(network, flags.keyFile, `operator-${flags.node}`);
  const { NodeRegistry: registry } = network.contracts.contracts;
  const { unbondsAt, receipt } = await unstakeNode(sender, { registry, node: flags.node, amountWei });
  if (flags.json === true) printJson({ node: flags.node, amountWei, unbondsAt, transactionHash: receipt.transactionHash });
  else {
    const when = new Date(Number(unbondsAt) * 1000).toLocaleString();
    console.log(`${formatX0t(amountWei)} X0T of node ${flags.node} are unbonding. From ${when} on: ./x0t withdraw --node ${flags.node}`);
  }
}
