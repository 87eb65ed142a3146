import { commit, epoch } from "ponder:schema";
import type { Context } from "ponder:registry";
import { epochAt, epochEnd, epochStart, finalAt, finalBefore } from "../../core/epochTime.ts";
import { parameters } from "./rules.ts";
import { sums, type Amounts } from "./sums.ts";

type Db = Context["db"];
type EpochRow = typeof epoch.$inferSelect;
type CommitRow = typeof commit.$inferSelect;

export function epochOf(timestamp: bigint): number {
  return epochAt(parameters, Number(timestamp));
}

/** PRF-5, seconds since 1970. */
export function epochFinalAt(number: number): bigint {
  return BigInt(finalAt(parameters, number));
}

/** PRF-5: every epoch before this one is final. */
export function finalBeforeAt(timestamp: bigint): number {
  return finalBefore(parameters, Number(timestamp));
}

/** Applies `change` to the row of epoch `number`, which begins with the first event that names it. */
export async function updateEpoch(
  db: Db,
  number: number,
  now: bigint,
  change: (row: EpochRow) => Partial<Omit<EpochRow, "epoch">>,
): Promise<void> {
  const row = (await db.find(epoch, { epoch: number })) ?? (await openEpoch(db, number, now));
  await db.update(epoch, { epoch: number }).set(change(row));
}

export async function addToEpoch(db: Db, number: number, now: bigint, amounts: Amounts<EpochRow>): Promise<void> {
  await updateEpoch(db, number, now, (row) => sums(row, amounts));
}

/** The commits for an epoch, the latest first. */
export async function commitsOf(db: Db, { epoch: number, latestCommit }: EpochRow): Promise<CommitRow[]> {
  const rows: CommitRow[] = [];
  for (let node = latestCommit; node !== null; ) {
    const row = await db.find(commit, { node, epoch: number });
    if (row === null) throw new Error(`the commit of node ${node} for epoch ${number} is missing`);
    rows.push(row);
    node = row.previous;
  }
  return rows;
}

async function openEpoch(db: Db, number: number, now: bigint): Promise<EpochRow> {
  const final = epochFinalAt(number);
  return db.insert(epoch).values({
    epoch: number,
    startsAt: BigInt(epochStart(parameters, number)),
    endsAt: BigInt(epochEnd(parameters, number)),
    finalAt: final,
    final: final <= now,
    commitCount: 0,
    voidCount: 0,
    slots: 0,
    relayedBytes: 0n,
    totalWeight: 0n,
    claimed: 0n,
    leasePaid: 0n,
    leaseRefunded: 0n,
    leaseBurned: 0n,
    redeemed: 0n,
    burned: 0n,
  });
}
