import { parseEventLogs, type Address, type TransactionReceipt } from "viem";
import { epochRewardsAbi } from "../core/abi/EpochRewards.ts";
import type { NodeIndex } from "../core/ids.ts";
import { MAX_CLAIM_EPOCHS } from "../core/parameters.ts";
import { X0tError } from "../core/x0tError.ts";
import type { TxSender } from "./client.ts";

/**
 * Pays the operator of `node` its shares of 1 to 168 final epochs; anyone may (REW-3). Claimed ones are passed over.
 * @returns `paidWei` before the burn of 1 %. @throws X0T_REVERTED, X0T_BATCH_LENGTH
 */
export async function claimRewards(
  sender: TxSender,
  parameters: { rewards: Address; node: NodeIndex; epochs: readonly number[] },
  signal?: AbortSignal,
): Promise<{ paidWei: bigint; receipt: TransactionReceipt }> {
  const { rewards, node, epochs } = parameters;
  if (epochs.length === 0 || epochs.length > MAX_CLAIM_EPOCHS) {
    throw new X0tError("X0T_BATCH_LENGTH", `Claim 1 to ${MAX_CLAIM_EPOCHS} epochs at once, not ${epochs.length}.`);
  }
  const receipt = await sender.send(
    { address: rewards, abi: epochRewardsAbi, functionName: "claim", args: [node, epochs.map(BigInt)] },
    signal,
  );
  const events = parseEventLogs({ abi: epochRewardsAbi, eventName: "Claimed", logs: receipt.logs });
  return { paidWei: events.reduce((sum, event) => sum + event.args.amount, 0n), receipt };
}
