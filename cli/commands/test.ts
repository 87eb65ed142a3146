import type { Command } from "commander";

export function addTest(program: Command): void {
  program
    .command("test [groups...]")
    .description("lint, type-check and test everything")
    .option("--all", "every group but coverage and invariants, and what this machine cannot run has failed (the default leaves it out and says so)")
    .addHelpText(
      "after",
      `
Groups: lint, types, contracts, unit, indexer, e2e, e2e-web (the dashboard, in Chromium), chaos (namespaces; root); and by
name only: coverage, which measures the lines and branches of the contracts that their tests reach, and invariants, ten
times the gate's runs (20 minutes). The last line says: N passed, N failed.

Examples:
  $ ./x0t test
  $ ./x0t test lint types
  $ ./x0t test e2e
  $ ./x0t test coverage
  $ ./x0t test invariants`,
    )
    .action(async (groups, options) => (await import("../actions/test.ts")).test(groups, options));
}
