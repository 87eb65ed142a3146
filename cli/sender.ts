import { existsSync } from "node:fs";
import { privateKeyToAccount } from "viem/accounts";
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
  const file = keyFile ?? network.devnet?.paths.keyFile(devnetKey);
  if (file === undefined || (keyFile === undefined && !existsSync(file))) {
    throw new X0tError("X0T_USAGE", "Say whose key signs: --key-file FILE, with the operator's private key in it.");
  }
  return createTxQueue({
    client: network.client,
    account: privateKeyToAccount(await readPrivateKeyFile(file)),
    chainId: network.contracts.chainId,
    log: createLogger("cli", "warn"),
    limits: { pollMs: POLL_MS },
  });
}
