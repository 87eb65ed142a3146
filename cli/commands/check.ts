import type { Command } from "commander";
import { addNetworkOptions } from "../options.ts";

export function addCheck(program: Command): void {
  const check = program.command("check").description("hold what is indexed against the chain");
  addNetworkOptions(
    check
      .command("balances")
      .description("rebuild all balances from indexed events and compare them with the chain; exit code 1 if one differs")
      .option("--indexer <url>", "the indexer's GraphQL"),
  )
    .addHelpText(
      "after",
      `
All transfers are added up to one balance an account, as of the newest indexed block, and each is compared with balanceOf
at that block; so are the supply, what was burned, and the balances that the index keeps. Every node's stake, every
channel's deposit and every lease's escrow is compared with its contract, and what they come to with what each vault
holds. The RPC endpoint must know the state of the newest blocks: public ones keep about a hundred.

Examples:
  $ ./x0t check balances
  $ ./x0t check balances --json
  $ ./x0t check balances --network baseSepolia --rpc https://sepolia.base.org --indexer http://127.0.0.1:42069/graphql`,
    )
    .action(async (options) => (await import("../actions/checkBalances.ts")).checkBalances(options));
}
