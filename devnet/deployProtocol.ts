/**
 * Deploys ignition/modules/Protocol.ts to any RPC URL through Hardhat Ignition; the contracts must be compiled.
 * node devnet/deployProtocol.ts [--rpc URL] [--quick] --deployment-dir DIR --parameters FILE --key-file FILE
 * takes the URL from X0T_DEPLOY_RPC_URL otherwise,
 * prints the address book as one line of JSON.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import {
  HardhatArtifactResolver,
  errorDeploymentResultToExceptionMessage,
  readDeploymentParameters,
} from "@nomicfoundation/hardhat-ignition/helpers";
import { DeploymentResultType, deploy, type DeploymentParameters } from "@nomicfoundation/ignition-core";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { EthereumProvider } from "hardhat/types/providers";
import type { Address, Hex } from "viem";
import { addressBookSchema, type AddressBook } from "../core/addressBook.ts";
import { X0tError } from "../core/x0tError.ts";
import hardhatConfig from "../hardhat.config.ts";
import protocolModule from "../ignition/modules/Protocol.ts";
import { firstBlock, repairJournal } from "./ignitionJournal.ts";

const PROJECT_ROOT = join(import.meta.dirname, "..");
const DEVELOPMENT_CHAIN = 31337;

export interface DeployProtocolOptions {
  rpcUrl: string;
  /** Ignition's journal lives here: the same directory resumes a deployment, or repeats its result. */
  deploymentDir: string;
  /** Path of a JSON5 file like ignition/parameters/localhost.json5, or what such a file holds. */
  parameters: string | DeploymentParameters;
  /** Pays the gas; powerless afterwards. */
  privateKey: Hex;
  /** A development chain, which makes blocks only for transactions: one confirmation and quick polling. */
  quick?: boolean;
}

/**
 * Calling again with the same directory resumes, or repeats the result.
 * @throws X0T_DEPLOY_FAILED naming the failed step; X0T_STALE_DEPLOYMENT if the directory belongs to another chain
 */
export async function deployProtocol(options: DeployProtocolOptions): Promise<AddressBook> {
  const hre = await createHardhatRuntimeEnvironment(
    {
      ...hardhatConfig,
      networks: { target: { type: "http", url: options.rpcUrl, accounts: [options.privateKey] } },
    },
    {},
    PROJECT_ROOT,
  );
  const connection = await hre.network.create("target");
  try {
    const provider = connection.provider;
    const chainId = Number(await provider.request({ method: "eth_chainId" }));
    const { parameters } = options;
    await repairJournal(options.deploymentDir, provider);
    const result = await deploy({
      config: options.quick === true || chainId === DEVELOPMENT_CHAIN ? { blockPollingInterval: 20, requiredConfirmations: 1 } : {},
      provider,
      deploymentDir: options.deploymentDir,
      artifactResolver: new HardhatArtifactResolver(hre.artifacts),
      ignitionModule: protocolModule,
      deploymentParameters: typeof parameters === "string" ? await readDeploymentParameters(parameters) : parameters,
      accounts: (await provider.request({ method: "eth_accounts" })) as string[],
    });
    if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
      throw new X0tError("X0T_DEPLOY_FAILED", errorDeploymentResultToExceptionMessage(result));
    }
    // By the names of the module, "Protocol#X0TToken". Safe's own contracts behind the guardian are nobody's business.
    const contracts = Object.values(result.contracts)
      .map(({ id, address }) => ({ name: id.replace(/^.*#/, ""), address: address as Address }))
      .filter(({ name }) => name in addressBookSchema.shape.contracts.shape);
    for (const { address } of contracts) await checkCode(provider, address, options.deploymentDir);
    return addressBookSchema.parse({
      chainId,
      deployBlock: await firstBlock(options.deploymentDir),
      contracts: Object.fromEntries(contracts.map(({ name, address }) => [name, address])),
    });
  } finally {
    await connection.close();
  }
}

/** Ignition trusts its journal; a development chain may have been wiped meanwhile. */
async function checkCode(provider: EthereumProvider, address: string, deploymentDir: string): Promise<void> {
  const code = await provider.request({ method: "eth_getCode", params: [address, "latest"] });
  if (code !== "0x") return;
  throw new X0tError(
    "X0T_STALE_DEPLOYMENT",
    `The journal in ${deploymentDir} names a contract at ${address}, where this chain has none. ` +
      "It belongs to another chain: remove that directory, or name another.",
    { data: { deploymentDir, address } },
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const required = { type: "string" } as const;
  const { values } = parseArgs({
    options: { rpc: required, quick: { type: "boolean" }, "deployment-dir": required, parameters: required, "key-file": required },
  });
  const { rpc = process.env.X0T_DEPLOY_RPC_URL, parameters, "deployment-dir": deploymentDir, "key-file": keyFile } = values;
  if (rpc === undefined || deploymentDir === undefined || parameters === undefined || keyFile === undefined) {
    process.stderr.write("Needed: --rpc URL (or X0T_DEPLOY_RPC_URL) --deployment-dir DIR --parameters FILE --key-file FILE\n");
    process.exit(2);
  }
  const privateKey = (await readFile(keyFile, "utf8")).trim() as Hex;
  const book = await deployProtocol({ rpcUrl: rpc, deploymentDir, parameters, privateKey, quick: values.quick === true });
  process.stdout.write(`${JSON.stringify(book)}\n`);
}
