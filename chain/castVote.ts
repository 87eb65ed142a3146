import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { x0tGovernorAbi } from "../core/abi/X0TGovernor.ts";
import { SUPPORT, type Support } from "../core/proposal.ts";
import { X0tError } from "../core/x0tError.ts";
import type { TxSender } from "./client.ts";

/** Votes with all the stake that the sender had at the snapshot, once and for good (GOV-1). @returns that stake, wei. @throws X0T_REVERTED */
export async function castVote(
  sender: TxSender,
  parameters: { governor: Address; proposalId: bigint; support: Support; reason?: string },
  signal?: AbortSignal,
): Promise<{ unitsWei: bigint; receipt: TransactionReceipt }> {
  const { governor, proposalId, support, reason } = parameters;
  const vote = [proposalId, SUPPORT[support]] as const;
  const receipt = await sender.send(
    {
      address: governor,
      abi: x0tGovernorAbi,
      ...(reason === undefined ? { functionName: "castVote", args: vote } : { functionName: "castVoteWithReason", args: [...vote, reason] }),
    },
    signal,
  );
  const [event] = parseEventLogs({ abi: x0tGovernorAbi, eventName: "VoteCast", logs: receipt.logs });
  if (event === undefined) {
    throw new X0tError("X0T_BAD_CONTRACT", `${governor} counted no vote: it is not the X0TGovernor of this release.`);
  }
  return { unitsWei: event.args.weight, receipt };
}
