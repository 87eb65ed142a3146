import { utc, x0t, type Hint } from "./hint.ts";

const percent = (bps: unknown) => `${Number(bps) / 100} %`;

/** What the Marketplace and the guardian's seat refuse (MKT-1 to MKT-6, GOV-3). */
export const MARKET_HINTS: Record<string, Hint> = {
  Marketplace_OnlyOperator: ([node]) => `Only the operator of node ${node} may do this: use the operator's key.`,
  Marketplace_OnlyProvider: ([lease]) => `Only the provider of lease ${lease} may do this: use the operator's key.`,
  Marketplace_OnlyTenant: ([lease]) => `Only the tenant of lease ${lease} may do this: use the key that rented it.`,
  Marketplace_NotActive: ([node]) => `Node ${node} will not be active in the next epoch: it has too little at stake, or has just registered.`,
  Marketplace_BadPrice: ([price, most]) =>
    `An epoch may cost at most a tenth of the node's stake, which is ${x0t(most)} now, and more than nothing; this one costs ${x0t(price)}.`,
  Marketplace_BadUptime: ([asked, least, most]) => `Promise an uptime from ${percent(least)} to ${percent(most)}, not ${percent(asked)}.`,
  Marketplace_BadEpochs: ([epochs, most]) => `Choose from 1 to ${most} epochs, not ${epochs}.`,
  Marketplace_UnknownListing: ([listing]) => `There is no listing ${listing}.`,
  Marketplace_ListingClosed: ([listing]) => `Listing ${listing} was taken back.`,
  Marketplace_UnknownLease: ([lease]) => `There is no lease ${lease}.`,
  Marketplace_Booked: ([node, end]) => `Node ${node} is leased until epoch ${end} begins: rent it then, or another one now.`,
  Marketplace_NothingToEnd: ([lease, end]) => `Lease ${lease} ends before epoch ${end} anyway.`,
  Marketplace_NothingToSettle: ([lease]) => `No epoch of lease ${lease} waits to be settled: the next one is not final yet, or all are settled.`,
  Marketplace_NotRejectable: ([lease, epoch]) =>
    `Epoch ${epoch} of lease ${lease} cannot be rejected: it must be one of the lease's, and may be rejected until the end of the epoch after it.`,
  Marketplace_AlreadyRejected: ([lease, epoch]) => `Epoch ${epoch} of lease ${lease} was rejected before.`,
  GuardianSeat_Paused: ([until]) =>
    `The guardian has paused whatever takes money in until ${utc(until)}; everything that pays out goes on.`,
  GuardianSeat_BadPause: ([until, latest, nextAt]) =>
    `A pause may last until ${utc(latest)} at most, not ${utc(until)}, and the next stretch of pauses begins at ${utc(nextAt)}.`,
  GuardianSeat_OnlyGuardian: ([caller]) => `Only the guardian may do this, and ${caller} is not.`,
  GuardianSeat_BadParameters: "The deployment's parameters are out of their bounds.",
  Marketplace_BatchTooLong: ([count, most]) => `At most ${most} leases at once, not ${count}.`,
  Marketplace_BadParameters: "The deployment's parameters are out of their bounds.",
};
