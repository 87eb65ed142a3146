import { type Command } from "commander";
import { addNetworkOptions, parseWhole } from "../options.ts";

export function addWeb(program: Command): void {
  const web = program.command("web").description("the dashboard: serve it on this machine, or build it for a web server");
  addServe(web);
  addBuild(web);
}

const addShared = (command: Command) =>
  addNetworkOptions(command)
    .option("--indexer <url>", "the indexer's GraphQL")
    .option("--snapshot-hub <url>", "a Snapshot hub, to show proposals of --snapshot-space beside those on chain")
    .option("--snapshot-space <id>", "the space on that hub")
    .option("--explorer <url>", "a block explorer, for links to transactions")
    .option("--walletconnect <id>", "a WalletConnect project; this build has no WalletConnect, and its dialog then says so");

function addServe(web: Command): void {
  addShared(web.command("serve").description("serve the dashboard of a network on 127.0.0.1"))
    .option("--port <port>", "where to listen", parseWhole, 10_800)
    .option("--ipfs <url>", "an IPFS API (Kubo RPC)")
    .option("--client <url>", "the API of a client on this machine", "http://127.0.0.1:10810")
    .option("--socks <host:port>", "that client's SOCKS5 port", "127.0.0.1:10809")
    .option("--test-url <url>", "a small file (plain http) that the connection test fetches")
    .addHelpText(
      "after",
      `
./x0t up serves the devnet's dashboard by itself; this is for other networks. The page speaks to this server alone, which
hands its questions on to the chain, the indexer, IPFS and the client; and to --snapshot-hub, if there is one.

Examples:
  $ ./x0t web serve --network baseSepolia --rpc https://sepolia.base.org --indexer http://127.0.0.1:42069/graphql`,
    )
    .action(async (options) => (await import("../actions/webServe.ts")).webServe(options));
}

function addBuild(web: Command): void {
  addShared(web.command("build").description("write the dashboard as files for any web server or IPFS"))
    .requiredOption("--out <dir>", "where to; made anew each time")
    .option("--ipfs-gateway <url>", "a gateway of single blocks, up to and without /<cid>")
    .addHelpText(
      "after",
      `
The files work at any path. The page connects to the addresses given here and to nothing else: they must be reachable by
its readers and allow its origin (CORS).

Examples:
  $ ./x0t web build --network baseSepolia --rpc https://sepolia.base.org --indexer https://index.example.org/graphql \\
      --ipfs-gateway https://ipfs.example.org/ipfs --out site`,
    )
    .action(async (options) => (await import("../actions/webBuild.ts")).webBuild(options));
}
