import { ponder, type Context, type Event } from "ponder:registry";
import { node, stakeChange } from "ponder:schema";
import { cidFromDigest } from "../../core/cid.ts";
import { epochStart } from "../../core/epochTime.ts";
import { schedule } from "./deadline.ts";
import { epochOf } from "./epochRow.ts";
import { parameters, provenance } from "./rules.ts";

type Db = Context["db"];
type StakeEvent = Event<
  | "NodeRegistry:NodeRegistered"
  | "NodeRegistry:StakeAdded"
  | "NodeRegistry:UnbondingStarted"
  | "NodeRegistry:Withdrawn"
  | "NodeRegistry:Slashed"
>;
type Kind = "registered" | "added" | "unbonding" | "withdrawn" | "slashed";

ponder.on("NodeRegistry:NodeRegistered", async ({ event, context: { db } }) => {
  const { node: index, operator, nodeId, witness, metadata, stake } = event.args;
  await db.insert(node).values({
    index,
    nodeId,
    operator,
    witness,
    witnessFromEpoch: epochOf(event.block.timestamp),
    metadata: cidFromDigest(metadata),
    metadataDigest: metadata,
    stake,
    unbonding: 0n,
    unbondsAt: 0n,
    slashed: 0n,
    active: false,
    benched: false,
    claimed: 0n,
    registeredAt: event.block.timestamp,
    registeredBlock: Number(event.block.number),
  });
  await recordStake(db, event, "registered", stake, { stake, unbonding: 0n });
});

ponder.on("NodeRegistry:StakeAdded", async ({ event, context: { db } }) => {
  const row = await db.update(node, { index: event.args.node }).set({ stake: event.args.stake });
  await recordStake(db, event, "added", event.args.amount, row);
});

ponder.on("NodeRegistry:UnbondingStarted", async ({ event, context: { db } }) => {
  const { node: index, amount, stake, unbonding, unbondsAt } = event.args;
  const row = await db.update(node, { index }).set({ stake, unbonding, unbondsAt });
  await recordStake(db, event, "unbonding", amount, row);
});

ponder.on("NodeRegistry:Withdrawn", async ({ event, context: { db } }) => {
  const row = await db.update(node, { index: event.args.node }).set({ unbonding: 0n, unbondsAt: 0n });
  await recordStake(db, event, "withdrawn", event.args.amount, row);
});

ponder.on("NodeRegistry:Slashed", async ({ event, context: { db } }) => {
  const { node: index, fromStake, fromUnbonding, stake } = event.args;
  const row = await db.update(node, { index }).set((known) => ({
    stake,
    unbonding: known.unbonding - fromUnbonding,
    slashed: known.slashed + fromStake + fromUnbonding,
  }));
  await recordStake(db, event, "slashed", fromStake + fromUnbonding, row);
});

/** REG-2: the change counts from the start of `effectiveEpoch`; a later word for the same epoch replaces it. */
ponder.on("NodeRegistry:ActivityChanged", async ({ event, context: { db } }) => {
  const { node: index, active, effectiveEpoch } = event.args;
  const epoch = Number(effectiveEpoch);
  const at = BigInt(epochStart(parameters, epoch));
  await schedule(db, { id: `activity:${index}:${epoch}`, kind: "activity", at, node: index, epoch, active });
});

ponder.on("NodeRegistry:WitnessRotated", async ({ event, context: { db } }) => {
  const { node: index, witness, receiptsFromEpoch } = event.args;
  await db.update(node, { index }).set({ witness, witnessFromEpoch: Number(receiptsFromEpoch) });
});

ponder.on("NodeRegistry:MetadataChanged", async ({ event, context: { db } }) => {
  const { node: index, metadata } = event.args;
  await db.update(node, { index }).set({ metadata: cidFromDigest(metadata), metadataDigest: metadata });
});

ponder.on("NodeRegistry:Benched", async ({ event, context: { db } }) => {
  await db.update(node, { index: event.args.node }).set({ benched: true });
});

ponder.on("NodeRegistry:Unbenched", async ({ event, context: { db } }) => {
  await db.update(node, { index: event.args.node }).set({ benched: false });
});

async function recordStake(
  db: Db,
  event: StakeEvent,
  kind: Kind,
  amount: bigint,
  after: { stake: bigint; unbonding: bigint },
): Promise<void> {
  await db.insert(stakeChange).values({
    id: event.id,
    node: event.args.node,
    kind,
    amount,
    stake: after.stake,
    unbonding: after.unbonding,
    ...provenance(event),
  });
}
