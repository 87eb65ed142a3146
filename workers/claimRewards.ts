import { claimRewards } from "../chain/claimRewards.ts";
import { readClaimable } from "../chain/readClaimable.ts";
import { finalAt } from "../core/epochTime.ts";
import { MAX_CLAIM_EPOCHS, PRODUCTION } from "../core/parameters.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

/** How far back the first look goes; older rewards are claimed by hand with `x0t claim`. */
const LOOKBACK_EPOCHS = 30 * 24;
/** A claim a day is enough where epochs are hours: each costs gas. */
const PRODUCTION_BATCH = 24;

/** Claims the node's rewards of final epochs for its operator (REW-3): each epoch on a devnet, daily in production. */
export function createClaimRewards(node: WorkerNode): Job {
  const { EpochRewards: rewards } = node.contracts;
  const least = node.parameters.epochSeconds < PRODUCTION.epochSeconds ? 1 : PRODUCTION_BATCH;
  /** Epochs before it are claimed or earned nothing: both are for good. */
  let from: number | undefined;
  let doneEpoch = -1;
  return {
    name: "claimRewards",
    async run(tick, signal) {
      if (doneEpoch === tick.epoch) return;
      let last = tick.epoch - 1;
      while (last >= 0 && tick.timestamp < finalAt(node.parameters, last)) last--;
      from ??= Math.max(0, last - LOOKBACK_EPOCHS);
      const epochs = Array.from({ length: Math.max(0, last - from + 1) }, (_, offset) => (from as number) + offset);
      const owed = await readClaimable(node.view.client, { rewards, node: node.index, epochs });
      if (owed.length >= least) {
        await claim(node, owed.map(({ epoch }) => epoch), signal);
        from = last + 1;
      } else {
        from = owed[0]?.epoch ?? Math.max(from, last + 1);
      }
      doneEpoch = tick.epoch;
    },
  };
}

/** Anyone may claim for a node: what somebody claimed meanwhile reached the operator and is passed over. */
async function claim(node: WorkerNode, epochs: number[], signal: AbortSignal): Promise<void> {
  const { EpochRewards: rewards } = node.contracts;
  for (let first = 0; first < epochs.length; first += MAX_CLAIM_EPOCHS) {
    const batch = epochs.slice(first, first + MAX_CLAIM_EPOCHS);
    const { paidWei } = await claimRewards(node.sender, { rewards, node: node.index, epochs: batch }, signal);
    node.metrics.claimedWei.inc(Number(paidWei));
    node.log.info({ epochs: batch.length, from: batch[0], to: batch.at(-1), paidWei: paidWei.toString() }, "claimed rewards");
  }
}
