import { claim, epoch as epochTable, reserveMove, rewardParameter } from "ponder:schema";
import { addToEpoch, updateEpoch } from "./epochRow.ts";
import { shareReward } from "./epochTurn.ts";
import { on } from "./on.ts";
import { provenance } from "./rules.ts";
import { changeSetting } from "./settings.ts";
import { addToNetwork, addToNode, addToOperator } from "./sums.ts";

/** REW-1: from the reserve to what is owed. */
on("EpochRewards:EpochOpened", async ({ event, context: { db } }) => {
  const { earned, totalWeight } = event.args;
  const epoch = Number(event.args.epoch);
  await updateEpoch(db, epoch, event.block.timestamp, () => ({ earned, totalWeight }));
  const row = await db.find(epochTable, { epoch });
  if (row !== null) await shareReward(db, row, earned);
  await addToNetwork(db, { reserve: -earned, rewardsOwed: earned });
});

on("EpochRewards:Claimed", async ({ event, context: { db } }) => {
  const { node: index, operator, amount } = event.args;
  const epoch = Number(event.args.epoch);
  await db.insert(claim).values({ node: index, epoch, operator, amount, ...provenance(event) });
  await addToNode(db, index, { claimed: amount });
  await addToOperator(db, operator, { claimed: amount });
  await addToNetwork(db, { rewardsOwed: -amount });
  await addToEpoch(db, epoch, event.block.timestamp, { claimed: amount });
});

on("EpochRewards:ParametersChanged", async ({ event, context: { db } }) => {
  const { poolPerEpoch, targetStake, effectiveEpoch } = event.args;
  await db
    .insert(rewardParameter)
    .values({ effectiveEpoch: Number(effectiveEpoch), poolPerEpoch, targetStake })
    .onConflictDoUpdate({ poolPerEpoch, targetStake });
  await changeSetting(db, "poolPerEpoch", poolPerEpoch, event);
  await changeSetting(db, "targetStake", targetStake, event);
});

on("EpochRewards:ReserveMigrated", async ({ event, context: { db } }) => {
  const { successor, amount } = event.args;
  await db.insert(reserveMove).values({ id: event.id, successor, amount, ...provenance(event) });
  await addToNetwork(db, { reserve: -amount });
  return { account: successor };
});
