import { day, token } from "ponder:schema";
import type { Context } from "ponder:registry";
import { sums, type Amounts } from "./sums.ts";

type Db = Context["db"];
type DayRow = typeof day.$inferSelect;

const DAY_SECONDS = 86_400n;
const NOTHING = {
  burned: 0n,
  paidRewards: 0n,
  paidChannels: 0n,
  paidLeases: 0n,
  paidChallenges: 0n,
  paidOther: 0n,
  commits: 0,
  relayedBytes: 0n,
  registrations: 0,
  leases: 0,
};

/** Adds to the day of UTC in which `timestamp` lies; its row begins with its first event, with the supply of then. */
export async function addToDay(db: Db, timestamp: bigint, amounts: Amounts<DayRow>): Promise<void> {
  const number = timestamp / DAY_SECONDS;
  const key = { day: Number(number) };
  const known = await db.find(day, key);
  if (known !== null) {
    await db.update(day, key).set(sums(known, amounts));
    return;
  }
  const supply = (await db.find(token, { id: "X0T" }))?.totalSupply ?? 0n;
  const first = { ...NOTHING, supply };
  await db.insert(day).values({ ...key, startsAt: number * DAY_SECONDS, ...first, ...sums(first, amounts as Amounts<typeof first>) });
}
