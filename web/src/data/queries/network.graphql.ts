/** Amounts are decimal strings of wei, times of seconds. */
export interface NetworkAnswer {
  network: {
    epoch: number;
    nodes: number;
    activeNodes: number;
    operators: number;
    stake: string;
    unbonding: string;
    poolPerEpoch: string;
    relayedBytes: string;
    burned: string;
    openLeases: number;
    openListings: number;
    escrow: string;
    openChannels: number;
    channelDeposits: string;
  } | null;
  token: { totalSupply: string; totalBurned: string } | null;
}

export const NETWORK = /* GraphQL */ `
  query Network {
    network(id: "x0t") {
      epoch
      nodes
      activeNodes
      operators
      stake
      unbonding
      poolPerEpoch
      relayedBytes
      burned
      openLeases
      openListings
      escrow
      openChannels
      channelDeposits
    }
    token(id: "X0T") {
      totalSupply
      totalBurned
    }
  }
`;

export interface NodesAnswer {
  nodes: {
    totalCount: number;
    items: { index: number; nodeId: string; operator: string; metadata: string; stake: string; active: boolean; benched: boolean }[];
  };
}

export const NODES_ON_MAP = /* GraphQL */ `
  query NodesOnMap {
    nodes(limit: 500, orderBy: "index", orderDirection: "asc") {
      totalCount
      items {
        index
        nodeId
        operator
        metadata
        stake
        active
        benched
      }
    }
  }
`;

export interface ProofsAnswer {
  commits: { items: { node: number; slots: number; voided: boolean }[] };
}

export const PROOFS_OF_EPOCH = /* GraphQL */ `
  query ProofsOfEpoch($epoch: Int!) {
    commits(where: { epoch: $epoch }, limit: 500, orderBy: "node", orderDirection: "asc") {
      items {
        node
        slots
        voided
      }
    }
  }
`;

export interface EpochRow {
  epoch: number;
  startsAt: string;
  endsAt: string;
  finalAt: string;
  final: boolean;
  commitCount: number;
  voidCount: number;
  slots: number;
  relayedBytes: string;
  earned: string | null;
  claimed: string;
  redeemed: string;
  burned: string;
}

export interface EpochsAnswer {
  epochs: { items: EpochRow[] };
}

export const EPOCHS = /* GraphQL */ `
  query Epochs($limit: Int!) {
    epochs(limit: $limit, orderBy: "epoch", orderDirection: "desc") {
      items {
        epoch
        startsAt
        endsAt
        finalAt
        final
        commitCount
        voidCount
        slots
        relayedBytes
        earned
        claimed
        redeemed
        burned
      }
    }
  }
`;

export interface BurnsAnswer {
  days: { items: { day: number; startsAt: string; burned: string; supply: string }[] };
  epochs: { items: { epoch: number; startsAt: string; burned: string }[] };
  token: { totalSupply: string; totalBurned: string } | null;
}

export const BURNS = /* GraphQL */ `
  query Burns($days: Int!, $epochs: Int!) {
    days(limit: $days, orderBy: "day", orderDirection: "desc") {
      items {
        day
        startsAt
        burned
        supply
      }
    }
    epochs(limit: $epochs, orderBy: "epoch", orderDirection: "desc") {
      items {
        epoch
        startsAt
        burned
      }
    }
    token(id: "X0T") {
      totalSupply
      totalBurned
    }
  }
`;

export interface ActivityAnswer {
  events: {
    items: { id: string; contract: string; name: string; node: number | null; account: string | null; args: string; timestamp: string; transactionHash: string }[];
  };
}

export const ACTIVITY = /* GraphQL */ `
  query Activity($limit: Int!) {
    events(limit: $limit, orderBy: "id", orderDirection: "desc", where: { name_not_in: ["Paid", "Redeemed", "DelegateVotesChanged", "DelegateChanged"] }) {
      items {
        id
        contract
        name
        node
        account
        args
        timestamp
        transactionHash
      }
    }
  }
`;
