import type { Command } from "commander";

export function addBench(program: Command): void {
  const bench = program.command("bench").description("measure this release on this machine");
  bench
    .command("gas")
    .description("what the contracts cost, in a network of 10 and of 10,000 nodes")
    .option("--json", "one line: gas by act, the dearer of the two networks")
    .addHelpText(
      "after",
      `
Runs on a chain inside the process: nothing has to run, nothing is left. About half a minute.

Examples:
  $ ./x0t bench gas
  $ ./x0t bench gas --json`,
    )
    .action(async (options) => (await import("../actions/benchGas.ts")).benchGas(options));
}
