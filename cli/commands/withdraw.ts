import type { Command } from "commander";
import { addOperatorOptions } from "../options.ts";

export function addWithdraw(program: Command): void {
  addOperatorOptions(program.command("withdraw").description("pay unbonded stake back to the operator"))
    .addHelpText(
      "after",
      `
Examples:
  $ ./x0t withdraw --node 0
  $ ./x0t withdraw --node 12 --network baseSepolia --key-file operator.key`,
    )
    .action(async (options) => (await import("../actions/withdraw.ts")).withdraw(options));
}
