import { readContract } from "viem/actions";
import type { Lease } from "../../chain/readLease.ts";
import { readPaged } from "../../chain/readPaged.ts";
import { marketplaceAbi } from "../../core/abi/Marketplace.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { epochStart, finalAt, finalBefore } from "../../core/epochTime.ts";
import { outcomeOf, pendingWei, STAKE_PER_PRICE, type Outcome } from "../../core/leases.ts";
import type { Network } from "../network.ts";
import type { LeaseRecord } from "./leaseRecords.ts";
import { formatWait, type Now } from "./terms.ts";

/** A lease as people are shown it; sums in wei, unknown without an indexer that has seen its last change. */
export interface LeaseView extends Lease {
  /** In escrow. */
  pendingWei: bigint;
  paidWei?: bigint;
  /** Epochs that failed, and those that were cut off. */
  refundedWei?: bigint;
  burnedWei?: bigint;
  /** As rented. */
  bookedEnd?: number;
  endReason?: string | null;
}

/** The contract's state of a lease with what only events tell, if the index is of the same state. */
export function viewOf(lease: Lease, record: LeaseRecord | undefined): LeaseView {
  const view: LeaseView = { ...lease, pendingWei: pendingWei(lease) };
  if (record === undefined || record.next !== lease.next || record.end !== lease.end) return view;
  const { paid, refunded, burned, bookedEnd, endReason } = record;
  return { ...view, paidWei: paid, refundedWei: refunded, burnedWei: burned, bookedEnd, endReason };
}

/** What a lease does now, in a few words. */
export function stateOf(network: Network, lease: LeaseView, now: Now): string {
  const { first, end, next } = lease;
  const why = typeof lease.endReason === "string" ? ` (${lease.endReason})` : "";
  if (next >= end) return `settled${why}`;
  if (now.epoch < first) return `in ${formatWait(epochStart(network.parameters, first) - now.timestamp)}${why}`;
  if (now.epoch < end) return `runs, ${now.epoch - first + 1} of ${end - first}${why}`;
  const final = finalAt(network.parameters, end - 1);
  return final > now.timestamp ? `over, settled in ${formatWait(final - now.timestamp)}${why}` : `over, due${why}`;
}

export type EpochState = Outcome | "due" | "open" | "running" | "to come";

/** One epoch of a lease. Final uptimes never change, so what became of it follows from the chain alone. */
export interface LeaseEpoch {
  epoch: number;
  slotsUp: number;
  rejected: boolean;
  /** Settled: what became of its price; due: final; open: may still change. */
  state: EpochState;
  /** What it came to, or will come to when it is settled; undefined while it may change. */
  outcome?: Outcome;
  /** When it becomes final, seconds since 1970. */
  finalAt: number;
}

/** The newest `most` epochs of a lease that have begun, oldest first. */
export async function readLeaseEpochs(network: Network, lease: Lease, now: Now, most: number): Promise<LeaseEpoch[]> {
  const { Marketplace: marketplace, NodeRegistry: registry, ProofLedger: ledger } = network.contracts.contracts;
  const { slotsPerEpoch } = network.parameters;
  const until = Math.min(lease.end, now.epoch + 1);
  const from = Math.max(lease.first, until - most);
  const final = finalBefore(network.parameters, now.timestamp);
  return readPaged(Math.max(0, until - from), async (offset) => {
    const epoch = from + offset;
    const [slotsUp, rejected, atStakeWei] = await Promise.all([
      readContract(network.client, { address: ledger, abi: proofLedgerAbi, functionName: "uptimeOf", args: [lease.node, BigInt(epoch)] }),
      readContract(network.client, { address: marketplace, abi: marketplaceAbi, functionName: "isRejected", args: [lease.lease, epoch] }),
      readContract(network.client, { address: registry, abi: nodeRegistryAbi, functionName: "stakeThrough", args: [lease.node, BigInt(epoch)] }),
    ]);
    const isUnderStaked = atStakeWei < lease.pricePerEpoch * STAKE_PER_PRICE;
    const outcome = outcomeOf({ slotsUp: Number(slotsUp), slotsPerEpoch, minUptimeBps: lease.minUptimeBps, rejected, isUnderStaked });
    const at = { epoch, slotsUp: Number(slotsUp), rejected, finalAt: finalAt(network.parameters, epoch) };
    if (epoch < lease.next) return { ...at, state: outcome, outcome };
    if (epoch < final) return { ...at, state: "due", outcome };
    return { ...at, state: epoch === now.epoch ? "running" : "open" };
  });
}
