import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Hex } from "viem";
import type { ParameterChoice } from "../../core/parameters.ts";
import { X0tError } from "../../core/x0tError.ts";
import { compileContracts, deployProtocol } from "../../devnet/contracts.ts";
import { PROJECT_ROOT } from "../../devnet/paths.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import { readPrivateKeyFile } from "../../runtime/keystore.ts";
import { deploymentFile, LOCALHOST, LOCALHOST_RPC_URL, variablePrefix } from "../network.ts";
import { printJson } from "../printJson.ts";
import { readConfigVariable } from "../readConfigVariable.ts";
import { formatTable } from "../table.ts";

interface DeployFlags {
  network: string;
  rpc?: string;
  keyFile?: string;
  deploymentDir?: string;
  json?: boolean;
}

/** `x0t deploy`: compiles, deploys, seals, and writes down where the contracts are. */
export async function deploy(flags: DeployFlags): Promise<void> {
  const { network } = flags;
  const parametersFile = join(PROJECT_ROOT, "ignition", "parameters", `${network}.json5`);
  if (!existsSync(parametersFile)) {
    const known = (await readdir(dirname(parametersFile))).map((name) => name.replace(/\.json5$/, "")).join(", ");
    throw new X0tError("X0T_USAGE", `There are no parameters for ${network}. Known networks: ${known}.`);
  }
  const isLocal = network === LOCALHOST;
  const prefix = variablePrefix(network);
  const rpcUrl = flags.rpc ?? process.env[`${prefix}_RPC_URL`] ?? (isLocal ? LOCALHOST_RPC_URL : await readConfigVariable(`${prefix}_RPC_URL`));
  const privateKey = flags.keyFile !== undefined ? await readPrivateKeyFile(flags.keyFile) : ((process.env[`${prefix}_PRIVATE_KEY`] ?? (await readConfigVariable(`${prefix}_PRIVATE_KEY`))) as Hex);

  const signal = AbortSignal.timeout(3_600_000);
  if (flags.json !== true) process.stderr.write("Compiling the contracts …\n");
  await compileContracts(signal, isLocal ? "default" : "production");
  if (flags.json !== true) process.stderr.write(`Deploying to ${network} …\n`);
  const file = flags.deploymentDir === undefined ? deploymentFile(network) : join(resolve(flags.deploymentDir), "network.json");
  const contracts = await deployProtocol({ rpcUrl, deploymentDir: dirname(file), parametersFile, privateKey, quick: isLocal }, signal);
  const parameters: ParameterChoice = isLocal ? { devnetEpochSeconds: 60 } : "production";
  await writeFileAtomic(file, `${JSON.stringify({ contracts, parameters }, null, 2)}\n`);
  const bookFile = join(dirname(file), "addressBook.json");
  await writeFileAtomic(bookFile, `${JSON.stringify(contracts, null, 2)}\n`);
  if (flags.json === true) printJson({ network, file, bookFile, ...contracts });
  else console.log(`${formatTable(["contract", "address"], Object.entries(contracts.contracts))}

Written to ${file} (for --network) and ${bookFile} (for the indexer).
The guardian is the Safe ${contracts.contracts.GuardianSafe}; the deployer can do nothing any more.`);
}
