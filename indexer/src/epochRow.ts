import { epoch } from "ponder:schema";
import type { Context } from "ponder:registry";
import { epochAt, epochEnd, epochStart, finalAt } from "../../core/epochTime.ts";
import { schedule } from "./deadline.ts";
import { parameters } from "./rules.ts";

type Db = Context["db"];
type EpochRow = typeof epoch.$inferSelect;

export function epochOf(timestamp: bigint): number {
  return epochAt(parameters, Number(timestamp));
}

/** PRF-5, seconds since 1970. */
export function epochFinalAt(number: number): bigint {
  return BigInt(finalAt(parameters, number));
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

async function openEpoch(db: Db, number: number, now: bigint): Promise<EpochRow> {
  const final = epochFinalAt(number);
  if (final > now) await schedule(db, { id: `final:${number}`, kind: "final", at: final, epoch: number });
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
    redeemed: 0n,
    burned: 0n,
  });
}
