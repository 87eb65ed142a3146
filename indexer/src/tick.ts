import { ponder, type Context } from "ponder:registry";
import { challenge, commit, node } from "ponder:schema";
import { takeDue, type Deadline } from "./deadline.ts";
import { addToEpoch } from "./epochRow.ts";
import { turnEpochs } from "./epochTurn.ts";
import { closeVoting, openVoting } from "./proposalRow.ts";
import { addToNetwork, addToNode } from "./sums.ts";

type Db = Context["db"];

ponder.on("Tick:block", async ({ event, context }) => {
  await passTime(context.db, event.block.timestamp);
});

/** Makes true what time alone has made true by `now`: ticks are not every block, so that each event calls this first. */
export async function passTime(db: Db, now: bigint): Promise<void> {
  await takeDue(db, now, (due) => apply(db, due));
  await turnEpochs(db, now);
}

async function apply(db: Db, due: Deadline): Promise<void> {
  if (due.kind === "activity" && due.node !== null && due.epoch !== null) {
    return setActivity(db, due.node, due.epoch, due.active === true);
  }
  if (due.kind === "void" && due.node !== null && due.epoch !== null && due.challengeId !== null) {
    const { node: index, epoch: number, challengeId } = due;
    await db.update(challenge, { node: index, epoch: number, challengeId }).set({ status: "overdue" });
    return makeVoid(db, index, number, due.at);
  }
  if (due.kind === "voting" && due.proposal !== null) return openVoting(db, due.proposal, due.at);
  if (due.kind === "closes" && due.proposal !== null) return closeVoting(db, due.proposal, due.at);
}

/** REG-2: from `epoch` on. */
async function setActivity(db: Db, index: number, epoch: number, active: boolean): Promise<void> {
  const known = await db.find(node, { index });
  if (known === null || known.active === active) return;
  const over = known.activeFromEpoch === null ? 0 : epoch - known.activeFromEpoch;
  const activeEpochs = known.activeEpochs + over;
  await db.update(node, { index }).set({ active, activeEpochs, activeFromEpoch: active ? epoch : null });
  await addToNetwork(db, { activeNodes: active ? 1 : -1 });
}

/** PRF-4: void without a transaction, once; its weight left the total when it was challenged. */
async function makeVoid(db: Db, index: number, number: number, at: bigint): Promise<void> {
  const row = await db.find(commit, { node: index, epoch: number });
  if (row === null) return;
  const openChallenges = row.openChallenges - 1;
  if (row.voided) {
    await db.update(commit, { node: index, epoch: number }).set({ openChallenges });
    await addToNode(db, index, { challengesLost: 1 });
    return;
  }
  await db.update(commit, { node: index, epoch: number }).set({ openChallenges, voided: true, voidedAt: at });
  const lost = { slots: -row.slots, relayedBytes: -row.relayedBytes };
  await addToNode(db, index, { ...lost, voidCount: 1, challengesLost: 1 });
  await addToNetwork(db, { ...lost, voids: 1 });
  await addToEpoch(db, number, at, { ...lost, voidCount: 1 });
}
