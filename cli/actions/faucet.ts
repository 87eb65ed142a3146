import { getAddress, isAddress, type Address, type Hex } from "viem";
import { readBalance } from "../../chain/readBalance.ts";
import { transferToken } from "../../chain/transferToken.ts";
import { X0tError } from "../../core/x0tError.ts";
import { rpcCall } from "../../devnet/anvilRpc.ts";
import { formatX0t, parseX0t } from "../amounts.ts";
import { findNetwork, type Network } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";

const ETHER_WEI = 10n * 10n ** 18n;
const TIMEOUT_MS = 5_000;

/** `x0t faucet`: X0T from the devnet's faucet account, and at least 10 test ether. */
export async function faucet(to: string, flags: { amount: string; stateDir?: string; json?: boolean }): Promise<void> {
  if (!isAddress(to)) throw new X0tError("X0T_USAGE", `"${to}" is no address: 0x and 40 hex digits.`);
  const account = getAddress(to);
  const amountWei = parseX0t(flags.amount);
  const network = await findNetwork(flags);
  const transactionHash = await giveFromFaucet(network, account, amountWei);
  const { x0tWei, ethWei } = await readBalance(network.client, { token: network.contracts.contracts.X0TToken, account });
  if (flags.json === true) printJson({ account, x0tWei, ethWei, transactionHash });
  else console.log(`${account} has ${formatX0t(x0tWei)} X0T and ${formatX0t(ethWei)} test ether now.`);
}

/** @returns the transaction that sent the X0T. */
export async function giveFromFaucet(network: Network, account: Address, amountWei: bigint): Promise<Hex> {
  const { X0TToken: token } = network.contracts.contracts;
  const sender = await openSender(network, undefined, "faucet");
  const receipt = await transferToken(sender, { token, to: account, amountWei });
  const { ethWei } = await readBalance(network.client, { token, account });
  if (ethWei < ETHER_WEI) {
    const [rpcUrl = ""] = network.rpcUrls;
    await rpcCall(rpcUrl, "anvil_setBalance", [account, `0x${ETHER_WEI.toString(16)}`], AbortSignal.timeout(TIMEOUT_MS));
  }
  return receipt.transactionHash;
}
