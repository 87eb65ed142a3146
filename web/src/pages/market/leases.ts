import { epochStart, finalAt } from "../../../../core/epochTime.ts";
import { slotsNeeded, STAKE_PER_PRICE } from "../../../../core/leases.ts";
import type { ProtocolParameters } from "../../../../core/parameters.ts";
import type { LeaseAnswer, LeaseRow } from "../../data/queries/market.graphql.ts";
import { duration } from "../../ui/time.ts";

/** A lease of the epochs [first, end); amounts in wei. */
export interface Lease extends Omit<LeaseRow, "pricePerEpoch" | "paid" | "refunded" | "burned" | "pending" | "nextFinalAt"> {
  priceWei: bigint;
  paidWei: bigint;
  refundedWei: bigint;
  burnedWei: bigint;
  pendingWei: bigint;
  /** When the next epoch may be settled; undefined once nothing is pending. */
  nextFinalAt: number | undefined;
}

export function leaseOf(row: LeaseRow): Lease {
  const { pricePerEpoch, paid, refunded, burned, pending, nextFinalAt, ...rest } = row;
  return {
    ...rest,
    priceWei: BigInt(pricePerEpoch),
    paidWei: BigInt(paid),
    refundedWei: BigInt(refunded),
    burnedWei: BigInt(burned),
    pendingWei: BigInt(pending),
    nextFinalAt: nextFinalAt === null ? undefined : Number(nextFinalAt),
  };
}

export type LeaseState = "to come" | "runs" | "being settled" | "settled";

export function stateOf(lease: Lease, epoch: number): LeaseState {
  if (lease.next >= lease.end) return "settled";
  if (epoch < lease.first) return "to come";
  return epoch < lease.end ? "runs" : "being settled";
}

const ENDINGS: Record<string, string> = {
  cancelled: "the tenant cancelled it",
  terminated: "the operator ended it",
  rejected: "the tenant rejected an epoch",
  "three failures": "three epochs in a row failed",
};

/** What the lease does now, in a sentence. `now` in seconds. */
export function describeState(lease: Lease, now: number, parameters: ProtocolParameters): string {
  const epoch = Math.floor(now / parameters.epochSeconds);
  const cut = lease.bookedEnd - lease.end;
  const why = lease.endReason === null ? "" : ` It was cut short by ${cut} ${cut === 1 ? "epoch" : "epochs"}: ${ENDINGS[lease.endReason] ?? lease.endReason}.`;
  const until = (at: number) => duration(Math.max(0, epochStart(parameters, at) - now));
  switch (stateOf(lease, epoch)) {
    case "settled":
      return `It is over, and every epoch is settled.${why}`;
    case "to come":
      return `It begins in ${until(lease.first)}.${why}`;
    case "runs":
      return `It runs, in epoch ${epoch - lease.first + 1} of ${lease.end - lease.first}, and ends in ${until(lease.end)}.${why}`;
    default: {
      const left = finalAt(parameters, lease.end - 1) - now;
      return left > 0 ? `It is over; its last epoch is final in ${duration(left)}.${why}` : `It is over, and waits to be settled: anyone may do that.${why}`;
    }
  }
}

/** The money of a lease by what became of it: the parts add up to the whole. */
export function splitOf(lease: Lease): { wholeWei: bigint; cutWei: bigint; parts: { name: "paid" | "refunded" | "burned" | "pending"; wei: bigint; epochs: number; meaning: string }[] } {
  const cut = lease.bookedEnd - lease.end;
  return {
    wholeWei: lease.priceWei * BigInt(lease.bookedEnd - lease.first),
    cutWei: lease.priceWei * BigInt(cut),
    parts: [
      { name: "paid", wei: lease.paidWei, epochs: lease.paidEpochs, meaning: "to the operator, of which 1 % burned, for epochs that kept the promise" },
      {
        name: "refunded",
        wei: lease.refundedWei,
        epochs: lease.refundedEpochs + cut,
        meaning: cut === 0 ? "back to the tenant, for epochs that failed" : `back to the tenant, for ${lease.refundedEpochs} that failed and ${cut} that were cut off`,
      },
      { name: "burned", wei: lease.burnedWei, epochs: lease.burnedEpochs, meaning: "burned: the tenant rejected the epoch although the node was up" },
      { name: "pending", wei: lease.pendingWei, epochs: lease.end - lease.next, meaning: "in escrow, until the uptime is final" },
    ],
  };
}

/** What ending it now would do. */
export interface Ending {
  /** First epoch that the lease would no longer cover. */
  end: number;
  epochs: number;
  refundWei: bigint;
}

/** MKT-4: a tenant pays on until the end of the next epoch; undefined if the lease ends by then anyway. */
export function cancelling(lease: Lease, epoch: number): Ending | undefined {
  return endingAt(lease, epoch + 2);
}

