import type { Address } from "viem";
import { readContract } from "viem/actions";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import type { NodeIndex } from "../core/ids.ts";
import type { Reader } from "./client.ts";

/** Whether the node announced that it may be down in `epoch` (PRF-3). */
export async function isMaintenance(
  client: Reader,
  parameters: { ledger: Address; node: NodeIndex; epoch: number },
): Promise<boolean> {
  const { ledger, node, epoch } = parameters;
  return readContract(client, { address: ledger, abi: proofLedgerAbi, functionName: "isMaintenance", args: [node, BigInt(epoch)] });
}
