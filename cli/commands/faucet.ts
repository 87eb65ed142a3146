import type { Command } from "commander";
import { jsonOption, stateDirOption } from "../options.ts";

export function addFaucet(program: Command): void {
  program
    .command("faucet <address>")
    .description("send test X0T and test ether on the devnet")
    .option("--amount <x0t>", "how much X0T, before the burn of 1 %", "1000")
    .addOption(stateDirOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ ./x0t faucet 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
  $ ./x0t faucet 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --amount 250`,
    )
    .action(async (address, options) => (await import("../actions/faucet.ts")).faucet(address, options));
}
