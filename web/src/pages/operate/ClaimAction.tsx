import { getAddress } from "viem";
import { epochRewardsAbi } from "../../../../core/abi/EpochRewards.ts";
import { getConfig } from "../../config.ts";
import { FINAL_REWARDS, PENDING_REWARDS, REWARD_EPOCHS, type FinalRewardsAnswer, type OperatedNode, type PendingRewardsAnswer } from "../../data/queries/operate.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import type { Step } from "../../tx/useTransaction.ts";
import { Amount, exactX0t } from "../../ui/Amount.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { duration } from "../../ui/time.ts";
import { afterBurn, claimBatches, epochRanges, splitRewards, type RewardSplit } from "./rewards.ts";

/** What the node earned, in its four states, and the claim of what is final. */
export function ClaimAction({ node }: { node: OperatedNode }) {
  const pending = useGraphql<PendingRewardsAnswer>(PENDING_REWARDS, { node: node.index });
  const isNothing = BigInt(node.earned) === BigInt(node.claimed);
  const final = useGraphql<FinalRewardsAnswer>(FINAL_REWARDS, { node: node.index, limit: REWARD_EPOCHS }, { isOff: isNothing });
  return (
    <QueryView query={pending}>
      {(answer) => {
        const split = splitRewards(node, answer, isNothing ? undefined : final.data);
        return (
          <div className="grid gap-4">
            <Split split={split} />
            <TransactionPanel action={split.claimable.length === 0 ? "Claim" : "Claim all"} steps={stepsOf(node, split)} blocked={!isNothing && final.data === undefined ? (final.error?.message ?? "Looking up the epochs to claim …") : whyNot(split)} />
            <p className="text-sm text-muted">
              The node's worker claims by itself while it runs; anybody may, and the operator is paid. A claim takes up to 168 epochs; more are claimed in several transactions.
              Rewards do not expire.
            </p>
          </div>
        );
      }}
    </QueryView>
  );
}

function Split({ split }: { split: RewardSplit }) {
  const { commitSeconds, challengeSeconds, responseSeconds } = getConfig().parameters;
  const wait = duration(commitSeconds + challengeSeconds + responseSeconds);
  const parts = [
    { name: "Pending", wei: split.pendingWei, why: `Proved in ${split.pendingEpochs} epochs that are not final: for ${wait} after its end an epoch may be challenged. About, by today's weights.` },
    { name: "Claimable", wei: split.claimableWei, why: split.claimable.length === 0 ? "Of final epochs. Nothing waits." : `Of ${epochRanges(split.claimable.map(({ epoch }) => epoch))}, which are final.` },
    { name: "Claimed", wei: split.claimedWei, why: "Paid to you since the node was registered." },
  ];
  return (
    <dl className="grid gap-3 sm:grid-cols-3">
      {parts.map(({ name, wei, why }) => (
        <div key={name} className="rounded-lg bg-raised px-3 py-2">
          <dt className="text-sm text-muted">{name}</dt>
          <dd className="font-semibold">
            <Amount wei={wei} />
          </dd>
          <dd className="text-sm text-muted">{why}</dd>
        </div>
      ))}
      {split.challengedEpochs > 0 && (
        <p className="text-sm text-bad sm:col-span-3">{split.challengedEpochs} epochs are under challenge: they earn nothing until it is answered.</p>
      )}
    </dl>
  );
}

function whyNot(split: RewardSplit): string | undefined {
  if (split.claimable.length > 0) return undefined;
  if (split.claimableWei > 0n) return `What is claimable is of epochs before the last ${REWARD_EPOCHS}: claim it with ./x0t claim.`;
  return "Nothing is claimable: what was final is claimed already.";
}

function stepsOf(node: OperatedNode, split: RewardSplit): Step[] {
  const { EpochRewards: address } = getConfig().contracts.contracts;
  return claimBatches(split.claimable).map(({ epochs, amountWei }) => {
    const { netWei, burnedWei } = afterBurn(amountWei);
    return {
      title: `Claim ${epochRanges(epochs)}: ${exactX0t(amountWei)} X0T`,
      effect: (
        <>
          Pays {exactX0t(netWei)} X0T to {getAddress(node.operator)}, the operator of node {node.index}, and burns {exactX0t(burnedWei)} X0T (1 %). What
          somebody claimed meanwhile is passed over.
        </>
      ),
      call: { address, abi: epochRewardsAbi, functionName: "claim", args: [node.index, epochs.map(BigInt)] },
    };
  });
}
