import { asc, desc, lte, min } from "ponder";
import { clock, deadline } from "ponder:schema";
import type { Context } from "ponder:registry";

type Db = Context["db"];
export type Deadline = typeof deadline.$inferSelect;

const NEXT = { id: "next" } as const;
/** Deadlines taken from the database at a time. */
const BATCH = 200;

/** Puts `row` down for the first event or tick at or after `row.at`; a row of the same id is replaced. */
export async function schedule(db: Db, row: typeof deadline.$inferInsert): Promise<void> {
  const { id, ...rest } = row;
  await db.insert(deadline).values({ id, ...rest }).onConflictDoUpdate(rest);
  await db
    .insert(clock)
    .values({ ...NEXT, at: row.at })
    .onConflictDoUpdate((known) => ({ at: known.at === null || row.at < known.at ? row.at : known.at }));
}

/** A deadline that was overtaken by an event. */
export async function cancel(db: Db, id: string): Promise<void> {
  await db.delete(deadline, { id });
}

/** Hands every deadline that is due at `now` to `apply`, earliest first, and forgets it. None of them makes another due. */
export async function takeDue(db: Db, now: bigint, apply: (due: Deadline) => Promise<void>): Promise<void> {
  const next = await db.find(clock, NEXT);
  if (next === null || next.at === null || next.at > now) return;
  let taken: number;
  do {
    const due = await db.sql
      .select()
      .from(deadline)
      .where(lte(deadline.at, now))
      .orderBy(asc(deadline.at), desc(deadline.id))
      .limit(BATCH);
    for (const row of due) {
      await cancel(db, row.id);
      await apply(row);
    }
    taken = due.length;
  } while (taken === BATCH);
  const [rest] = await db.sql.select({ at: min(deadline.at) }).from(deadline);
  await db.update(clock, NEXT).set({ at: rest?.at ?? null });
}
