import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressBookSchema, type AddressBook } from "../core/addressBook.ts";
import type { Hex } from "../core/ids.ts";
import { devnetParameters } from "../core/parameters.ts";
import { X0tError } from "../core/x0tError.ts";
import { protocolParameters, type Genesis as DeploymentGenesis } from "../ignition/protocolParameters.ts";
import { readPrivateKeyFile } from "../runtime/keystore.ts";
import { PROJECT_ROOT, type StatePaths } from "./paths.ts";

/** Public testnets take minutes. */
const DEPLOY_TIMEOUT_MS = 1_800_000;
const STAMP_FILE = join(PROJECT_ROOT, "artifacts", ".x0t-stamp");

/**
 * Compiles the contracts unless the artifacts are of these very sources.
 * @param profile "production" goes through the IR pipeline: slower, smaller code. @throws X0T_COMPILE_FAILED
 */
export async function compileContracts(signal: AbortSignal, profile: "default" | "production" = "default"): Promise<void> {
  const wanted = `${profile} ${await hashSources()}`;
  const found = await readFile(STAMP_FILE, "utf8").catch(() => "");
  if (found === wanted) return;
  const hardhat = join(PROJECT_ROOT, "node_modules", "hardhat", "dist", "src", "cli.js");
  await rm(STAMP_FILE, { force: true });
  await run("X0T_COMPILE_FAILED", "compiling the contracts", [hardhat, "build", "--build-profile", profile], signal);
  await mkdir(join(PROJECT_ROOT, "artifacts"), { recursive: true });
  await writeFile(STAMP_FILE, wanted);
}

async function hashSources(): Promise<string> {
  const hash = createHash("sha256");
  const folder = join(PROJECT_ROOT, "contracts");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".sol")).sort();
  const files = [...names.map((name) => join(folder, name)), join(PROJECT_ROOT, "hardhat.config.ts"), join(PROJECT_ROOT, "package-lock.json")];
  for (const file of files) hash.update(file.slice(PROJECT_ROOT.length)).update(await readFile(file));
  return hash.digest("hex");
}

/** Deploys and seals the protocol of a new devnet. @throws X0T_DEPLOY_FAILED */
export async function deployContracts(
  options: {
    paths: StatePaths;
    rpcUrl: string;
    epochSeconds: number;
    genesis: DeploymentGenesis;
  },
  signal: AbortSignal,
): Promise<AddressBook> {
  const { paths, rpcUrl } = options;
  await mkdir(paths.deploymentDir, { recursive: true });
  const parametersFile = join(paths.deploymentDir, "parameters.json");
  await writeFile(parametersFile, renderParameters(options.epochSeconds, options.genesis));
  const privateKey = await readPrivateKeyFile(paths.keyFile("deployer"));
  return deployProtocol({ rpcUrl, deploymentDir: join(paths.deploymentDir, "ignition"), parametersFile, privateKey }, signal);
}

/**
 * Runs deployProtocol.ts in a process of its own: Hardhat would stay in the launcher's memory.
 * @throws X0T_DEPLOY_FAILED
 */
export async function deployProtocol(
  options: { rpcUrl: string; deploymentDir: string; parametersFile: string; privateKey: Hex; quick?: boolean },
  signal: AbortSignal,
): Promise<AddressBook> {
  const folder = await mkdtemp(join(tmpdir(), "x0t-deploy-"));
  try {
    // A key on the command line would be seen by every user of the machine.
    const keyFile = join(folder, "key");
    await writeFile(keyFile, options.privateKey, { mode: 0o600 });
    const line = await run(
      "X0T_DEPLOY_FAILED",
      "deploying the contracts",
      [
        ...["--disable-warning=ExperimentalWarning", join(PROJECT_ROOT, "devnet", "deployProtocol.ts")],
        ...["--deployment-dir", options.deploymentDir],
        ...["--parameters", options.parametersFile, "--key-file", keyFile],
        ...(options.quick === true ? ["--quick"] : []),
      ],
      signal,
      // Nor an URL, which often holds a provider's key.
      { X0T_DEPLOY_RPC_URL: options.rpcUrl },
    );
    return addressBookSchema.parse(JSON.parse(line));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** ignition/parameters/localhost.json5 with this devnet's epoch and accounts; wei as Ignition's "…n". */
function renderParameters(epochSeconds: number, genesis: DeploymentGenesis): string {
  const parameters = protocolParameters(devnetParameters(epochSeconds), genesis);
  return JSON.stringify(parameters, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value), 2);
}

/** Runs Node to its end. @returns its standard output. */
async function run(code: string, what: string, args: readonly string[], signal: AbortSignal, env: Record<string, string> = {}): Promise<string> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(DEPLOY_TIMEOUT_MS)]);
  const child = spawn(process.execPath, args, { cwd: PROJECT_ROOT, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], signal: either });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new X0tError(code, `${what} failed: ${(cause as Error).message}`, { cause });
  });
  if (exitCode === 0) return output;
  signal.throwIfAborted();
  const words = `${output}\n${errors}`.trim().split("\n").slice(-15).join("\n");
  throw new X0tError(code, `${what} failed (exit code ${exitCode}):\n${words}`);
}
