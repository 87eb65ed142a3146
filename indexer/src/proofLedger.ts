import { and, eq, inArray } from "ponder";
import { challenge, commit, maintenance } from "ponder:schema";
import { cidFromDigest } from "../../core/cid.ts";
import { addToDay } from "./dayRow.ts";
import { cancel, schedule } from "./deadline.ts";
import { addToEpoch, epochFinalAt, updateEpoch } from "./epochRow.ts";
import { on, onRare } from "./on.ts";
import { parameters, popcount, provenance } from "./rules.ts";
import { addToNetwork, addToNode, updateNode } from "./sums.ts";

on("ProofLedger:SeedWritten", async ({ event, context: { db } }) => {
  await updateEpoch(db, Number(event.args.epoch), event.block.timestamp, () => ({ seed: event.args.seed }));
});

on("ProofLedger:Committed", async ({ event, context: { db } }) => {
  const { node, bitmap, receiptsRoot, relayedBytes, cid, weight } = event.args;
  const { timestamp: committedAt, ...where } = provenance(event);
  const epoch = Number(event.args.epoch);
  const slots = popcount(bitmap);
  let previous: number | null = null;
  await updateEpoch(db, epoch, committedAt, (period) => {
    previous = period.latestCommit;
    return {
      commitCount: period.commitCount + 1,
      latestCommit: node,
      slots: period.slots + slots,
      relayedBytes: period.relayedBytes + relayedBytes,
      totalWeight: period.totalWeight + weight,
    };
  });
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
    previous,
    named: 0n,
    openChallenges: 0,
    voided: false,
    enforced: false,
    finalAt: epochFinalAt(epoch),
    final: false,
    committedAt,
    ...where,
  });
  const { operator: account } = await updateNode(db, node, (known) => ({
    commitCount: known.commitCount + 1,
    lastCommitEpoch: Math.max(epoch, known.lastCommitEpoch ?? 0),
    slots: known.slots + slots,
    relayedBytes: known.relayedBytes + relayedBytes,
  }));
  await addToNetwork(db, { commits: 1, slots, relayedBytes });
  await addToDay(db, committedAt, { commits: 1, relayedBytes });
  return { account };
});

/** PRF-4: while a named slot is unanswered the weight is out of the total. */
on("ProofLedger:Challenged", async ({ event, context: { db } }) => {
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
  await addToNode(db, node, { challengeCount: 1 });
  await addToNetwork(db, { bonds: parameters.challengeBond });
  const row = await db.update(commit, { node, epoch }).set((known) => ({
    named: known.named | bitmap,
    openChallenges: known.openChallenges + 1,
  }));
  if (row.openChallenges === 1) await addToEpoch(db, epoch, now, { totalWeight: -row.weight });
});

/** The bond burns. */
on("ProofLedger:Answered", async ({ event, context: { db } }) => {
  const { node, challengeId, answerer } = event.args;
  const epoch = Number(event.args.epoch);
  const now = event.block.timestamp;
  await cancel(db, overdueId(node, epoch, challengeId));
  await db.update(challenge, { node, epoch, challengeId }).set({ status: "answered", answerer, answeredAt: now });
  await addToNode(db, node, { challengesAnswered: 1 });
  await addToNetwork(db, { bonds: -parameters.challengeBond });
  const row = await db.update(commit, { node, epoch }).set((known) => ({ openChallenges: known.openChallenges - 1 }));
  if (row.openChallenges === 0 && !row.voided) await addToEpoch(db, epoch, now, { totalWeight: row.weight });
});

/** The bonds of all that were not answered return. */
on("ProofLedger:Enforced", async ({ event, context: { db } }) => {
  const { node } = event.args;
  const epoch = Number(event.args.epoch);
  await db.update(commit, { node, epoch }).set({ enforced: true, openChallenges: 0 });
  const unanswered = await db.sql
    .select({ challengeId: challenge.challengeId, status: challenge.status })
    .from(challenge)
    .where(and(eq(challenge.node, node), eq(challenge.epoch, epoch), inArray(challenge.status, ["open", "overdue"])));
  await addToNetwork(db, { bonds: -parameters.challengeBond * BigInt(unanswered.length) });
  for (const { challengeId, status } of unanswered) {
    if (status !== "open") continue;
    await cancel(db, overdueId(node, epoch, challengeId));
    await db.update(challenge, { node, epoch, challengeId }).set({ status: "returned" });
  }
});

on("ProofLedger:MaintenanceAnnounced", async ({ event, context: { db } }) => {
  const { node, count } = event.args;
  const first = Number(event.args.first);
  const announced = { end: first + Number(count), ...provenance(event) };
  await db
    .insert(maintenance)
    .values({ node, first, ...announced })
    .onConflictDoUpdate((known) => ({ end: Math.max(known.end, announced.end) }));
});

onRare(["ProofLedger:EIP712DomainChanged"]);

function overdueId(node: number, epoch: number, challengeId: bigint): string {
  return `void:${node}:${epoch}:${challengeId}`;
}
