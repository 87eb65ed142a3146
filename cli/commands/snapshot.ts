import { Option, type Command } from "commander";
import { addNetworkOptions, parseDuration, parseWhole } from "../options.ts";

export function addSnapshot(program: Command): void {
  const snapshot = program.command("snapshot").description("vote off the chain, without gas, on Snapshot: quadratic, by stake");
  addSpace(snapshot);
  addPropose(snapshot);
  addVote(snapshot);
  addResults(snapshot);
}

function addSpace(snapshot: Command): void {
  addNetworkOptions(
    addSigner(
      addHub(
        snapshot
          .command("space")
          .description("print the settings of a space that counts stake, checked; with --publish, publish them")
          .addOption(spaceOption())
          .option("--settings <file>", "settings to start from, as this command prints them (default: like the Governor's)")
          .option("--name <name>", "the space's title")
          .option("--admin <address>", "an account that may change the settings (repeatable)", collect)
          .option("--delay <time>", "from a proposal to its first vote, such as 24h", parseDuration)
          .option("--period <time>", "how long a vote lasts, such as 120h", parseDuration)
          .option("--quorum <x0t>", "stake that must vote, in whole X0T", parseWhole)
          .option("--min-score <x0t>", "stake that a proposer needs, in whole X0T", parseWhole)
          .option("--publish", "sign the settings and send them to the hub"),
      ),
    ),
  ).addHelpText(
    "after",
    `
Voting power is the raw stake of an operator's nodes (getVotes of the NodeRegistry, strategy contract-call); the
quadratic voting type takes the square root, once. A space goes by an ENS name: on Base Sepolia a name on the Sepolia
testnet, on Base one on Ethereum. Its owner publishes first; then the admins may change the settings, but not the admins.
${HUB_HELP}
Examples:
  $ ./x0t snapshot space --network baseSepolia > space.json
  $ ./x0t snapshot space --network baseSepolia --settings space.json --space x0t.eth --publish --key-file ens-owner.key`,
  ).action(async (options) => (await import("../actions/snapshotSpace.ts")).snapshotSpace(options));
}

function addPropose(snapshot: Command): void {
  addNetworkOptions(
    addSigner(
      addHub(
        snapshot
          .command("propose")
          .description("sign a quadratic proposal and send it to the hub")
          .addOption(spaceOption())
          .requiredOption("--title <text>", "what it is about")
          .option("--body <text>", "what is proposed, in Markdown")
          .option("--body-file <file>", "the same, from a file")
          .option("--choice <text>", "one of the choices (repeatable; default: For, Against, Abstain)", collect)
          .option("--discussion <url>", "where it is discussed")
          .option("--snapshot-block <n>", "the block whose stakes count (default: a recent one)", parseWhole)
          .option("--delay <time>", "from now to the first vote (default: the space's, else none)", parseDuration)
          .option("--period <time>", "how long the vote lasts (default: the space's, else 120h)", parseDuration),
      ),
    ),
  ).addHelpText(
    "after",
    `
A proposal of yours that still runs and says the same is not sent again.
${HUB_HELP}
Examples:
  $ ./x0t snapshot propose --network baseSepolia --space x0t.eth --key-file operator.key --title "Longer maintenance?" --body-file proposal.md
  $ ./x0t snapshot propose --network baseSepolia --space x0t.eth --key-file operator.key --title "Which region next?" --choice Africa --choice Asia`,
  ).action(async (options) => (await import("../actions/snapshotPropose.ts")).snapshotPropose(options));
}

function addVote(snapshot: Command): void {
  addNetworkOptions(
    addSigner(
      addHub(
        snapshot
          .command("vote <proposal> <choices...>")
          .description("sign a ballot: one choice, or several with their weights")
          .option("--reason <text>", "a reason that everyone may read"),
      ),
    ),
  ).addHelpText(
    "after",
    `
A choice is its number or its name; a weight goes after "=". Until the end you may vote again: the last ballot counts.
${HUB_HELP}
Examples:
  $ ./x0t snapshot vote 0x5f3a… For --network baseSepolia --key-file operator.key
  $ ./x0t snapshot vote 0x5f3a… 1=3 2=1 --network baseSepolia --key-file operator.key
  $ ./x0t snapshot vote 0x5f3a… Against --network baseSepolia --safe 0x78E3… --key-file owner-1.key --key-file owner-2.key`,
  ).action(async (proposal, choices, options) => (await import("../actions/snapshotVote.ts")).snapshotVote(proposal, choices, options));
}

function addResults(snapshot: Command): void {
  addNetworkOptions(addHub(snapshot.command("results <proposal>").description("count a proposal's votes anew; exit code 1 if the hub's final count is another"))).addHelpText(
    "after",
    `
The scores are computed here from the votes, and each vote's stake is read from the chain at the proposal's block. That
needs an RPC endpoint that keeps old states (an archive node). That the votes were signed is the hub's word.
${HUB_HELP}
Examples:
  $ ./x0t snapshot results 0x5f3a… --network baseSepolia
  $ ./x0t snapshot results 0x5f3a… --network baseSepolia --json`,
  ).action(async (proposal, options) => (await import("../actions/snapshotResults.ts")).snapshotResults(proposal, options));
}

const HUB_HELP = `
Default hubs: https://hub.snapshot.org for Base, https://testnet.hub.snapshot.org for Base Sepolia; none for a devnet.
`;

const spaceOption = () => new Option("--space <name>", "the space's ENS name").env("X0T_SNAPSHOT_SPACE");

function addHub(command: Command): Command {
  return command
    .addOption(new Option("--hub <url>", "the Snapshot hub, without /graphql").env("X0T_SNAPSHOT_HUB_URL"))
    .addOption(new Option("--sequencer <url>", "the hub's sequencer").env("X0T_SNAPSHOT_SEQUENCER_URL"));
}

function addSigner(command: Command): Command {
  return command
    .option("--key-file <file>", "file with the private key that signs (with --safe repeatable)", collect)
    .option("--node <index>", "devnet: sign as this node's operator", parseWhole)
    .option("--safe <address>", "act as this Safe; the keys are those of its owners");
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}
