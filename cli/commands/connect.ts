import type { Command } from "commander";
import { jsonOption, parseWhole, stateDirOption } from "../options.ts";

export function addConnect(program: Command): void {
  program
    .command("connect")
    .description("run a SOCKS5 client of your own, in the foreground")
    .option("--home <dir>", "its key, guards and vouchers", "~/.x0t-client")
    .option("--port <port>", "for SOCKS5 and HTTP CONNECT on 127.0.0.1", parseWhole, 10829)
    .option("--api-port <port>", "for its API on 127.0.0.1", parseWhole, 10830)
    .option("--hops <n>", "relays in a circuit, 1 to 5", parseWhole, 3)
    .option("--deposit <x0t>", "put into the channel to each of 3 entry relays", "50")
    .addOption(stateDirOption())
    .option("--network <name>", "a network that x0t deploy made (default: the devnet)")
    .option("--rpc <url>", "the chain's JSON-RPC endpoint")
    .option("--ipfs <url>", "IPFS API (Kubo RPC) to read documents from")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
The first start makes a payer key in the home. On the devnet the faucet fills it; elsewhere the command names the address
to fund.

Examples:
  $ ./x0t connect --home /tmp/me
  $ curl -x socks5h://127.0.0.1:10829 http://127.0.0.1:10880/1k.txt
  $ ./x0t connect --network baseSepolia --port 1080`,
    )
    .action(async (options) => (await import("../actions/connect.ts")).connect(options));
}
