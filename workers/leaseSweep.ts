import { readLeaseCount } from "../chain/readLeaseCount.ts";
import { readLeases } from "../chain/readLeases.ts";
import type { Lease } from "../chain/readLease.ts";
import type { WorkerNode } from "./workerNode.ts";

/** Leases read at a time. */
export const SWEEP_PAGE = 100;

/** Walks all leases on the chain, round after round. What it remembers, which ones are over for good, only saves reading. */
export interface LeaseSweep {
  /**
   * The next page.
   * @param epoch the present one. @returns `roundOf`: at the end of a round, the epoch in which it began.
   */
  page(epoch: number): Promise<{ leases: Lease[]; roundOf?: number }>;
}

export function createLeaseSweep(node: WorkerNode): LeaseSweep {
  const { Marketplace: marketplace } = node.contracts;
  const { client } = node.view;
  /** Leases up to `known` that may still owe something. */
  let open: bigint[] = [];
  let known = 0n;
  let round: { began: number; left: bigint[] } | undefined;
  return {
    async page(epoch) {
      if (round === undefined) {
        const count = await readLeaseCount(client, { marketplace });
        // Fewer than before: the chain was taken back, and others may get the numbers.
        if (count < known) [open, known] = [[], 0n];
        while (known < count) open.push(++known);
        round = { began: epoch, left: [...open] };
      }
      const asked = round.left.slice(0, SWEEP_PAGE);
      const leases = asked.length === 0 ? [] : await readLeases(client, { marketplace, leases: asked });
      const over = new Set(leases.filter(({ next, end }) => next >= end).map(({ lease }) => lease));
      if (over.size > 0) open = open.filter((lease) => !over.has(lease));
      round.left = round.left.slice(SWEEP_PAGE);
      if (round.left.length > 0) return { leases };
      const { began: roundOf } = round;
      round = undefined;
      return { leases, roundOf };
    },
  };
}
