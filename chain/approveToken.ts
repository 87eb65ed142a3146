import type { Address } from "viem";
import { readContract } from "viem/actions";
import { x0tTokenAbi } from "../core/abi/X0TToken.ts";
import type { TxSender } from "./client.ts";

/**
 * Lets `spender` take `amountWei` of the sender's X0T, unless it may already.
 * @param parameters.approveWei what to approve when the allowance falls short; `amountWei` by default.
 * @returns true if a transaction was needed.
 */
export async function approveToken(
  sender: TxSender,
  parameters: { token: Address; spender: Address; amountWei: bigint; approveWei?: bigint },
  signal?: AbortSignal,
): Promise<boolean> {
  const { token, spender, amountWei } = parameters;
  const allowance = await readContract(sender.client, {
    address: token,
    abi: x0tTokenAbi,
    functionName: "allowance",
    args: [sender.account, spender],
  });
  if (allowance >= amountWei) return false;
  const args = [spender, parameters.approveWei ?? amountWei] as const;
  await sender.send({ address: token, abi: x0tTokenAbi, functionName: "approve", args }, signal);
  return true;
}
