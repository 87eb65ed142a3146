import { index, onchainTable, primaryKey } from "ponder";

// Listings and leases are numbered from 1, one after the other: plain numbers, as nodes are.

/** An offer of a node; its terms never change (MKT-1). */
export const listing = onchainTable(
  "listing",
  (t) => ({
    id: t.integer().primaryKey(),
    /** Registry index. */
    node: t.integer().notNull(),
    provider: t.hex().notNull(),
    pricePerEpoch: t.bigint().notNull(),
    /** Share of an epoch's slots that must be proved up, in 1/10,000. */
    minUptimeBps: t.integer().notNull(),
    maxEpochs: t.integer().notNull(),
    /** False once it was taken back. */
    open: t.boolean().notNull(),
    listedAt: t.bigint().notNull(),
    delistedAt: t.bigint(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byNode: index().on(table.node), byPrice: index().on(table.open, table.pricePerEpoch) }),
);

/**
 * A lease of the epochs [first, end). Always paid + refunded + burned + pending = pricePerEpoch × (bookedEnd − first), and
 * paidEpochs + refundedEpochs + burnedEpochs = next − first.
 */
export const lease = onchainTable(
  "lease",
  (t) => ({
    id: t.integer().primaryKey(),
    listing: t.integer().notNull(),
    node: t.integer().notNull(),
    tenant: t.hex().notNull(),
    provider: t.hex().notNull(),
    pricePerEpoch: t.bigint().notNull(),
    minUptimeBps: t.integer().notNull(),
    first: t.integer().notNull(),
    /** As rented; `end` falls below it when the lease is cut short. */
    bookedEnd: t.integer().notNull(),
    end: t.integer().notNull(),
    /** First epoch that is not settled. */
    next: t.integer().notNull(),
    /** True once next = end: then nothing is pending. */
    settled: t.boolean().notNull(),
    /** How many of the last settled epochs failed in a row. */
    failures: t.integer().notNull(),
    paidEpochs: t.integer().notNull(),
    refundedEpochs: t.integer().notNull(),
    burnedEpochs: t.integer().notNull(),
    /** To the provider, before the burn of 1 %. */
    paid: t.bigint().notNull(),
    /** To the tenant: epochs that failed, and those that were cut off. */
    refunded: t.bigint().notNull(),
    /** Of epochs that the tenant rejected although they met the service level (MKT-6). */
    burned: t.bigint().notNull(),
    /** Still in escrow, and the epochs it is for: end − next. */
    pending: t.bigint().notNull(),
    pendingEpochs: t.integer().notNull(),
    /** When `next` is final and may be settled, seconds; null once nothing is pending. */
    nextFinalAt: t.bigint(),
    /** cancelled, terminated, rejected or three failures; null while it runs its term. The last one counts. */
    endReason: t.text(),
    endedAt: t.bigint(),
    rentedAt: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({
    byNode: index().on(table.node),
    byTenant: index().on(table.tenant),
    byProvider: index().on(table.provider),
    byListing: index().on(table.listing),
    // What the janitor asks for.
    byNext: index().on(table.settled, table.next),
  }),
);

/** Epochs of leases that were settled or rejected. */
export const leaseEpoch = onchainTable(
  "lease_epoch",
  (t) => ({
    lease: t.integer().notNull(),
    epoch: t.integer().notNull(),
    node: t.integer().notNull(),
    /** paid, refunded or burned; null while it was only rejected. */
    outcome: t.text(),
    rejected: t.boolean().notNull(),
    settledAt: t.bigint(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.lease, table.epoch] }), byEpoch: index().on(table.epoch) }),
);
