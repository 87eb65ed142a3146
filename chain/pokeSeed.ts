import type { Address, TransactionReceipt } from "viem";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import type { TxSender } from "./client.ts";

/** Writes the seed of the next epoch, if nobody has; anyone may. @throws X0T_REVERTED */
export async function pokeSeed(
  sender: TxSender,
  parameters: { ledger: Address },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  return sender.send({ address: parameters.ledger, abi: proofLedgerAbi, functionName: "poke", args: [] }, signal);
}
