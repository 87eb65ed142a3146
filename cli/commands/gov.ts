import type { Command } from "commander";
import { addNetworkOptions, parseDuration, parseWhole } from "../options.ts";

export function addGov(program: Command): void {
  const gov = program.command("gov").description("decide on parameters and the treasury, by stake and by ballots");
  addShow(gov);
  addPropose(gov);
  addVote(gov);
  addQueue(gov);
  addExecute(gov);
  addCancel(gov);
  addGuard(gov);
}

const ID_HELP = "An id may be shortened to its first four or more digits, as `show` prints them.";

function addSigner(command: Command, who: string): Command {
  return command
    .option("--node <index>", `devnet: ${who} as that node's operator`, parseWhole)
    .option("--key-file <file>", "file with the private key that signs");
}

const collect = (value: string, all: string[] = []) => [...all, value];

function addShow(gov: Command): void {
  addNetworkOptions(
    gov
      .command("show [id]")
      .description("list the proposals; with an id: what it does, who leads, what is missing, when it ends")
      .option("--limit <n>", "list at most so many, the newest", parseWhole, 20),
  )
    .addHelpText(
      "after",
      `
A proposal wins with more stake for than against, and also more ballots (roots of stake), or else twice the stake; and if
stake for and abstaining reaches the quorum. ${ID_HELP}

Examples:
  $ ./x0t gov show
  $ ./x0t gov show 8f3a12bc
  $ ./x0t gov show 8f3a12bc --json --network baseSepolia`,
    )
    .action(async (id, options) => (await import("../actions/govShow.ts")).govShow(id, options));
}

function addPropose(gov: Command): void {
  addNetworkOptions(
    addSigner(
      gov
        .command("propose")
        .description("propose what the timelock shall do: set parameters, pay from the treasury, call contracts")
        .requiredOption("--title <text>", "one line that says it")
        .option("--description-file <file>", "why, in Markdown")
        .option("--set <parameter-and-value...>", "a parameter and its new value")
        .option("--pay <address-and-amount...>", "X0T from the treasury")
        .option("--call <call>", "any other call (repeatable)", collect)
        .option("--dry-run", "try it and print it, without proposing")
        .option("--anyway", "even if the calls would fail today"),
      "propose",
    ),
  )
    .addHelpText(
      "after",
      `
Parameters: poolPerEpoch, targetStake, proposalThreshold (X0T); votingDelay, votingPeriod, lateQuorumExtension,
timelockDelay (30s, 2h, 1d); guardian (an address). --set and --pay may stand there several times. All that a proposal
does happens in the order --set, --pay, --call; at most 16 calls, all or nothing.
In a call, numbers are 5000, 5000e18, 12.5 X0T or 2d; contracts stand for their addresses.

Examples:
  $ ./x0t gov propose --node 0 --title "Halve the pool" --set poolPerEpoch 5000
  $ ./x0t gov propose --node 0 --title "Pay the audit" --description-file audit.md --pay 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 25000
  $ ./x0t gov propose --node 0 --title "New rewards" --call "EpochRewards.setParameters(5000e18, 20000e18)" --dry-run`,
    )
    .action(async (options) => (await import("../actions/govPropose.ts")).govPropose(options));
}

function addVote(gov: Command): void {
  addNetworkOptions(
    addSigner(
      gov
        .command("vote <id> <answer>")
        .description("vote for, against or abstain, with all the stake of the operator's nodes")
        .option("--reason <text>", "why, for everybody to read"),
      "vote",
    ),
  )
    .addHelpText(
      "after",
      `
What counts is the stake when voting began, if it was there VOTE_AGE before, too. A vote is final. ${ID_HELP}

Examples:
  $ ./x0t gov vote 8f3a12bc for --node 0
  $ ./x0t gov vote 8f3a12bc against --reason "too early" --network baseSepolia --key-file operator.key`,
    )
    .action(async (id, answer, options) => (await import("../actions/govVote.ts")).govVote(id, answer, options));
}

function addQueue(gov: Command): void {
  addNetworkOptions(addSigner(gov.command("queue <id>").description("queue a proposal that won; anyone may"), "send"))
    .addHelpText(
      "after",
      `
The timelock's delay begins, in which the guardian may cancel it. ${ID_HELP}

Examples:
  $ ./x0t gov queue 8f3a12bc
  $ ./x0t gov queue 8f3a12bc --network baseSepolia --key-file any.key`,
    )
    .action(async (id, options) => (await import("../actions/govQueue.ts")).govQueue(id, options));
}

function addExecute(gov: Command): void {
  addNetworkOptions(addSigner(gov.command("execute <id>").description("execute a queued proposal after its delay; anyone may"), "send"))
    .addHelpText(
      "after",
      `
All its calls are made, in one transaction, or none. ${ID_HELP}

Examples:
  $ ./x0t gov execute 8f3a12bc
  $ ./x0t gov execute 8f3a12bc --network baseSepolia --key-file any.key`,
    )
    .action(async (id, options) => (await import("../actions/govExecute.ts")).govExecute(id, options));
}

function addCancel(gov: Command): void {
  addNetworkOptions(addSigner(gov.command("cancel <id>").description("take back a proposal of yours before its vote begins"), "sign"))
    .addHelpText(
      "after",
      `
${ID_HELP}

Examples:
  $ ./x0t gov cancel 8f3a12bc --node 0
  $ ./x0t gov cancel 8f3a12bc --network baseSepolia --key-file operator.key`,
    )
    .action(async (id, options) => (await import("../actions/govCancel.ts")).govCancel(id, options));
}

function addGuard(gov: Command): void {
  const guard = gov.command("guard").description("act as the guardian: cancel what is queued, pause what takes money in");
  addOwners(guard.command("cancel <id>").description("cancel a queued proposal, unless it only replaces the guardian"))
    .addHelpText(
      "after",
      `
${ID_HELP}

Examples:
  $ ./x0t gov guard cancel 8f3a12bc
  $ ./x0t gov guard cancel 8f3a12bc --network baseSepolia --key-file anna.key --key-file bert.key
  $ ./x0t gov guard cancel 8f3a12bc --network baseSepolia --print`,
    )
    .action(async (id, options) => (await import("../actions/govGuard.ts")).guardCancel(id, options));
  addOwners(guard.command("pause").description("stop register, stake, open, top-up, list and rent for a while").requiredOption("--for <time>", "such as 2h; at most 7 days in 30", parseDuration))
    .addHelpText(
      "after",
      `
What is there goes on: proofs, challenges, votes, settlement and every payment out.

Examples:
  $ ./x0t gov guard pause --for 24h
  $ ./x0t gov guard pause --for 1h --network baseSepolia --print --json`,
    )
    .action(async (options) => (await import("../actions/govGuard.ts")).guardPause(options));
  addOwners(guard.command("unpause").description("end a pause early"))
    .addHelpText("after", "\nExamples:\n  $ ./x0t gov guard unpause")
    .action(async (options) => (await import("../actions/govGuard.ts")).guardUnpause(options));
}

function addOwners(command: Command): Command {
  return addNetworkOptions(
    command
      .option("--key-file <file>", "an owner's private key, as many as must sign (repeatable; devnet: its guardians); the first pays", collect)
      .option("--print", "print the transaction for the Safe's owners instead of signing it"),
  );
}
