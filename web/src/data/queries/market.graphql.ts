/** Amounts are decimal strings of wei, times of seconds since 1970; epochs and nodes plain numbers. */
export interface OfferRow {
  id: number;
  node: number;
  provider: string;
  pricePerEpoch: string;
  minUptimeBps: number;
  maxEpochs: number;
  relay: {
    index: number;
    nodeId: string;
    operator: string;
    /** CID of its document. */
    metadata: string;
    stake: string;
    active: boolean;
    slashCount: number;
    recentSlots: number;
    recentVoids: number;
    leaseEpochsPaid: number;
    leaseEpochsRefunded: number;
    leaseEpochsBurned: number;
    registeredEpoch: number;
    /** The newest one: the node is leased until its end. */
    leases: { items: { end: number }[] };
  } | null;
}

export interface OffersAnswer {
  listings: { totalCount: number; items: OfferRow[] };
  network: { epoch: number; finalBefore: number } | null;
}

const OFFER_FIELDS = /* GraphQL */ `
  id
  node
  provider
  pricePerEpoch
  minUptimeBps
  maxEpochs
  relay {
    index
    nodeId
    operator
    metadata
    stake
    active
    slashCount
    recentSlots
    recentVoids
    leaseEpochsPaid
    leaseEpochsRefunded
    leaseEpochsBurned
    registeredEpoch
    leases(orderBy: "id", orderDirection: "desc", limit: 1) {
      items {
        end
      }
    }
  }
`;

/** Open offers, the cheapest first. */
export const OFFERS = /* GraphQL */ `
  query Offers($where: listingFilter!, $limit: Int!) {
    listings(where: $where, orderBy: "pricePerEpoch", orderDirection: "asc", limit: $limit) {
      totalCount
      items {
        ${OFFER_FIELDS}
      }
    }
    network(id: "x0t") {
      epoch
      finalBefore
    }
  }
`;

export interface LeaseRow {
  id: number;
  listing: number;
  node: number;
  tenant: string;
  provider: string;
  pricePerEpoch: string;
  minUptimeBps: number;
  first: number;
  bookedEnd: number;
  end: number;
  next: number;
  settled: boolean;
  failures: number;
  paidEpochs: number;
  refundedEpochs: number;
  burnedEpochs: number;
  paid: string;
  refunded: string;
  burned: string;
  pending: string;
  nextFinalAt: string | null;
  endReason: string | null;
  endedAt: string | null;
  rentedAt: string;
}

const LEASE_FIELDS = /* GraphQL */ `
  id
  listing
  node
  tenant
  provider
  pricePerEpoch
  minUptimeBps
  first
  bookedEnd
  end
  next
  settled
  failures
  paidEpochs
  refundedEpochs
  burnedEpochs
  paid
  refunded
  burned
  pending
  nextFinalAt
  endReason
  endedAt
  rentedAt
`;

export interface LeasesAnswer {
  leases: { totalCount: number; items: LeaseRow[] };
}

/** Leases of an account, as tenant or as provider, the newest first. */
export const LEASES = /* GraphQL */ `
  query Leases($where: leaseFilter!, $limit: Int!) {
    leases(where: $where, orderBy: "id", orderDirection: "desc", limit: $limit) {
      totalCount
      items {
        ${LEASE_FIELDS}
      }
    }
  }
`;

export interface LeaseAnswer {
  lease:
    | (LeaseRow & {
        offer: { open: boolean; maxEpochs: number } | null;
        relay: { stake: string; active: boolean } | null;
        epochs: { items: { epoch: number; outcome: string | null; rejected: boolean }[] };
      })
    | null;
  commits: { items: { epoch: number; slots: number; voided: boolean; openChallenges: number }[] };
  network: { epoch: number; finalBefore: number } | null;
}

/** One lease with what became of its newest epochs; `from` and `to` (without it) bound them. */
export const LEASE = /* GraphQL */ `
  query Lease($id: Int!, $node: Int!, $from: Int!, $to: Int!) {
    lease(id: $id) {
      ${LEASE_FIELDS}
      offer {
        open
        maxEpochs
      }
      relay {
        stake
        active
      }
      epochs(where: { epoch_gte: $from, epoch_lt: $to }, limit: 200) {
        items {
          epoch
          outcome
          rejected
        }
      }
    }
    commits(where: { node: $node, epoch_gte: $from, epoch_lt: $to }, limit: 200) {
      items {
        epoch
        slots
        voided
        openChallenges
      }
    }
    network(id: "x0t") {
      epoch
      finalBefore
    }
  }
`;

export interface LeaseRowAnswer {
  lease: LeaseRow | null;
}

export const LEASE_ROW = /* GraphQL */ `
  query LeaseRow($id: Int!) {
    lease(id: $id) {
      ${LEASE_FIELDS}
    }
  }
`;

export interface MyOffersAnswer {
  nodes: { items: { index: number; stake: string; active: boolean }[] };
  listings: { items: OfferRow[] };
}

/** What an operator has to offer, and offers. */
export const MY_OFFERS = /* GraphQL */ `
  query MyOffers($account: String!) {
    nodes(where: { operator: $account }, orderBy: "index", limit: 100) {
      items {
        index
        stake
        active
      }
    }
    listings(where: { provider: $account, open: true }, orderBy: "id", orderDirection: "desc", limit: 100) {
      items {
        ${OFFER_FIELDS}
      }
    }
  }
`;
