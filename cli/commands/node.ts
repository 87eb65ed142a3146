import type { Command } from "commander";
import { addOperatorOptions, jsonOption, parseWhole, stateDirOption } from "../options.ts";

export function addNode(program: Command): void {
  const node = program.command("node").description("run a relay of your own");
  addInit(node);
  node
    .command("start")
    .description("run the node of a home in the foreground; SIGTERM drains it")
    .requiredOption("--home <dir>", "the node's home")
    .option("--no-worker", "without the worker that publishes proofs, claims and redeems")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ ./x0t node start --home ~/.x0t-node
  $ ./x0t node start --home ~/.x0t-node --no-worker`,
    )
    .action(async (options) => (await import("../actions/nodeStart.ts")).nodeStart(options));
  node
    .command("status")
    .description("show what a running node says of itself")
    .requiredOption("--home <dir>", "the node's home")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Exit code 1 if the node does not answer.

Examples:
  $ ./x0t node status --home ~/.x0t-node
  $ ./x0t node status --home .x0t/nodes/0 --json`,
    )
    .action(async (options) => (await import("../actions/nodeStatus.ts")).nodeStatus(options));
  addMaintenance(node);
  addRotateKey(node);
}

function addRotateKey(node: Command): void {
  node
    .command("rotate-key")
    .description("make the node a new hot key: a request for the operator's wallet, then the change itself")
    .requiredOption("--home <dir>", "the node's home")
    .option("--finish", "after the operator's transaction: use the new key from now on")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
The registry accepts receipts of the new key from the next epoch on, so --finish waits for that. The old key is kept in the
home: what it holds, and what is left in channels that it opened, stays its own.

Examples:
  $ ./x0t node rotate-key --home ~/.x0t-node             writes rotate.json for the dashboard's page Operate
  $ ./x0t node rotate-key --home ~/.x0t-node --finish    then restart the node`,
    )
    .action(async (options) => (await import("../actions/nodeRotateKey.ts")).nodeRotateKey(options));
}

function addMaintenance(node: Command): void {
  addOperatorOptions(node.command("maintenance").description("announce epochs in which a node may be down without losing its bonus"))
    .option("--from <epoch>", "the first of them (default: the next that can be announced)", parseWhole)
    .option("--epochs <count>", "how many in a row", parseWhole, 1)
    .addHelpText(
      "after",
      `
A node whose last 168 final epochs were proved to 99 % earns a tenth more. Announced epochs do not count there: announce them
at least one whole epoch ahead, at most 6 in any 168. Rewards and leases of those epochs still go by the slots that are proved.
x0t status shows the present epoch. The operator's key or the node's hot key signs.

Examples:
  $ ./x0t node maintenance --node 0                                announce the next epoch that can be
  $ ./x0t node maintenance --node 0 --from 491520 --epochs 2
  $ ./x0t node maintenance --node 12 --network baseSepolia --key-file operator.key --from 491520 --epochs 6`,
    )
    .action(async (options) => (await import("../actions/nodeMaintenance.ts")).nodeMaintenance(options));
}

function addInit(node: Command): void {
  node
    .command("init")
    .description("make a node's keys and config, publish its document, register it with a first stake")
    .requiredOption("--home <dir>", "where the node will live")
    .requiredOption("--host <ip>", "address that other nodes reach it by")
    .option("--listen <ip>", "address to listen on, if it is not --host (behind port forwarding)")
    .option("--behind-nat", "nobody can connect to it: it dials all its peers; --host is then its NAT's address")
    .option("--region <name>", "where it stands, such as eu-frankfurt", "unknown")
    .option("--relay-port <port>", "for circuits", parseWhole, 9001)
    .option("--control-port <port>", "for the control link", parseWhole, 9002)
    .option("--api-port <port>", "for its API on 127.0.0.1", parseWhole, 11000)
    .option("--key-file <file>", "file with the operator's private key: registers the node now and pays the stake")
    .option("--operator <address>", "the operator, whose key is in a wallet: writes a request that the dashboard registers it by")
    .option("--stake <x0t>", "first stake, with --key-file", "100")
    .option("--passphrase-file <file>", "encrypt the node's keys with this passphrase (default: a random one beside them)")
    .option("--exit <rule...>", "let circuits end here, to NETWORK:PORT or NETWORK:FROM-TO, such as '*:443'")
    .addOption(stateDirOption())
    .option("--network <name>", "a network that x0t deploy made (default: the devnet)")
    .option("--rpc <url>", "the chain's JSON-RPC endpoint")
    .option("--ipfs <url>", "IPFS API (Kubo RPC) to publish its document")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
The operator's key stays yours: it registers and is paid. The node gets a hot key of its own, which needs about 450 X0T
for channels to other relays and bonds, and the chain's coin for fees. Repeating an init that broke off continues it.
With --operator the operator's key need not be on this machine: register.json in the home goes to the dashboard (page
Operate), where the operator's wallet signs.

Examples:
  $ ./x0t node init --home ~/.x0t-node --host 203.0.113.7 --network baseSepolia --operator 0x52908400098527886E0F7030069857D2E4169EE7
  $ ./x0t node init --home ~/.x0t-node --host 203.0.113.7 --network baseSepolia --key-file operator.key
  $ ./x0t node init --home ~/.x0t-node --host 198.51.100.4 --behind-nat --network baseSepolia --key-file operator.key
  $ ./x0t node init --home /tmp/n6 --host 127.7.0.1 --api-port 11006 --key-file .x0t/keys/operator-6.key`,
    )
    .action(async (options) => (await import("../actions/nodeInit.ts")).nodeInit(options));
}
