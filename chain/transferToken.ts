import type { Address, TransactionReceipt } from "viem";
import { x0tTokenAbi } from "../core/abi/X0TToken.ts";
import type { TxSender } from "./client.ts";

/** Sends X0T; 1 % of it burns on the way (TOK-2). @throws X0T_REVERTED */
export async function transferToken(
  sender: TxSender,
  parameters: { token: Address; to: Address; amountWei: bigint },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { token, to, amountWei } = parameters;
  return sender.send({ address: token, abi: x0tTokenAbi, functionName: "transfer", args: [to, amountWei] }, signal);
}
