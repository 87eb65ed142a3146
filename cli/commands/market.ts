import { Option, type Command } from "commander";
import { addNetworkOptions, addOperatorOptions, parseWhole } from "../options.ts";

export function addMarket(program: Command): void {
  const market = program.command("market").description("rent relays, and offer your own, with the price in escrow");
  addList(market);
  addRent(market);
  addLeases(market);
  addCancel(market);
  addReject(market);
  addSettle(market);
  addOffer(market);
  addWithdrawOffer(market);
  addTerminate(market);
}

const limitOption = () => new Option("--limit <n>", "at most so many rows").argParser(parseWhole).default(50);
const addTenantKey = (command: Command) => command.option("--key-file <file>", "file with the tenant's private key (devnet: the client's by default)");
const addIndexer = (command: Command) => command.option("--indexer <url>", "an indexer's GraphQL, for what only events tell");

function addList(market: Command): void {
  addNetworkOptions(
    addIndexer(market.command("list").description("show which nodes can be rented, cheapest first"))
      .option("--max-price <x0t>", "at most so much an epoch")
      .option("--uptime <percent>", "promises at least this uptime")
      .option("--proved <percent>", "proved at least this uptime in its last 12 epochs")
      .option("--kept <percent>", "met its promise in at least this share of leased epochs")
      .option("--region <name>", "stands in a region that begins so, such as eu")
      .option("--epochs <n>", "can be rented for so long", parseWhole)
      .option("--free", "can be rented from the next epoch on")
      .option("--all", "also what nobody can rent now: its node is inactive, or has too little at stake")
      .addOption(limitOption())
      .option("--ipfs <url>", "an IPFS API (Kubo RPC) to fetch the nodes' documents from"),
  )
    .addHelpText(
      "after",
      `
Regions stand in the nodes' signed documents; whether a promise was kept, an indexer knows.

Examples:
  $ ./x0t market list
  $ ./x0t market list --max-price 5 --uptime 99 --region eu --free`,
    )
    .action(async (options) => (await import("../actions/marketList.ts")).marketList(options));
}

function addRent(market: Command): void {
  addNetworkOptions(addTenantKey(market.command("rent <listing>").description("lease a node from the next epoch on").requiredOption("--epochs <n>", "for how long", parseWhole)))
    .addHelpText(
      "after",
      `
The price of all epochs goes into escrow, with one signature and one transaction. Each epoch is settled once its uptime is
final: to the operator if the promise was kept, back to you if not. Three failures in a row end the lease.

Examples:
  $ ./x0t market rent 3 --epochs 24
  $ ./x0t market rent 3 --epochs 24 --network baseSepolia --key-file tenant.key`,
    )
    .action(async (listing, options) => (await import("../actions/marketRent.ts")).marketRent(listing, options));
}

function addLeases(market: Command): void {
  addNetworkOptions(
    addIndexer(market.command("leases [lease]").description("show leases and their money; one of them epoch by epoch"))
      .option("--node <index>", "of this node", parseWhole)
      .option("--tenant <address>", "of this tenant")
      .option("--open", "that still have something in escrow")
      .addOption(limitOption()),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ ./x0t market leases --open
  $ ./x0t market leases 5                  what became of each epoch
  $ ./x0t market leases --node 0 --json`,
    )
    .action(async (lease, options) => (await import("../actions/marketLeases.ts")).marketLeases(lease, options));
}

function addCancel(market: Command): void {
  addNetworkOptions(addTenantKey(market.command("cancel <lease>").description("as a tenant, end a lease with the next epoch")))
    .addHelpText(
      "after",
      `
Later epochs are refunded at once, whole; those that the lease still covers are settled as agreed.

Examples:
  $ ./x0t market cancel 5
  $ ./x0t market cancel 5 --network baseSepolia --key-file tenant.key`,
    )
    .action(async (lease, options) => (await import("../actions/marketCancel.ts")).marketCancel(lease, options));
}

function addReject(market: Command): void {
  addNetworkOptions(
    addTenantKey(
      market
        .command("reject <lease>")
        .description("as a tenant, say that an epoch did not serve you, and end the lease")
        .requiredOption("--epoch <n>", "the current epoch or the one before", parseWhole),
    ),
  )
    .addHelpText(
      "after",
      `
A node can be up and yet not serve its tenant. If the epoch kept its promise of uptime, its price burns: neither side
gains. The lease ends with the current epoch, later ones are refunded.

Examples:
  $ ./x0t market reject 5 --epoch 29876543`,
    )
    .action(async (lease, options) => (await import("../actions/marketReject.ts")).marketReject(lease, options));
}

function addSettle(market: Command): void {
  addNetworkOptions(addTenantKey(market.command("settle [leases...]").description("pay and refund final epochs, of these leases or of all")))
    .addHelpText(
      "after",
      `
Workers settle by themselves; this is for whom they are too slow. Anyone may settle for anyone.

Examples:
  $ ./x0t market settle
  $ ./x0t market settle 5 6 --network baseSepolia --key-file any.key`,
    )
    .action(async (leases, options) => (await import("../actions/marketSettle.ts")).marketSettle(leases, options));
}

function addOffer(market: Command): void {
  addOperatorOptions(
    market
      .command("offer")
      .description("as an operator, offer a node")
      .requiredOption("--price <x0t>", "for an epoch; at most a tenth of the node's stake")
      .requiredOption("--uptime <percent>", "what you promise, from 50 to 99")
      .requiredOption("--max-epochs <n>", "longest lease", parseWhole),
  )
    .addHelpText(
      "after",
      `
Offers never change: take one back and make another.

Examples:
  $ ./x0t market offer --node 0 --price 2 --uptime 99 --max-epochs 24
  $ ./x0t market offer --node 12 --price 2.5 --uptime 95 --max-epochs 720 --network baseSepolia --key-file operator.key`,
    )
    .action(async (options) => (await import("../actions/marketOffer.ts")).marketOffer(options));
}

/** The node is the listing's or the lease's. */
const addProviderKey = (command: Command) => command.option("--key-file <file>", "file with the operator's private key (devnet: that node's operator by default)");

function addWithdrawOffer(market: Command): void {
  addNetworkOptions(addProviderKey(market.command("withdraw-offer <listing>").description("as an operator, take an offer back")))
    .addHelpText(
      "after",
      `
Leases that came of it go on.

Examples:
  $ ./x0t market withdraw-offer 3`,
    )
    .action(async (listing, options) => (await import("../actions/marketWithdrawOffer.ts")).marketWithdrawOffer(listing, options));
}

function addTerminate(market: Command): void {
  addNetworkOptions(addProviderKey(market.command("terminate <lease>").description("as an operator, end a lease with the current epoch")))
    .addHelpText(
      "after",
      `
All epochs that have not begun are refunded to the tenant at once.

Examples:
  $ ./x0t market terminate 5`,
    )
    .action(async (lease, options) => (await import("../actions/marketTerminate.ts")).marketTerminate(lease, options));
}
