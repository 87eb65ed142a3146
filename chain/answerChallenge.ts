import type { Address, Hex, TransactionReceipt } from "viem";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import type { NodeIndex } from "../core/ids.ts";
import { receiptTree, sortReceipts, type Receipt } from "../core/receiptTree.ts";
import type { TxSender } from "./client.ts";

/** A quorum of receipts of one slot with their proofs, witnesses strictly increasing. */
export interface SlotAnswer {
  slot: number;
  receipts: { witness: number; signature: Hex; proof: Hex[] }[];
}

/**
 * The answer to a challenge that names `slots`, out of all receipts behind the commit's root.
 * @param quorum how many receipts a slot needs: more only cost gas. @returns undefined if a slot falls short.
 */
export function slotAnswers(
  receipts: readonly Receipt[],
  slots: readonly number[],
  quorum: (slot: number) => number,
): SlotAnswer[] | undefined {
  if (receipts.length === 0) return undefined;
  const sorted = sortReceipts(receipts);
  const tree = receiptTree(sorted);
  const answers: SlotAnswer[] = [];
  for (const slot of [...slots].sort((a, b) => a - b)) {
    const held = sorted.filter((receipt) => receipt.slot === slot).slice(0, quorum(slot));
    if (held.length < quorum(slot)) return undefined;
    answers.push({
      slot,
      receipts: held.map(({ witness, signature }) => ({
        witness,
        signature,
        proof: tree.getProof([slot, witness, signature]) as Hex[],
      })),
    });
  }
  return answers;
}

/** Answers all slots of one challenge; its bond burns (PRF-4). @throws X0T_REVERTED */
export async function answerChallenge(
  sender: TxSender,
  parameters: { ledger: Address; node: NodeIndex; epoch: number; challengeId: bigint; answers: readonly SlotAnswer[] },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { ledger, node, epoch, challengeId, answers } = parameters;
  return sender.send(
    {
      address: ledger,
      abi: proofLedgerAbi,
      functionName: "answer",
      args: [node, BigInt(epoch), challengeId, answers],
    },
    signal,
  );
}
