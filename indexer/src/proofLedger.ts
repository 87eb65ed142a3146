import { and, eq } from "ponder";
import { ponder } from "ponder:registry";
import { challenge, commit } from "ponder:schema";
import { cidFromDigest } from "../../core/cid.ts";
import { cancel, schedule } from "./deadline.ts";
import { epochFinalAt, updateEpoch } from "./epochRow.ts";
import { popcount, provenance } from "./rules.ts";
import { passTime } from "./tick.ts";

ponder.on("ProofLedger:SeedWritten", async ({ event, context: { db } }) => {
  await updateEpoch(db, Number(event.args.epoch), event.block.timestamp, () => ({ seed: event.args.seed }));
});

ponder.on("ProofLedger:Committed", async ({ event, context: { db } }) => {
  const { node, bitmap, receiptsRoot, relayedBytes, cid, weight } = event.args;
  const { timestamp: committedAt, ...where } = provenance(event);
  const epoch = Number(event.args.epoch);
  const slots = popcount(bitmap);
  await updateEpoch(db, epoch, committedAt, (period) => ({
    commitCount: period.commitCount + 1,
    slots: period.slots + slots,
    relayedBytes: period.relayedBytes + relayedBytes,
    totalWeight: period.totalWeight + weight,
  }));
  await db.insert(commit).values({
    node,
    epoch,
    bitmap,
    slots,
    receiptsRoot,
    relayedBytes,
    cid: cidFromDigest(cid),
    digest: cid,
    weight,
    named: 0n,
    openChallenges: 0,
    voided: false,
    enforced: false,
    finalAt: epochFinalAt(epoch),
    final: false,
    committedAt,
    ...where,
  });
});

/** PRF-4: while a named slot is unanswered the weight is out of the total. */
ponder.on("ProofLedger:Challenged", async ({ event, context: { db } }) => {
  const { node, challengeId, challenger, slots: bitmap, deadline } = event.args;
  const epoch = Number(event.args.epoch);
  const now = event.block.timestamp;
  await db.insert(challenge).values({
    node,
    epoch,
    challengeId,
    challenger,
    bitmap,
    slots: popcount(bitmap),
    deadline,
    status: "open",
    challengedAt: now,
    transactionHash: event.transaction.hash,
  });
  const id = overdueId(node, epoch, challengeId);
  await schedule(db, { id, kind: "void", at: deadline + 1n, node, epoch, challengeId });
  const row = await db.update(commit, { node, epoch }).set((known) => ({
    named: known.named | bitmap,
    openChallenges: known.openChallenges + 1,
  }));
  if (row.openChallenges > 1) return;
  await updateEpoch(db, epoch, now, (period) => ({ totalWeight: period.totalWeight - row.weight }));
});

ponder.on("ProofLedger:Answered", async ({ event, context: { db } }) => {
  const { node, challengeId, answerer } = event.args;
  const epoch = Number(event.args.epoch);
  const now = event.block.timestamp;
  await cancel(db, overdueId(node, epoch, challengeId));
  await db.update(challenge, { node, epoch, challengeId }).set({ status: "answered", answerer, answeredAt: now });
  const row = await db.update(commit, { node, epoch }).set((known) => ({ openChallenges: known.openChallenges - 1 }));
  if (row.openChallenges > 0 || row.voided) return;
  await updateEpoch(db, epoch, now, (period) => ({ totalWeight: period.totalWeight + row.weight }));
});

ponder.on("ProofLedger:Enforced", async ({ event, context: { db } }) => {
  const { node } = event.args;
  const epoch = Number(event.args.epoch);
  // The commit is void already; the tick that says so may come later than this block.
  await passTime(db, event.block.timestamp);
  await db.update(commit, { node, epoch }).set({ enforced: true, openChallenges: 0 });
  const open = await db.sql
    .select({ challengeId: challenge.challengeId })
    .from(challenge)
    .where(and(eq(challenge.node, node), eq(challenge.epoch, epoch), eq(challenge.status, "open")));
  for (const { challengeId } of open) {
    await cancel(db, overdueId(node, epoch, challengeId));
    await db.update(challenge, { node, epoch, challengeId }).set({ status: "returned" });
  }
});

function overdueId(node: number, epoch: number, challengeId: bigint): string {
  return `void:${node}:${epoch}:${challengeId}`;
}
