import type { Command } from "commander";
import { addOperatorOptions } from "../options.ts";

export function addClaim(program: Command): void {
  addOperatorOptions(program.command("claim").description("pay a node's uptime rewards of final epochs to its operator"))
    .addHelpText(
      "after",
      `
Workers claim by themselves; this is for nodes whose worker does not run. Anyone may claim for anyone.

Examples:
  $ ./x0t claim --node 0
  $ ./x0t claim --node 12 --network baseSepolia --key-file any.key`,
    )
    .action(async (options) => (await import("../actions/claim.ts")).claim(options));
}
