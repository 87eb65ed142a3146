import type { Context } from "ponder:registry";
import { lease, leaseEpoch, listing } from "ponder:schema";
import { END_REASONS, OUTCOMES } from "../../core/leases.ts";
import { addToDay } from "./dayRow.ts";
import { addToEpoch, epochFinalAt } from "./epochRow.ts";
import { on } from "./on.ts";
import { provenance } from "./rules.ts";
import { addToNetwork, addToNode, addToOperator } from "./sums.ts";

type Db = Context["db"];
type LeaseRow = typeof lease.$inferSelect;

const NODE_EPOCHS = { paid: "leaseEpochsPaid", refunded: "leaseEpochsRefunded", burned: "leaseEpochsBurned" } as const;
const EPOCH_WEI = { paid: "leasePaid", refunded: "leaseRefunded", burned: "leaseBurned" } as const;

on("Marketplace:Listed", async ({ event, context: { db } }) => {
  const { node, provider, pricePerEpoch, minUptimeBps, maxEpochs } = event.args;
  const { timestamp: listedAt, ...where } = provenance(event);
  await db.insert(listing).values({ id: Number(event.args.listing), node, provider, pricePerEpoch, minUptimeBps, maxEpochs, open: true, listedAt, ...where });
  await addToNetwork(db, { openListings: 1 });
});

on("Marketplace:Delisted", async ({ event, context: { db } }) => {
  const row = await db.update(listing, { id: Number(event.args.listing) }).set({ open: false, delistedAt: event.block.timestamp });
  await addToNetwork(db, { openListings: -1 });
  return { node: row.node, account: row.provider };
});

on("Marketplace:Rented", async ({ event, context: { db } }) => {
  const { tenant, node, first, end, pricePerEpoch } = event.args;
  const { timestamp: rentedAt, ...where } = provenance(event);
  const [id, of] = [Number(event.args.lease), Number(event.args.listing)];
  const offer = await db.find(listing, { id: of });
  if (offer === null) throw new Error(`lease ${id} is of listing ${of}, which was never listed`);
  const { provider, minUptimeBps } = offer;
  const pending = pricePerEpoch * BigInt(end - first);
  await db.insert(lease).values({
    id,
    listing: of,
    node,
    tenant,
    provider,
    pricePerEpoch,
    minUptimeBps,
    first,
    bookedEnd: end,
    end,
    next: first,
    settled: false,
    failures: 0,
    paidEpochs: 0,
    refundedEpochs: 0,
    burnedEpochs: 0,
    paid: 0n,
    refunded: 0n,
    burned: 0n,
    ...progress({ next: first, end, pending }),
    rentedAt,
    ...where,
  });
  await addToNode(db, node, { leaseCount: 1 });
  await addToNetwork(db, { leases: 1, openLeases: 1, escrow: pending });
  await addToDay(db, rentedAt, { leases: 1 });
});

/** MKT-3: epochs are settled in order, so that `next` is the one after this. */
on("Marketplace:EpochSettled", async ({ event, context: { db } }) => {
  const { epoch } = event.args;
  const id = Number(event.args.lease);
  const outcome = OUTCOMES[event.args.outcome];
  if (outcome === undefined) throw new Error(`lease ${id}: unknown outcome ${event.args.outcome}`);
  const known = await findLease(db, id);
  const { node, provider, tenant, pricePerEpoch: price } = known;
  await changeLease(db, known, {
    next: epoch + 1,
    failures: outcome === "refunded" ? known.failures + 1 : 0,
    [outcome]: known[outcome] + price,
    [`${outcome}Epochs`]: known[`${outcome}Epochs`] + 1,
    pending: known.pending - price,
  });
  const settled = { outcome, settledAt: event.block.timestamp, transactionHash: event.transaction.hash };
  await db
    .insert(leaseEpoch)
    .values({ lease: id, epoch, node, rejected: false, ...settled })
    .onConflictDoUpdate(settled);
  const income = outcome === "paid" ? { leaseIncome: price } : {};
  await addToNode(db, node, { [NODE_EPOCHS[outcome]]: 1, ...income });
  if (outcome === "paid") await addToOperator(db, provider, income);
  await addToNetwork(db, { escrow: -price });
  await addToEpoch(db, epoch, event.block.timestamp, { [EPOCH_WEI[outcome]]: price });
  return { node, account: tenant };
});

on("Marketplace:LeaseEnded", async ({ event, context: { db } }) => {
  const { end, refunded, reason } = event.args;
  const known = await findLease(db, Number(event.args.lease));
  await changeLease(db, known, {
    end,
    refunded: known.refunded + refunded,
    pending: known.pending - refunded,
    endReason: END_REASONS[reason] ?? null,
    endedAt: event.block.timestamp,
  });
  await addToNetwork(db, { escrow: -refunded });
  return { node: known.node, account: known.tenant };
});

on("Marketplace:EpochRejected", async ({ event, context: { db } }) => {
  const { epoch } = event.args;
  const { id, node, tenant } = await findLease(db, Number(event.args.lease));
  const transactionHash = event.transaction.hash;
  await db.insert(leaseEpoch).values({ lease: id, epoch, node, outcome: null, rejected: true, transactionHash });
  return { node, account: tenant };
});

async function findLease(db: Db, id: number): Promise<LeaseRow> {
  const row = await db.find(lease, { id });
  if (row === null) throw new Error(`lease ${id} was never rented`);
  return row;
}

async function changeLease(db: Db, known: LeaseRow, change: Partial<LeaseRow>): Promise<void> {
  const { next = known.next, end = known.end, pending = known.pending } = change;
  const now = progress({ next, end, pending });
  const settled = next >= end;
  if (settled && !known.settled) await addToNetwork(db, { openLeases: -1 });
  await db.update(lease, { id: known.id }).set({ ...change, ...now, settled });
}

/** What is still to come of a lease with all epochs before `next` settled. */
function progress({ next, end, pending }: { next: number; end: number; pending: bigint }) {
  return { pending, pendingEpochs: Math.max(0, end - next), nextFinalAt: next < end ? epochFinalAt(next) : null };
}
