import type { Address } from "viem";
import { getBalance, readContract } from "viem/actions";
import { x0tTokenAbi } from "../core/abi/X0TToken.ts";
import type { Reader } from "./client.ts";

/** What an account holds, in wei of X0T and of the chain's own coin. */
export async function readBalance(
  client: Reader,
  parameters: { token: Address; account: Address },
): Promise<{ x0tWei: bigint; ethWei: bigint }> {
  const { token, account } = parameters;
  const [x0tWei, ethWei] = await Promise.all([
    readContract(client, { address: token, abi: x0tTokenAbi, functionName: "balanceOf", args: [account] }),
    getBalance(client, { address: account }),
  ]);
  return { x0tWei, ethWei };
}
