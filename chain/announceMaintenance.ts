import type { Address, TransactionReceipt } from "viem";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import type { NodeIndex } from "../core/ids.ts";
import type { TxSender } from "./client.ts";

/**
 * Announces that `node` may be down in the epochs [first, first + count) without losing its bonus (PRF-3). The sender is
 * the operator or the hot key; `first` begins at least one epoch from now, and at most 6 of any 168 epochs may be announced.
 * @throws X0T_REVERTED
 */
export async function announceMaintenance(
  sender: TxSender,
  parameters: { ledger: Address; node: NodeIndex; first: number; count: number },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { ledger, node, first, count } = parameters;
  return sender.send(
    { address: ledger, abi: proofLedgerAbi, functionName: "announceMaintenance", args: [node, BigInt(first), BigInt(count)] },
    signal,
  );
}
