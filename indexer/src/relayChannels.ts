import type { Context } from "ponder:registry";
import { channel, node, redemption, witnessKey } from "ponder:schema";
import type { Address } from "viem";
import { addToEpoch, epochOf } from "./epochRow.ts";
import { on, onRare } from "./on.ts";
import { provenance } from "./rules.ts";
import { addToNetwork, addToNode, addToOperator } from "./sums.ts";

type Db = Context["db"];

on("RelayChannels:ChannelOpened", async ({ event, context: { db } }) => {
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
    remaining: amount,
    openedAt: event.block.timestamp,
  });
  await addToNetwork(db, { openChannels: 1, channelDeposits: amount });
});

on("RelayChannels:ChannelToppedUp", async ({ event, context: { db } }) => {
  const { channel: id, amount, deposit } = event.args;
  const row = await db.update(channel, { id }).set((known) => ({ deposit, remaining: known.remaining + amount }));
  await addToNetwork(db, { channelDeposits: amount });
  return { account: row.payer };
});

on("RelayChannels:Redeemed", async ({ event, context: { db } }) => {
  const { channel: id, payee, amount, redeemed } = event.args;
  const epoch = epochOf(event.block.timestamp);
  const row = await db.update(channel, { id }).set((known) => ({
    redeemed,
    remaining: known.remaining - amount,
    redemptionCount: known.redemptionCount + 1,
    redeemedAt: event.block.timestamp,
  }));
  const by = await senderNode(db, event.transaction.from, row.payee);
  await db
    .insert(redemption)
    .values({ id: event.id, channel: id, payer: row.payer, payee, node: by, amount, redeemed, epoch, ...provenance(event) });
  if (by !== null) await addToNode(db, by, { redeemed: amount, redemptionCount: 1 });
  await addToOperator(db, payee, { redeemed: amount });
  await addToNetwork(db, { channelDeposits: -amount });
  await addToEpoch(db, epoch, event.block.timestamp, { redeemed: amount });
  return { node: by };
});

on("RelayChannels:CloseStarted", async ({ event, context: { db } }) => {
  const row = await db.update(channel, { id: event.args.channel }).set({ closesAt: event.args.closesAt });
  return { account: row.payer };
});

on("RelayChannels:ChannelClosed", async ({ event, context: { db } }) => {
  const { channel: id, refunded } = event.args;
  const row = await db.update(channel, { id }).set({ closed: true, refunded, remaining: 0n });
  await addToNetwork(db, { openChannels: -1, channelDeposits: -refunded });
  return { account: row.payer };
});

onRare(["RelayChannels:EIP712DomainChanged"]);

/** The payee's node that `sender` is or was a witness key of. A channel names no node, but its worker redeems for itself. */
async function senderNode(db: Db, sender: Address, payee: Address): Promise<number | null> {
  const key = await db.find(witnessKey, { address: sender });
  if (key === null) return null;
  const known = await db.find(node, { index: key.node });
  return known !== null && known.operator === payee.toLowerCase() ? key.node : null;
}
