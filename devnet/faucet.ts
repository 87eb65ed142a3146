import type { Address, Hex } from "viem";
import { readBalance } from "../chain/readBalance.ts";
import { transferToken } from "../chain/transferToken.ts";
import type { TxSender } from "../chain/client.ts";
import { rpcCall } from "./anvilRpc.ts";

const ETHER_WEI = 10n * 10n ** 18n;
const TIMEOUT_MS = 5_000;

/** X0T of the faucet's account, and test ether up to 10. @returns the transaction that sent the X0T. */
export async function giveFromFaucet(faucet: TxSender, to: { token: Address; rpcUrl: string; account: Address; amountWei: bigint }): Promise<Hex> {
  const { token, rpcUrl, account, amountWei } = to;
  const receipt = await transferToken(faucet, { token, to: account, amountWei });
  const { ethWei } = await readBalance(faucet.client, { token, account });
  if (ethWei < ETHER_WEI) await rpcCall(rpcUrl, "anvil_setBalance", [account, `0x${ETHER_WEI.toString(16)}`], AbortSignal.timeout(TIMEOUT_MS));
  return receipt.transactionHash;
}
