import type { Command } from "commander";
import { jsonOption, stateDirOption } from "../options.ts";

export function addReset(program: Command): void {
  program
    .command("reset")
    .description("wipe the devnet's state: chain, keys, nodes and all")
    .addOption(stateDirOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
It refuses while the network runs, and asks nothing otherwise.

Examples:
  $ ./x0t reset
  $ ./x0t reset --state-dir /tmp/net`,
    )
    .action(async (options) => (await import("../actions/reset.ts")).reset(options));
}
