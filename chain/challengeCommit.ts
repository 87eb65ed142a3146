import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import { bitmapOf } from "../core/bundle.ts";
import type { NodeIndex } from "../core/ids.ts";
import { approveToken } from "./approveToken.ts";
import type { TxSender } from "./client.ts";

/**
 * Bonds a challenge that names 1 to 4 claimed slots (PRF-4); approves the bond if needed.
 * @param parameters.bondWei the network's CHALLENGE_BOND. @throws X0T_REVERTED
 */
export async function challengeCommit(
  sender: TxSender,
  parameters: {
    token: Address;
    ledger: Address;
    node: NodeIndex;
    epoch: number;
    slots: readonly number[];
    bondWei: bigint;
  },
  signal?: AbortSignal,
): Promise<{ challengeId: bigint; deadline: bigint; receipt: TransactionReceipt }> {
  const { token, ledger, node, epoch, slots, bondWei } = parameters;
  await approveToken(sender, { token, spender: ledger, amountWei: bondWei }, signal);
  const receipt = await sender.send(
    {
      address: ledger,
      abi: proofLedgerAbi,
      functionName: "challenge",
      args: [node, BigInt(epoch), bitmapOf(slots)],
    },
    signal,
  );
  const [event] = parseEventLogs({ abi: proofLedgerAbi, eventName: "Challenged", logs: receipt.logs });
  return { challengeId: event?.args.challengeId ?? 0n, deadline: event?.args.deadline ?? 0n, receipt };
}
