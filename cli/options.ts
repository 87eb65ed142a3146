import { InvalidArgumentError, Option, type Command } from "commander";

/** Options that several commands share. */
export const jsonOption = () => new Option("--json", "print one line of JSON");

export const stateDirOption = () =>
  new Option("--state-dir <dir>", "where the devnet's state lies (default: .x0t beside the launcher)").env("X0T_STATE_DIR");

/** Which network a command speaks to: the devnet unless told otherwise. */
export function addNetworkOptions(command: Command): Command {
  return command
    .addOption(stateDirOption())
    .option("--network <name>", "a network that x0t deploy made, such as baseSepolia, or its network.json")
    .option("--home <dir>", "the network of this node's or client's home")
    .option("--rpc <url>", "the chain's JSON-RPC endpoint")
    .addOption(jsonOption());
}

/** For commands that send transactions as a node's operator. */
export function addOperatorOptions(command: Command): Command {
  return addNetworkOptions(
    command
      .requiredOption("--node <index>", "the node's index in the registry", parseWhole)
      .option("--key-file <file>", "file with the private key that signs (devnet: that node's operator by default)"),
  );
}

export function parseWhole(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(value);
}

/** "60", "60s", "2m" or "1h", in seconds. */
export function parseDuration(value: string): number {
  const match = /^(\d{1,6})(s|m|h)?$/.exec(value);
  if (match === null) throw new InvalidArgumentError("It must be a time such as 60s, 2m or 1h.");
  const factor = { s: 1, m: 60, h: 3600 }[match[2] ?? "s"] ?? 1;
  return Number(match[1]) * factor;
}
