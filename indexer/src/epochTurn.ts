import { commit, epoch, node, rewardParameter, type network } from "ponder:schema";
import type { Context } from "ponder:registry";
import { commitsOf, epochOf, finalBeforeAt, updateEpoch } from "./epochRow.ts";
import { addToNode, addToOperator, readNetwork, updateNetwork } from "./sums.ts";
import { rewardsBalance } from "./vaults.ts";

type Db = Context["db"];
type NetworkRow = typeof network.$inferSelect;
type EpochRow = typeof epoch.$inferSelect;

/** How many of the last final epochs `recentSlots` and its like look at: as many as the bonus does (PRF-3). */
const RECENT_EPOCHS = 168;

/** Begins the epochs that have begun by `now`, and makes those final that are. */
export async function turnEpochs(db: Db, now: bigint): Promise<void> {
  const known = await readNetwork(db);
  const [current, before] = [epochOf(now), finalBeforeAt(now)];
  if (known.epoch === current && known.finalBefore === before) return;
  if (known.epoch === 0) {
    // The first block of all: what was before it is of no interest.
    await updateNetwork(db, { epoch: current, finalBefore: before });
    return;
  }
  for (let number = known.finalBefore; number < before; number++) {
    await makeFinal(db, number);
    await leaveRecent(db, number - RECENT_EPOCHS);
  }
  const rules = { poolPerEpoch: known.poolPerEpoch, targetStake: known.targetStake };
  for (let number = known.epoch + 1; number <= current; number++) {
    const changed = await db.find(rewardParameter, { effectiveEpoch: number });
    if (changed !== null) ({ poolPerEpoch: rules.poolPerEpoch, targetStake: rules.targetStake } = changed);
    // Nobody can commit for one that is final: no row for it.
    if (number >= before) await begin(db, number, now, { ...known, ...rules });
  }
  await updateNetwork(db, { epoch: current, finalBefore: before, ...rules });
}

/** No event has happened since the epoch began: the network is as it was at its start. */
async function begin(db: Db, number: number, now: bigint, { activeNodes, stake, poolPerEpoch, targetStake }: NetworkRow): Promise<void> {
  await updateEpoch(db, number, now, () => ({ activeNodes, stake, poolPerEpoch, targetStake }));
}

/** PRF-5: from now on the epoch's uptime never changes. */
async function makeFinal(db: Db, number: number): Promise<void> {
  const row = await db.find(epoch, { epoch: number });
  if (row === null) return;
  await db.update(epoch, { epoch: number }).set({ final: true });
  for (const { node: index, slots, voided } of await commitsOf(db, row)) {
    await db.update(commit, { node: index, epoch: number }).set({ final: true });
    await addToNode(db, index, voided ? { recentVoids: 1 } : { recentSlots: slots, recentCommits: 1 });
  }
  const reward = await rewardOf(db, row);
  if (reward !== undefined) await shareReward(db, row, reward);
}

/** The epoch is no longer one of the last 168 final ones. */
async function leaveRecent(db: Db, number: number): Promise<void> {
  const row = await db.find(epoch, { epoch: number });
  if (row === null) return;
  for (const { node: index, slots, voided } of await commitsOf(db, row)) {
    await addToNode(db, index, voided ? { recentVoids: -1 } : { recentSlots: -slots, recentCommits: -1 });
  }
}

/** What the first claim would fix now (REW-1). @returns undefined if what was in force is not known. */
async function rewardOf(db: Db, row: EpochRow): Promise<bigint | undefined> {
  const { poolPerEpoch, targetStake, totalWeight, earned } = row;
  if (earned !== null) return earned;
  if (poolPerEpoch === null || targetStake === null) return undefined;
  if (totalWeight === 0n) return 0n;
  const reward = (poolPerEpoch * totalWeight) / (totalWeight > targetStake ? totalWeight : targetStake);
  const { rewardsOwed } = await readNetwork(db);
  const reserve = (await rewardsBalance(db)) - rewardsOwed;
  return reward < reserve ? reward : reserve;
}

/** REW-2: gives each commit of a final epoch its share; shares that were given before are replaced. */
export async function shareReward(db: Db, row: EpochRow, reward: bigint): Promise<void> {
  if (row.reward === reward) return;
  await db.update(epoch, { epoch: row.epoch }).set({ reward });
  for (const { node: index, weight, voided, reward: former } of await commitsOf(db, row)) {
    const share = voided || row.totalWeight === 0n ? 0n : (reward * weight) / row.totalWeight;
    const more = { earned: share - (former ?? 0n) };
    await db.update(commit, { node: index, epoch: row.epoch }).set({ reward: share });
    if (more.earned === 0n) continue;
    const { operator } = await db.update(node, { index }).set((known) => ({ earned: known.earned + more.earned }));
    await addToOperator(db, operator, more);
  }
}
