import type { Command } from "commander";

export function addTest(program: Command): void {
  program
    .command("test [groups...]")
    .description("lint, type-check and test everything")
    .option("--all", "every group (the default without names)")
    .addHelpText(
      "after",
      `
Groups: lint, types, contracts, unit, indexer, e2e. The last line says: N passed, N failed.

Examples:
  $ ./x0t test
  $ ./x0t test lint types
  $ ./x0t test e2e`,
    )
    .action(async (groups, options) => (await import("../actions/test.ts")).test(groups, options));
}
