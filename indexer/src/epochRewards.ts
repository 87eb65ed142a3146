import { ponder } from "ponder:registry";
import { claim, node, rewardParameter } from "ponder:schema";
import { updateEpoch } from "./epochRow.ts";
import { provenance } from "./rules.ts";
import { passTime } from "./tick.ts";

ponder.on("EpochRewards:EpochOpened", async ({ event, context: { db } }) => {
  const { epoch, earned, totalWeight } = event.args;
  await passTime(db, event.block.timestamp);
  await updateEpoch(db, Number(epoch), event.block.timestamp, () => ({ earned, totalWeight }));
});

ponder.on("EpochRewards:Claimed", async ({ event, context: { db } }) => {
  const { node: index, operator, amount } = event.args;
  const epoch = Number(event.args.epoch);
  await db.insert(claim).values({ node: index, epoch, operator, amount, ...provenance(event) });
  await db.update(node, { index }).set((known) => ({ claimed: known.claimed + amount }));
  await updateEpoch(db, epoch, event.block.timestamp, (period) => ({ claimed: period.claimed + amount }));
});

ponder.on("EpochRewards:ParametersChanged", async ({ event, context: { db } }) => {
  const { poolPerEpoch, targetStake, effectiveEpoch } = event.args;
  await db
    .insert(rewardParameter)
    .values({ effectiveEpoch: Number(effectiveEpoch), poolPerEpoch, targetStake })
    .onConflictDoUpdate({ poolPerEpoch, targetStake });
});
