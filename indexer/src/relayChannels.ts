import { ponder } from "ponder:registry";
import { channel, redemption } from "ponder:schema";
import { epochOf, updateEpoch } from "./epochRow.ts";
import { provenance } from "./rules.ts";

ponder.on("RelayChannels:ChannelOpened", async ({ event, context: { db } }) => {
  const { channel: id, payer, payee, signer, amount } = event.args;
  await db.insert(channel).values({
    id,
    payer,
    payee,
    signer,
    deposit: amount,
    redeemed: 0n,
    redemptionCount: 0,
    closed: false,
    refunded: 0n,
    openedAt: event.block.timestamp,
  });
});

ponder.on("RelayChannels:ChannelToppedUp", async ({ event, context: { db } }) => {
  await db.update(channel, { id: event.args.channel }).set({ deposit: event.args.deposit });
});

ponder.on("RelayChannels:Redeemed", async ({ event, context: { db } }) => {
  const { channel: id, payee, amount, redeemed } = event.args;
  const epoch = epochOf(event.block.timestamp);
  const row = await db
    .update(channel, { id })
    .set((known) => ({ redeemed, redemptionCount: known.redemptionCount + 1 }));
  await db
    .insert(redemption)
    .values({ id: event.id, channel: id, payer: row.payer, payee, amount, redeemed, epoch, ...provenance(event) });
  await updateEpoch(db, epoch, event.block.timestamp, (period) => ({ redeemed: period.redeemed + amount }));
});

ponder.on("RelayChannels:CloseStarted", async ({ event, context: { db } }) => {
  await db.update(channel, { id: event.args.channel }).set({ closesAt: event.args.closesAt });
});

ponder.on("RelayChannels:ChannelClosed", async ({ event, context: { db } }) => {
  const { channel: id, refunded } = event.args;
  await db.update(channel, { id }).set({ closed: true, refunded });
});
