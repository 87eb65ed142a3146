import type { Context, Event } from "ponder:registry";
import { node, stakeChange, stakeTotal, witnessKey } from "ponder:schema";
import type { Address } from "viem";
import { cidFromDigest } from "../../core/cid.ts";
import { epochStart } from "../../core/epochTime.ts";
import { addToDay } from "./dayRow.ts";
import { schedule } from "./deadline.ts";
import { epochOf } from "./epochRow.ts";
import { on, onRare } from "./on.ts";
import { parameters, provenance } from "./rules.ts";
import { addToNetwork, addToNode, addToOperator, readNetwork } from "./sums.ts";

type Db = Context["db"];
type StakeEvent = Event<
  | "NodeRegistry:NodeRegistered"
  | "NodeRegistry:StakeAdded"
  | "NodeRegistry:UnbondingStarted"
  | "NodeRegistry:Withdrawn"
  | "NodeRegistry:Slashed"
>;
type Kind = "registered" | "added" | "unbonding" | "withdrawn" | "slashed";

/** What a node has done before it has done anything. */
const NOTHING = {
  unbonding: 0n,
  unbondsAt: 0n,
  slashed: 0n,
  slashCount: 0,
  active: false,
  activeEpochs: 0,
  benched: false,
  commitCount: 0,
  voidCount: 0,
  slots: 0,
  relayedBytes: 0n,
  recentSlots: 0,
  recentCommits: 0,
  recentVoids: 0,
  challengeCount: 0,
  challengesAnswered: 0,
  challengesLost: 0,
  earned: 0n,
  claimed: 0n,
  redeemed: 0n,
  redemptionCount: 0,
  leaseCount: 0,
  leaseIncome: 0n,
  leaseEpochsPaid: 0,
  leaseEpochsRefunded: 0,
  leaseEpochsBurned: 0,
};

on("NodeRegistry:NodeRegistered", async ({ event, context: { db } }) => {
  const { node: index, operator, nodeId, witness, metadata, stake } = event.args;
  const { timestamp: registeredAt, block: registeredBlock } = provenance(event);
  const registeredEpoch = epochOf(registeredAt);
  await db.insert(node).values({
    ...NOTHING,
    index,
    nodeId,
    operator,
    witness,
    witnessFromEpoch: registeredEpoch,
    metadata: cidFromDigest(metadata),
    metadataDigest: metadata,
    stake,
    registeredAt,
    registeredEpoch,
    registeredBlock,
  });
  await db.insert(witnessKey).values({ address: witness, node: index, fromEpoch: registeredEpoch, ...provenance(event) });
  await recordStake(db, event, "registered", stake, { stake, unbonding: 0n });
  const { nodeCount } = await addToOperator(db, operator, { nodeCount: 1 });
  await addToNetwork(db, { nodes: 1, operators: nodeCount === 1 ? 1 : 0 });
  await addToDay(db, registeredAt, { registrations: 1 });
});

on("NodeRegistry:StakeAdded", async ({ event, context: { db } }) => {
  const row = await db.update(node, { index: event.args.node }).set({ stake: event.args.stake });
  await recordStake(db, event, "added", event.args.amount, row);
  return { account: row.operator };
});

on("NodeRegistry:UnbondingStarted", async ({ event, context: { db } }) => {
  const { node: index, amount, stake, unbonding, unbondsAt } = event.args;
  const row = await db.update(node, { index }).set({ stake, unbonding, unbondsAt });
  await recordStake(db, event, "unbonding", amount, row);
  await changeUnbonding(db, row.operator, amount);
  return { account: row.operator };
});

on("NodeRegistry:Withdrawn", async ({ event, context: { db } }) => {
  const row = await db.update(node, { index: event.args.node }).set({ unbonding: 0n, unbondsAt: 0n });
  await recordStake(db, event, "withdrawn", event.args.amount, row);
  await changeUnbonding(db, row.operator, -event.args.amount);
});

on("NodeRegistry:Slashed", async ({ event, context: { db } }) => {
  const { node: index, fromStake, fromUnbonding, stake } = event.args;
  const slashed = fromStake + fromUnbonding;
  await db.update(node, { index }).set({ stake });
  const row = await addToNode(db, index, { unbonding: -fromUnbonding, slashed, slashCount: 1 });
  await recordStake(db, event, "slashed", slashed, row);
  await addToOperator(db, row.operator, { slashed });
  await addToNetwork(db, { slashed });
  await changeUnbonding(db, row.operator, -fromUnbonding);
  return { account: row.operator };
});

/** REG-5: an operator's votes are the active stake of its nodes, whatever changed it. */
on("NodeRegistry:DelegateVotesChanged", async ({ event, context: { db } }) => {
  const { delegate: operator, previousVotes, newVotes } = event.args;
  const change = { stake: newVotes - previousVotes };
  await addToOperator(db, operator, change);
  await addToNetwork(db, change);
  const { stake } = await readNetwork(db);
  await db.insert(stakeTotal).values({ timestamp: event.block.timestamp, stake }).onConflictDoUpdate({ stake });
  return { account: operator };
});

/** REG-2: the change counts from the start of `effectiveEpoch`; a later word for the same epoch replaces it. */
on("NodeRegistry:ActivityChanged", async ({ event, context: { db } }) => {
  const { node: index, active, effectiveEpoch } = event.args;
  const epoch = Number(effectiveEpoch);
  const at = BigInt(epochStart(parameters, epoch));
  await schedule(db, { id: `activity:${index}:${epoch}`, kind: "activity", at, node: index, epoch, active });
});

on("NodeRegistry:WitnessRotated", async ({ event, context: { db } }) => {
  const { node: index, witness } = event.args;
  const fromEpoch = Number(event.args.receiptsFromEpoch);
  const known = await db.find(node, { index });
  if (known !== null) await db.update(witnessKey, { address: known.witness }).set({ untilEpoch: fromEpoch });
  await db.insert(witnessKey).values({ address: witness, node: index, fromEpoch, ...provenance(event) });
  await db.update(node, { index }).set({ witness, witnessFromEpoch: fromEpoch });
  return { account: witness };
});

on("NodeRegistry:MetadataChanged", async ({ event, context: { db } }) => {
  const { node: index, metadata } = event.args;
  await db.update(node, { index }).set({ metadata: cidFromDigest(metadata), metadataDigest: metadata });
});

on("NodeRegistry:Benched", async ({ event, context: { db } }) => {
  await db.update(node, { index: event.args.node }).set({ benched: true });
});

on("NodeRegistry:Unbenched", async ({ event, context: { db } }) => {
  await db.update(node, { index: event.args.node }).set({ benched: false });
});

// The contract never emits these: nobody delegates (REG-5), and the domain of signatures is fixed.
onRare(["NodeRegistry:DelegateChanged", "NodeRegistry:EIP712DomainChanged"]);

async function changeUnbonding(db: Db, operator: Address, amount: bigint): Promise<void> {
  if (amount === 0n) return;
  await addToOperator(db, operator, { unbonding: amount });
  await addToNetwork(db, { unbonding: amount });
}

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
