import type { Command } from "commander";
import { addNetworkOptions, parseWhole } from "../options.ts";

export function addExport(program: Command): void {
  const group = program.command("export").description("tables for spreadsheets and accountants, as CSV");
  addOptions(group.command("earnings").description("what nodes earned, epoch by epoch: rewards, redemptions, income of leases"))
    .addHelpText(
      "after",
      `
One row for each node and epoch, times in UTC, amounts exact, in X0T and in wei. reward_state is claimed, claimable, pending
(not final yet), void or none; an unknown amount is empty. 1 % of every payment burns: reward, redeemed and lease_income are
before it, *_net after it. Redemptions that no node of the operator sent have no node.

Examples:
  $ ./x0t export earnings > earnings.csv
  $ ./x0t export earnings --node 0 --from 2026-01-01 --to 2026-02-01 --out january.csv
  $ ./x0t export earnings --operator 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --json`,
    )
    .action(async (options) => (await import("../actions/exportTables.ts")).exportTable("earnings", options));
  addOptions(group.command("leases").description("leases epoch by epoch: what was paid, refunded, burned, and what is pending"))
    .option("--tenant <address>", "of this tenant")
    .addHelpText(
      "after",
      `
One row for each lease and booked epoch; the amounts of a lease add up to what its tenant paid in. state is paid, refunded,
burned (rejected), "cut off" (refunded, for the lease ended before) or pending.

Examples:
  $ ./x0t export leases --out leases.csv
  $ ./x0t export leases --tenant 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --from 2026-01-01`,
    )
    .action(async (options) => (await import("../actions/exportTables.ts")).exportTable("leases", options));
}

function addOptions(command: Command): Command {
  return addNetworkOptions(
    command
      .option("--node <index>", "of this node", parseWhole)
      .option("--operator <address>", "of this operator's nodes")
      .option("--from <day>", "epochs that begin on this day or later, UTC: 2026-01-01, or 2026-01-01T12:00Z")
      .option("--to <day>", "epochs that begin before it")
      .option("--out <file>", "write there, whole or not at all (default: standard output)")
      .option("--indexer <url>", "an indexer's GraphQL (default: the network's)"),
  );
}
