import type { Command } from "commander";
import { jsonOption } from "../options.ts";

export function addDeploy(program: Command): void {
  program
    .command("deploy")
    .description("deploy the protocol's contracts to a chain, or continue a deployment that broke off")
    .requiredOption("--network <name>", "localhost, baseSepolia, or another file of ignition/parameters")
    .option("--rpc <url>", "the chain's JSON-RPC endpoint (default: the variable <NETWORK>_RPC_URL)")
    .option("--key-file <file>", "private key that pays the gas (default: <NETWORK>_PRIVATE_KEY or Hardhat's keystore)")
    .option("--deployment-dir <dir>", "where the journal is kept (default: ignition/deployments/<network>)")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
The deployer is powerless afterwards: the timelock owns what can change.

Examples:
  $ BASE_SEPOLIA_RPC_URL=https://sepolia.base.org ./x0t deploy --network baseSepolia --key-file deployer.key
  $ PATH="$PWD/node_modules/node/bin:$PATH" npx hardhat keystore set BASE_SEPOLIA_PRIVATE_KEY
  $ ./x0t deploy --network baseSepolia --rpc https://sepolia.base.org
  $ ./x0t deploy --network localhost --rpc http://127.0.0.1:8545 --key-file .x0t/keys/deployer.key`,
    )
    .action(async (options) => (await import("../actions/deploy.ts")).deploy(options));
}
