import type { Command } from "commander";
import { parseDuration, parseWhole, stateDirOption } from "../options.ts";

export function addUp(program: Command): void {
  program
    .command("up")
    .description("start a whole network on this machine, or resume it; Ctrl-C stops it")
    .option("--nodes <n>", "relay nodes, 3 to 12 (default: 6)", parseWhole)
    .option("--epoch <time>", "length of an epoch, a multiple of 12 s (default: 60s)", parseDuration)
    .option("--port-base <port>", "use 22 ports from this one on instead of the usual ones", parseWhole)
    .addOption(stateDirOption())
    .option("--json", "print one line of JSON when ready, and nothing else")
    .addHelpText(
      "after",
      `
Examples:
  $ ./x0t up                       six nodes, epochs of 60 s
  $ ./x0t up --nodes 3 --epoch 12s
  $ ./x0t up --port-base 20000     if the usual ports are taken
  $ ./x0t up --json > ready.json &

The state lies in .x0t/ and survives a stop; ./x0t reset wipes it. What dies is started again after 15 s. Every process
may be killed at any moment and loses nothing; only the chain, which saves itself each 5 s, loses its last seconds.`,
    )
    .action(async (options) => (await import("../actions/up.ts")).up(options));
}
