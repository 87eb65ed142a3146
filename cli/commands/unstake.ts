import type { Command } from "commander";
import { addOperatorOptions } from "../options.ts";

export function addUnstake(program: Command): void {
  addOperatorOptions(program.command("unstake <amount>").description("take X0T out of a node's stake; withdraw it after the unbonding time"))
    .addHelpText(
      "after",
      `
A node below the least stake becomes inactive in the next epoch. Each unstake restarts the unbonding time of all that is unbonding.

Examples:
  $ ./x0t unstake 500 --node 0
  $ ./x0t unstake all --node 0         leave the network`,
    )
    .action(async (amount, options) => (await import("../actions/unstake.ts")).unstake(amount, options));
}
