import type { Address } from "viem";
import { readContract } from "viem/actions";
import { epochRewardsAbi } from "../core/abi/EpochRewards.ts";
import type { NodeIndex } from "../core/ids.ts";
import type { Reader } from "./client.ts";
import { readPaged } from "./readPaged.ts";

/** What `claimRewards` would pay for each epoch now, wei before the burn; only epochs with something to pay. */
export async function readClaimable(
  client: Reader,
  parameters: { rewards: Address; node: NodeIndex; epochs: readonly number[] },
): Promise<{ epoch: number; amountWei: bigint }[]> {
  const { rewards, node, epochs } = parameters;
  const all = await readPaged(epochs.length, async (position) => {
    const epoch = epochs[position] as number;
    const amountWei = await readContract(client, {
      address: rewards,
      abi: epochRewardsAbi,
      functionName: "claimable",
      args: [node, BigInt(epoch)],
    });
    return { epoch, amountWei };
  });
  return all.filter(({ amountWei }) => amountWei > 0n);
}
