import { ponder } from "ponder:registry";
import { lease, leaseEpoch, listing } from "ponder:schema";
import { END_REASONS, OUTCOMES } from "../../core/leases.ts";
import { provenance } from "./rules.ts";

ponder.on("Marketplace:Listed", async ({ event, context: { db } }) => {
  const { node, provider, pricePerEpoch, minUptimeBps, maxEpochs } = event.args;
  const { timestamp: listedAt, ...where } = provenance(event);
  await db.insert(listing).values({ id: Number(event.args.listing), node, provider, pricePerEpoch, minUptimeBps, maxEpochs, open: true, listedAt, ...where });
});

ponder.on("Marketplace:Delisted", async ({ event, context: { db } }) => {
  await db.update(listing, { id: Number(event.args.listing) }).set({ open: false, delistedAt: event.block.timestamp });
});

ponder.on("Marketplace:Rented", async ({ event, context: { db } }) => {
  const { tenant, node, first, end, pricePerEpoch } = event.args;
  const { timestamp: rentedAt, ...where } = provenance(event);
  const [id, of] = [Number(event.args.lease), Number(event.args.listing)];
  const offer = await db.find(listing, { id: of });
  if (offer === null) throw new Error(`lease ${id} is of listing ${of}, which was never listed`);
  const { provider, minUptimeBps } = offer;
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
    pending: pricePerEpoch * BigInt(end - first),
    rentedAt,
    ...where,
  });
});

/** MKT-3: epochs are settled in order, so that `next` is the one after this. */
ponder.on("Marketplace:EpochSettled", async ({ event, context: { db } }) => {
  const { epoch } = event.args;
  const id = Number(event.args.lease);
  const outcome = OUTCOMES[event.args.outcome];
  if (outcome === undefined) throw new Error(`lease ${id}: unknown outcome ${event.args.outcome}`);
  const { node } = await db.update(lease, { id }).set((known) => ({
    next: epoch + 1,
    settled: epoch + 1 >= known.end,
    failures: outcome === "refunded" ? known.failures + 1 : 0,
    [outcome]: known[outcome] + known.pricePerEpoch,
    [`${outcome}Epochs`]: known[`${outcome}Epochs`] + 1,
    pending: known.pending - known.pricePerEpoch,
  }));
  const settled = { outcome, settledAt: event.block.timestamp, transactionHash: event.transaction.hash };
  await db
    .insert(leaseEpoch)
    .values({ lease: id, epoch, node, rejected: false, ...settled })
    .onConflictDoUpdate(settled);
});

ponder.on("Marketplace:LeaseEnded", async ({ event, context: { db } }) => {
  const { end, refunded, reason } = event.args;
  await db.update(lease, { id: Number(event.args.lease) }).set((known) => ({
    end,
    settled: known.next >= end,
    refunded: known.refunded + refunded,
    pending: known.pending - refunded,
    endReason: END_REASONS[reason] ?? null,
    endedAt: event.block.timestamp,
  }));
});

ponder.on("Marketplace:EpochRejected", async ({ event, context: { db } }) => {
  const { epoch } = event.args;
  const id = Number(event.args.lease);
  const row = await db.find(lease, { id });
  if (row === null) throw new Error(`epoch ${epoch} was rejected of lease ${id}, which was never rented`);
  const transactionHash = event.transaction.hash;
  await db.insert(leaseEpoch).values({ lease: id, epoch, node: row.node, outcome: null, rejected: true, transactionHash });
});
