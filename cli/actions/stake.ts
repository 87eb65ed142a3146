import { stakeNode } from "../../chain/stakeNode.ts";
import { formatX0t, parseX0t } from "../../core/amounts.ts";
import { findNetwork, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { readOneNode } from "../readOneNode.ts";
import { openSender } from "../sender.ts";

export interface OperatorFlags extends NetworkFlags {
  node: number;
  keyFile?: string;
  json?: boolean;
}

/** `x0t stake`: adds to a node's active stake. */
export async function stake(amount: string, flags: OperatorFlags): Promise<void> {
  const amountWei = parseX0t(amount);
  const network = await findNetwork(flags);
  const { X0TToken: token, NodeRegistry: registry } = network.contracts.contracts;
  const sender = await openSender(network, flags.keyFile, `operator-${flags.node}`);
  const receipt = await stakeNode(sender, { token, registry, node: flags.node, amountWei });
  const { stake: stakeWei } = await readOneNode(network, flags.node);
  if (flags.json === true) printJson({ node: flags.node, amountWei, stakeWei, transactionHash: receipt.transactionHash });
  else console.log(`Node ${flags.node} has ${formatX0t(stakeWei)} X0T at stake now. It counts from the next epoch on.`);
}
