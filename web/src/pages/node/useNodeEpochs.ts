import { useMemo } from "react";
import { epochStart, slotSeconds } from "../../../../core/epochTime.ts";
import { getConfig } from "../../config.ts";
import { NODE_EPOCHS, type NodeDetail, type NodeEpochsAnswer } from "../../data/queries/node.graphql.ts";
import { useFilters } from "../../data/useFilters.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { useNow } from "../../data/useNow.ts";
import { clockTime, dateTime } from "../../ui/time.ts";
import { explainEarning, type EpochEarning } from "./epochEarning.ts";
import { explainSlot, type EpochFacts, type SlotAnswer } from "./explainSlot.ts";
import { stakeThrough, type StakeHistory } from "./stakeHistory.ts";

/** Epochs on a page: a day of production. */
export const PAGE_EPOCHS = 24;

type Commit = NodeEpochsAnswer["commits"]["items"][number];

/** One epoch of a node, explained. Amounts are wei before the burn of 1 %. */
export interface NodeEpoch {
  epoch: number;
  startsAt: number;
  commit: Commit | undefined;
  slots: readonly SlotAnswer[];
  earning: EpochEarning;
  totalWeight: bigint | undefined;
  poolWei: bigint | undefined;
  targetWei: bigint | undefined;
  stakeWei: bigint | undefined;
  relayingWei: bigint | undefined;
  leaseWei: bigint;
  /** Lease epochs that the tenants got back, or that were burned. */
  leasesLost: number;
}

/** The newest epoch of the page, in the URL as `until`; absent: the running one. */
export function usePage(runningEpoch: number | undefined) {
  const [filters, change] = useFilters();
  const chosen = filters.until !== undefined && /^\d{1,10}$/.test(filters.until) ? Number(filters.until) : undefined;
  const last = runningEpoch === undefined ? undefined : Math.min(chosen ?? runningEpoch, runningEpoch);
  return { last, isNewest: chosen === undefined || last === runningEpoch, turnTo: (until: number | undefined) => change({ until: until === undefined ? undefined : String(until) }) };
}

/** A page of epochs, newest first. @param ownReceipts receipts by epoch and slot, as the node's API counts them. */
export function useNodeEpochs(node: NodeDetail, last: number | undefined, ownReceipts: Readonly<Record<string, Record<number, number>>> | undefined) {
  const { parameters } = getConfig();
  const now = useNow();
  const end = (last ?? 0) + 1;
  const first = Math.max(0, end - PAGE_EPOCHS);
  const query = useGraphql<NodeEpochsAnswer>(NODE_EPOCHS, { node: node.index, first, end }, { isOff: last === undefined });
  // Explained anew with each slot, not with each second.
  const step = slotSeconds(parameters);
  const slotNow = now === undefined ? undefined : Math.floor(now / step) * step;
  const { data } = query;
  const epochs = useMemo(
    () => (data === undefined || slotNow === undefined ? undefined : explainEpochs(node, data, { first, end, now: slotNow, ownReceipts })),
    [node, data, first, end, slotNow, ownReceipts],
  );
  return { query, epochs };
}

function explainEpochs(node: NodeDetail, answer: NodeEpochsAnswer, at: { first: number; end: number; now: number; ownReceipts: Readonly<Record<string, Record<number, number>>> | undefined }): NodeEpoch[] {
  const { parameters } = getConfig();
  const history: StakeHistory = {
    changes: node.stakeChanges.items.map(({ kind, amount, stake, timestamp }) => ({ kind, amount: BigInt(amount), stake: BigInt(stake), timestamp: Number(timestamp) })).reverse(),
    isWhole: !node.stakeChanges.pageInfo.hasNextPage,
  };
  const one = <Row extends { epoch: number }>(rows: readonly Row[], epoch: number) => rows.find((row) => row.epoch === epoch);
  const all = <Row extends { epoch: number }>(rows: readonly Row[], epoch: number) => rows.filter((row) => row.epoch === epoch);
  const clock = (seconds: number) => (dateTime(seconds).slice(0, 10) === dateTime(at.now).slice(0, 10) ? clockTime(seconds) : dateTime(seconds));
  const explain = (epoch: number): NodeEpoch => {
    const commit = one(answer.commits.items, epoch);
    const period = one(answer.epochs.items, epoch);
    const claim = one(answer.claims.items, epoch);
    const leases = all(answer.leaseEpochs.items, epoch);
    const stakeWei = stakeThrough(history, epoch, parameters);
    const isMaintenance = node.maintenances.items.some(({ first, end }) => first <= epoch && epoch < end);
    const facts: EpochFacts = {
      epoch,
      commit: commit && { bitmap: BigInt(commit.bitmap), voided: commit.voided, voidedAt: commit.voidedAt === null ? undefined : Number(commit.voidedAt), final: commit.final },
      challenges: all(answer.challenges.items, epoch).map((each) => ({ ...each, bitmap: BigInt(each.bitmap), deadline: Number(each.deadline) })),
      isActive: stakeWei === undefined ? undefined : stakeWei > 0n,
      isMaintenance,
      ownReceipts: at.ownReceipts?.[String(epoch)],
    };
    const sums = { totalWeight: wei(period?.totalWeight), poolWei: wei(period?.poolPerEpoch), targetWei: wei(period?.targetStake), stakeWei };
    const earning = explainEarning(
      {
        epoch,
        ...sums,
        commit: commit && { slots: commit.slots, weight: BigInt(commit.weight), reward: wei(commit.reward) ?? null, final: commit.final, voided: commit.voided, openChallenges: commit.openChallenges },
        claimedWei: wei(claim?.amount),
        isMaintenance,
      },
      at.now,
      parameters,
      clock,
    );
    return {
      epoch,
      startsAt: epochStart(parameters, epoch),
      commit,
      slots: Array.from({ length: parameters.slotsPerEpoch }, (_, slot) => explainSlot(facts, slot, at.now, parameters, clock)),
      earning,
      ...sums,
      relayingWei: answer.redemptions.pageInfo.hasNextPage ? undefined : sum(all(answer.redemptions.items, epoch).map(({ amount }) => BigInt(amount))),
      leaseWei: sum(leases.filter(({ outcome }) => outcome === "paid").map(({ leased }) => BigInt(leased?.pricePerEpoch ?? 0))),
      leasesLost: leases.filter(({ outcome }) => outcome === "refunded" || outcome === "burned").length,
    };
  };
  return Array.from({ length: at.end - at.first }, (_, back) => explain(at.end - 1 - back));
}

const wei = (text: string | null | undefined) => (text === null || text === undefined ? undefined : BigInt(text));
const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
