import type { Command } from "commander";
import { addOperatorOptions } from "../options.ts";

export function addStake(program: Command): void {
  addOperatorOptions(program.command("stake <amount>").description("add X0T to a node's stake"))
    .addHelpText(
      "after",
      `
More stake earns more of each epoch's reward and is drawn more often as a witness, from the next epoch on.

Examples:
  $ ./x0t stake 500 --node 0
  $ ./x0t stake 500 --node 12 --network baseSepolia --key-file operator.key`,
    )
    .action(async (amount, options) => (await import("../actions/stake.ts")).stake(amount, options));
}
