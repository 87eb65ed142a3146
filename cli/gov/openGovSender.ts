import { X0tError } from "../../core/x0tError.ts";
import type { TxQueue } from "../../runtime/txQueue.ts";
import type { Network } from "../network.ts";
import { openSender } from "../sender.ts";

export interface SignerFlags {
  node?: number;
  keyFile?: string;
}

/** The key of `--key-file`, else the devnet operator's of `--node`. @param anyone whose key it is does not matter. @throws X0T_USAGE, X0T_KEY_FILE */
export async function openGovSender(network: Network, flags: SignerFlags, anyone = false): Promise<TxQueue> {
  const node = flags.node ?? (anyone ? 0 : undefined);
  if (flags.keyFile === undefined && (node === undefined || network.devnet === undefined)) {
    const devnet = network.devnet === undefined ? "" : ", or --node N: as that node's operator";
    throw new X0tError("X0T_USAGE", `Say who signs: --key-file FILE, with an operator's private key in it${devnet}.`);
  }
  return openSender(network, flags.keyFile, `operator-${node ?? 0}`);
}
