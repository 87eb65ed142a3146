import { eq } from "ponder";
import { ponder, type Context } from "ponder:registry";
import { challenge, commit, epoch, node } from "ponder:schema";
import { takeDue, type Deadline } from "./deadline.ts";
import { updateEpoch } from "./epochRow.ts";

type Db = Context["db"];

ponder.on("Tick:block", async ({ event, context }) => {
  await passTime(context.db, event.block.timestamp);
});

/** Makes true what time alone has made true by `now`. Events that rely on it call this too: ticks are not every block. */
export async function passTime(db: Db, now: bigint): Promise<void> {
  await takeDue(db, now, (due) => apply(db, due));
}

async function apply(db: Db, due: Deadline): Promise<void> {
  if (due.kind === "final" && due.epoch !== null) return makeFinal(db, due.epoch);
  if (due.kind === "activity" && due.node !== null) {
    await db.update(node, { index: due.node }).set({ active: due.active === true });
    return;
  }
  if (due.kind === "void" && due.node !== null && due.epoch !== null && due.challengeId !== null) {
    const { node: index, epoch: number, challengeId } = due;
    await db.update(challenge, { node: index, epoch: number, challengeId }).set({ status: "overdue" });
    await makeVoid(db, index, number, due.at);
  }
}

/** PRF-5: from now on the epoch's uptime never changes. */
async function makeFinal(db: Db, number: number): Promise<void> {
  await db.update(epoch, { epoch: number }).set({ final: true });
  const commits = await db.sql.select({ node: commit.node }).from(commit).where(eq(commit.epoch, number));
  for (const row of commits) await db.update(commit, { node: row.node, epoch: number }).set({ final: true });
}

/** PRF-4: void without a transaction, once; its weight left the total when it was challenged. */
async function makeVoid(db: Db, index: number, number: number, at: bigint): Promise<void> {
  const row = await db.find(commit, { node: index, epoch: number });
  if (row === null) return;
  const openChallenges = row.openChallenges - 1;
  if (row.voided) {
    await db.update(commit, { node: index, epoch: number }).set({ openChallenges });
    return;
  }
  await db.update(commit, { node: index, epoch: number }).set({ openChallenges, voided: true, voidedAt: at });
  await updateEpoch(db, number, at, (period) => ({
    voidCount: period.voidCount + 1,
    slots: period.slots - row.slots,
    relayedBytes: period.relayedBytes - row.relayedBytes,
  }));
}