/** MKT-4: a provider gives back all that has not begun. */
export function terminating(lease: Lease, epoch: number): Ending | undefined {
  return endingAt(lease, epoch + 1);
}

function endingAt(lease: Lease, end: number): Ending | undefined {
  const epochs = lease.end - end;
  return epochs <= 0 ? undefined : { end, epochs, refundWei: lease.priceWei * BigInt(epochs) };
}

/** MKT-6: epochs that the tenant may reject now. */
export function rejectable(lease: Lease, epoch: number, isRejected: (epoch: number) => boolean): number[] {
  return [epoch - 1, epoch].filter((one) => one >= lease.first && one < lease.end && one >= lease.next && !isRejected(one));
}

/** How many epochs anyone may settle now (MKT-3). */
export function settleable(lease: Lease, finalBefore: number): number {
  return Math.max(0, Math.min(lease.end, finalBefore) - lease.next);
}

/** A node's leases never overlap (MKT-2): it can be rented on without a gap from the start of its last epoch on. */
export function extendableFrom(lease: Lease, parameters: ProtocolParameters): number {
  return epochStart(parameters, lease.end - 1);
}

export type EpochState = "paid" | "refunded" | "burned" | "due" | "open" | "running" | "to come";

/** One epoch of a lease, and why it is what it is. */
export interface LeaseEpoch {
  epoch: number;
  /** 1 for the lease's first. */
  place: number;
  startsAt: number;
  /** Proved so far; undefined before the node published a proof. */
  slotsUp: number | undefined;
  needed: number;
  slots: number;
  state: EpochState;
  reason: string;
}

/** The epochs [from, to) of a lease. `now` in seconds. */
export function leaseEpochs(lease: Lease, answer: Pick<LeaseAnswer, "commits"> & { epochs: { epoch: number; outcome: string | null; rejected: boolean }[]; finalBefore: number; stakeWei: bigint | undefined }, range: { from: number; to: number }, now: number, parameters: ProtocolParameters): LeaseEpoch[] {
  const { slotsPerEpoch: slots } = parameters;
  const needed = slotsNeeded({ minUptimeBps: lease.minUptimeBps, slotsPerEpoch: slots });
  const commits = new Map(answer.commits.items.map((commit) => [commit.epoch, commit]));
  const fates = new Map(answer.epochs.map((fate) => [fate.epoch, fate]));
  const current = Math.floor(now / parameters.epochSeconds);
  const isUnderStaked = answer.stakeWei !== undefined && answer.stakeWei < lease.priceWei * STAKE_PER_PRICE;
  return Array.from({ length: Math.max(0, range.to - range.from) }, (_, offset) => {
    const epoch = range.from + offset;
    const [commit, fate] = [commits.get(epoch), fates.get(epoch)];
    const slotsUp = commit === undefined ? undefined : commit.voided ? 0 : commit.slots;
    const row = { epoch, place: epoch - lease.first + 1, startsAt: epochStart(parameters, epoch), slotsUp, needed, slots };
    const finalIn = duration(Math.max(0, finalAt(parameters, epoch) - now));
    const said = `${slotsUp ?? 0} of ${slots} slots proved, ${needed} needed`;
    const failed = commit === undefined ? "The node published no proof of this epoch" : commit.voided ? "Its proof is void: a challenge was left unanswered" : (slotsUp ?? 0) < needed ? `Too little: ${said}` : undefined;
    switch (fate?.outcome) {
      case "paid":
        return { ...row, state: "paid" as const, reason: `Kept: ${said}.` };
      case "refunded":
        return { ...row, state: "refunded" as const, reason: `${failed ?? `${said}, but less than ten times the price was at stake throughout`}. The price went back to the tenant.` };
      case "burned":
        return { ...row, state: "burned" as const, reason: `${said}, but the tenant rejected it: the price burned, neither side gains.` };
      default:
    }
    if (epoch > current) return { ...row, state: "to come" as const, reason: `It begins in ${duration(row.startsAt - now)}.` };
    const rejected = fate?.rejected === true ? " The tenant rejected it: if it kept the promise, its price burns." : "";
    if (epoch < answer.finalBefore) {
      const next = failed !== undefined ? `${failed}: the price will go back to the tenant` : isUnderStaked ? `${said}, but too little is at stake now; if it was so throughout, the price goes back to the tenant` : `${said}: the price will be paid`;
      return { ...row, state: "due" as const, reason: `${next}, as soon as somebody settles it.${rejected}` };
    }
    if (epoch === current) return { ...row, state: "running" as const, reason: `It goes on. Its uptime is final ${finalIn} from now.${rejected}` };
    const open = commit === undefined ? "The node has not published its proof yet" : commit.voided ? `${failed}` : `${said} so far${commit.openChallenges > 0 ? "; a challenge is open" : ""}`;
    return { ...row, state: "open" as const, reason: `${open}. It can change until it is final in ${finalIn}.${rejected}` };
  });
}
