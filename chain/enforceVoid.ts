import type { Address, TransactionReceipt } from "viem";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import type { NodeIndex } from "../core/ids.ts";
import type { TxSender } from "./client.ts";

/** Slashes the node of a void commit and pays its challenger (PRF-4); anyone may. @throws X0T_REVERTED */
export async function enforceVoid(
  sender: TxSender,
  parameters: { ledger: Address; node: NodeIndex; epoch: number },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { ledger, node, epoch } = parameters;
  return sender.send(
    { address: ledger, abi: proofLedgerAbi, functionName: "enforce", args: [node, BigInt(epoch)] },
    signal,
  );
}
