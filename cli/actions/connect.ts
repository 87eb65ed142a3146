import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { readBalance } from "../../chain/readBalance.ts";
import { X0tError } from "../../core/x0tError.ts";
import { takeLauncherLock } from "../../devnet/launcherLock.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import { readPrivateKeyFile } from "../../runtime/keystore.ts";
import { formatX0t, parseX0t } from "../../core/amounts.ts";
import { runInForeground } from "../foreground.ts";
import { openSender } from "../sender.ts";
import { findNetwork, type Network } from "../network.ts";
import { printJson } from "../printJson.ts";
import { giveFromFaucet } from "../../devnet/faucet.ts";

interface ConnectFlags {
  home: string;
  port: number;
  apiPort: number;
  hops: number;
  deposit: string;
  stateDir?: string;
  network?: string;
  rpc?: string;
  ipfs?: string;
  json?: boolean;
}

const GUARDS = 3;

/** `x0t connect`: makes the client's home at the first start, then runs the client. */
export async function connect(flags: ConnectFlags): Promise<void> {
  const home = resolve(flags.home.replace(/^~(?=\/|$)/, homedir()));
  const depositWei = parseX0t(flags.deposit);
  const { stateDir, network: name, rpc, ipfs } = flags;
  const network = await findNetwork({
    ...(stateDir !== undefined && { stateDir }),
    ...(name !== undefined && { network: name }),
    ...(rpc !== undefined && { rpc }),
    ...(ipfs !== undefined && { ipfs }),
  });
  const keyFile = join(home, "payer.key");
  await mkdir(home, { recursive: true, mode: 0o700 });
  const releaseLock = await takeHome(home);
  try {
    if (!existsSync(keyFile)) await writeFileAtomic(keyFile, `${generatePrivateKey()}\n`, 0o600);
    await writeConfig(network, home, keyFile, flags, depositWei);
    // The client chooses its guards once it runs: until then a first start may have broken off anywhere.
    if (!existsSync(join(home, "guards.json"))) await fund(network, keyFile, depositWei * BigInt(GUARDS));
    await run(home, flags);
  } finally {
    await releaseLock();
  }
}

/** Two clients of one home would pay by the same channels; other ports do not tell them apart. @throws X0T_ALREADY_RUNNING */
async function takeHome(home: string): Promise<() => Promise<void>> {
  try {
    return await takeLauncherLock(join(home, "client.lock"));
  } catch (cause) {
    if (!(cause instanceof X0tError) || cause.data.pid === undefined) throw cause;
    throw new X0tError("X0T_ALREADY_RUNNING", `A client already runs in ${home} (process ${String(cause.data.pid)}). Stop it, or choose another --home.`, { cause });
  }
}

async function run(home: string, flags: ConnectFlags): Promise<void> {
  const socksUrl = `socks5h://127.0.0.1:${flags.port}`;
  await runInForeground([{ name: "The client", script: "node/client/main.ts", args: ["--home", home] }], () => {
    if (flags.json === true) printJson({ ready: true, socksUrl, home });
    else console.log(`Ready: ${socksUrl} (SOCKS5, names are resolved at the exit). Ctrl-C stops it.`);
  });
}

/** Written at each start: the flags decide, the key and the guards stay. */
async function writeConfig(network: Network, home: string, keyFile: string, flags: ConnectFlags, depositWei: bigint): Promise<void> {
  const config = {
    chainId: network.contracts.chainId,
    rpcUrls: network.rpcUrls,
    contracts: network.contracts,
    parameters: network.choice,
    ipfsUrl: network.ipfsUrl,
    socks: { host: "127.0.0.1", port: flags.port },
    api: { host: "127.0.0.1", port: flags.apiPort },
    keyFile,
    hops: flags.hops,
    guards: GUARDS,
    depositWei: depositWei.toString(),
  };
  await writeFileAtomic(join(home, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

async function fund(network: Network, keyFile: string, neededWei: bigint): Promise<void> {
  const { address } = privateKeyToAccount(await readPrivateKeyFile(keyFile));
  const { X0TToken: token } = network.contracts.contracts;
  if (network.devnet !== undefined) {
    // A tenth more: 1 % burns on the way.
    const [rpcUrl = ""] = network.rpcUrls;
    const faucet = await openSender(network, undefined, "faucet");
    await giveFromFaucet(faucet, { token, rpcUrl, account: address, amountWei: (neededWei * 11n) / 10n });
    return;
  }
  const { x0tWei, ethWei } = await readBalance(network.client, { token, account: address });
  if (x0tWei >= neededWei && ethWei > 0n) return;
  throw new X0tError("X0T_NOT_FUNDED", `Send ${formatX0t(neededWei)} X0T and some of the chain's coin to ${address}, which pays the relays; then start again.`, {
    data: { address },
  });
}
