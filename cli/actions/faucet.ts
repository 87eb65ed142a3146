import { getAddress, isAddress } from "viem";
import { readBalance } from "../../chain/readBalance.ts";
import { X0tError } from "../../core/x0tError.ts";
import { giveFromFaucet } from "../../devnet/faucet.ts";
import { formatX0t, parseX0t } from "../../core/amounts.ts";
import { findNetwork } from "../network.ts";
import { printJson } from "../printJson.ts";
import { openSender } from "../sender.ts";

/** `x0t faucet`: X0T from the devnet's faucet account, and at least 10 test ether. */
export async function faucet(to: string, flags: { amount: string; stateDir?: string; json?: boolean }): Promise<void> {
  if (!isAddress(to)) throw new X0tError("X0T_USAGE", `"${to}" is no address: 0x and 40 hex digits.`);
  const account = getAddress(to);
  const amountWei = parseX0t(flags.amount);
  const network = await findNetwork(flags);
  const { X0TToken: token } = network.contracts.contracts;
  const [rpcUrl = ""] = network.rpcUrls;
  const transactionHash = await giveFromFaucet(await openSender(network, undefined, "faucet"), { token, rpcUrl, account, amountWei });
  const { x0tWei, ethWei } = await readBalance(network.client, { token, account });
  if (flags.json === true) printJson({ account, x0tWei, ethWei, transactionHash });
  else console.log(`${account} has ${formatX0t(x0tWei)} X0T and ${formatX0t(ethWei)} test ether now.`);
}
