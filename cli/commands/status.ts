import type { Command } from "commander";
import { addNetworkOptions } from "../options.ts";

export function addStatus(program: Command): void {
  addNetworkOptions(program.command("status").description("show the network: nodes, epoch, uptime, relayed bytes, earnings"))
    .addHelpText(
      "after",
      `
metered = what others used of a node; redeemed = what it was paid for on the chain so far, before the burn of 1 %;
prepaid = redeemed - metered: vouchers run a little ahead of use (negative until the next redemption).

Examples:
  $ ./x0t status
  $ ./x0t status --json
  $ ./x0t status --network baseSepolia`,
    )
    .action(async (options) => (await import("../actions/status.ts")).status(options));
}
