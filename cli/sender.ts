import { existsSync } from "node:fs";
import { privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import { X0tError } from "../core/x0tError.ts";
import { readPrivateKeyFile } from "../runtime/keystore.ts";
import { createLogger } from "../runtime/logger.ts";
import { createTxQueue, type TxQueue } from "../runtime/txQueue.ts";
import type { Network } from "./network.ts";

const POLL_MS = 100;

/**
 * Sends transactions with the key of `--key-file`, else with the devnet's key of that name ("operator-0", "faucet").
 * @throws X0T_KEY_FILE, X0T_USAGE
 */
export async function openSender(network: Network, keyFile: string | undefined, devnetKey: string): Promise<TxQueue> {
  return createTxQueue({
    client: network.client,
    account: await readAccount(network, keyFile, devnetKey),
    chainId: network.contracts.chainId,
    log: createLogger("cli", "warn"),
    limits: { pollMs: POLL_MS },
  });
}

/** The account of `--key-file`, else the devnet's of that name. @throws X0T_KEY_FILE, X0T_USAGE */
export async function readAccount(network: Network, keyFile: string | undefined, devnetKey: string | undefined): Promise<PrivateKeyAccount> {
  const file = keyFile ?? (devnetKey === undefined ? undefined : network.devnet?.paths.keyFile(devnetKey));
  if (file === undefined || (keyFile === undefined && !existsSync(file))) {
    throw new X0tError("X0T_USAGE", "Say whose key signs: --key-file FILE, with the private key of the operator or tenant in it.");
  }
  return privateKeyToAccount(await readPrivateKeyFile(file));
}
