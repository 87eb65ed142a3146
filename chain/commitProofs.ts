import type { Address, Hex, TransactionReceipt } from "viem";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import type { NodeIndex } from "../core/ids.ts";
import { MAX_COMMIT_BATCH } from "../core/parameters.ts";
import { X0tError } from "../core/x0tError.ts";
import type { TxSender } from "./client.ts";

export interface CommitProof {
  node: NodeIndex;
  epoch: number;
  /** Bit s = slot s. */
  bitmap: bigint;
  receiptsRoot: Hex;
  relayedBytes: bigint;
  /** SHA-256 of the bundle's block. */
  cid: Hex;
}

/** Commits 1 to 8 epochs, all or none (PRF-2). The sender is the operator or the hot key. @throws X0T_REVERTED, X0T_BATCH_LENGTH */
export async function commitProofs(
  sender: TxSender,
  parameters: { ledger: Address; commits: readonly CommitProof[] },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { ledger, commits } = parameters;
  const list = commits.map((commit) => ({ ...commit, epoch: BigInt(commit.epoch) }));
  const [only] = list;
  if (only === undefined || list.length > MAX_COMMIT_BATCH) {
    throw new X0tError("X0T_BATCH_LENGTH", `Commit 1 to ${MAX_COMMIT_BATCH} epochs at once, not ${list.length}.`);
  }
  const call =
    list.length === 1
      ? ({ functionName: "commit", args: [only] } as const)
      : ({ functionName: "commitBatch", args: [list] } as const);
  return sender.send({ address: ledger, abi: proofLedgerAbi, ...call }, signal);
}
