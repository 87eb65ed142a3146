/** Amounts are decimal strings of wei, times of seconds. */
export interface ListedNode {
  index: number;
  nodeId: string;
  operator: string;
  metadata: string;
  stake: string;
  active: boolean;
  activeFromEpoch: number | null;
  benched: boolean;
  recentSlots: number;
  recentCommits: number;
  recentVoids: number;
  slashCount: number;
  relayedBytes: string;
  earned: string;
  redeemed: string;
  leaseIncome: string;
  leaseEpochsPaid: number;
  leaseEpochsRefunded: number;
  registeredEpoch: number;
}

export interface NodeListAnswer {
  nodes: {
    totalCount: number;
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
    items: ListedNode[];
  };
  /** Of all nodes. */
  challenges: { items: { node: number }[] };
  network: { epoch: number; finalBefore: number } | null;
}

const LISTED = `
        index
        nodeId
        operator
        metadata
        stake
        active
        activeFromEpoch
        benched
        recentSlots
        recentCommits
        recentVoids
        slashCount
        relayedBytes
        earned
        redeemed
        leaseIncome
        leaseEpochsPaid
        leaseEpochsRefunded
        registeredEpoch`;

export const NODE_LIST = /* GraphQL */ `
  query NodeList($where: nodeFilter, $orderBy: String!, $orderDirection: String!, $limit: Int!, $after: String, $before: String) {
    nodes(where: $where, orderBy: $orderBy, orderDirection: $orderDirection, limit: $limit, after: $after, before: $before) {
      totalCount
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      items {${LISTED}
      }
    }
    challenges(where: { status: "open" }, limit: 200) {
      items {
        node
      }
    }
    network(id: "x0t") {
      epoch
      finalBefore
    }
  }
`;

export interface NodeChallenge {
  epoch: number;
  challengeId: string;
  challenger: string;
  bitmap: string;
  deadline: string;
  status: string;
  answerer: string | null;
  answeredAt: string | null;
  challengedAt: string;
}

export interface NodeDetail extends ListedNode {
  witness: string;
  witnessFromEpoch: number;
  unbonding: string;
  unbondsAt: string;
  slashed: string;
  commitCount: number;
  voidCount: number;
  lastCommitEpoch: number | null;
  slots: number;
  challengeCount: number;
  challengesAnswered: number;
  challengesLost: number;
  claimed: string;
  redemptionCount: number;
  leaseCount: number;
  leaseEpochsBurned: number;
  registeredAt: string;
  stakeChanges: { items: { id: string; kind: string; amount: string; stake: string; unbonding: string; timestamp: string; transactionHash: string }[]; pageInfo: { hasNextPage: boolean } };
  maintenances: { items: { first: number; end: number }[] };
  challenges: { items: NodeChallenge[] };
}

export interface NodeAnswer {
  node: NodeDetail | null;
  network: { epoch: number; finalBefore: number; nodes: number } | null;
}

export const NODE = /* GraphQL */ `
  query Node($index: Int!) {
    node(index: $index) {${LISTED}
        witness
        witnessFromEpoch
        unbonding
        unbondsAt
        slashed
        commitCount
        voidCount
        lastCommitEpoch
        slots
        challengeCount
        challengesAnswered
        challengesLost
        claimed
        redemptionCount
        leaseCount
        leaseEpochsBurned
        registeredAt
        stakeChanges(orderBy: "timestamp", orderDirection: "desc", limit: 100) {
          items {
            id
            kind
            amount
            stake
            unbonding
            timestamp
            transactionHash
          }
          pageInfo {
            hasNextPage
          }
        }
        maintenances(orderBy: "first", orderDirection: "desc", limit: 50) {
          items {
            first
            end
          }
        }
        challenges(orderBy: "epoch", orderDirection: "desc", limit: 20) {
          items {
            epoch
            challengeId
            challenger
            bitmap
            deadline
            status
            answerer
            answeredAt
            challengedAt
          }
        }
    }
    network(id: "x0t") {
      epoch
      finalBefore
      nodes
    }
  }
`;

export interface NodeEpochsAnswer {
  commits: {
    items: {
      epoch: number;
      bitmap: string;
      slots: number;
      relayedBytes: string;
      cid: string;
      weight: string;
      /** Null until final. */
      reward: string | null;
      openChallenges: number;
      voided: boolean;
      voidedAt: string | null;
      final: boolean;
      committedAt: string;
    }[];
  };
  epochs: { items: { epoch: number; totalWeight: string; poolPerEpoch: string | null; targetStake: string | null }[] };
  claims: { items: { epoch: number; amount: string; timestamp: string }[] };
  challenges: { items: NodeChallenge[] };
  redemptions: { items: { epoch: number; amount: string }[]; pageInfo: { hasNextPage: boolean } };
  leaseEpochs: { items: { epoch: number; outcome: string | null; leased: { pricePerEpoch: string } | null }[] };
}

/** Epochs [first, end) of a node. */
export const NODE_EPOCHS = /* GraphQL */ `
  query NodeEpochs($node: Int!, $first: Int!, $end: Int!) {
    commits(where: { node: $node, epoch_gte: $first, epoch_lt: $end }, limit: 100) {
      items {
        epoch
        bitmap
        slots
        relayedBytes
        cid
        weight
        reward
        openChallenges
        voided
        voidedAt
        final
        committedAt
      }
    }
    epochs(where: { epoch_gte: $first, epoch_lt: $end }, limit: 100) {
      items {
        epoch
        totalWeight
        poolPerEpoch
        targetStake
      }
    }
    claims(where: { node: $node, epoch_gte: $first, epoch_lt: $end }, limit: 100) {
      items {
        epoch
        amount
        timestamp
      }
    }
    challenges(where: { node: $node, epoch_gte: $first, epoch_lt: $end }, limit: 200) {
      items {
        epoch
        challengeId
        challenger
        bitmap
        deadline
        status
        answerer
        answeredAt
        challengedAt
      }
    }
    redemptions(where: { node: $node, epoch_gte: $first, epoch_lt: $end }, limit: 500) {
      items {
        epoch
        amount
      }
      pageInfo {
        hasNextPage
      }
    }
    leaseEpochs(where: { node: $node, epoch_gte: $first, epoch_lt: $end }, limit: 100) {
      items {
        epoch
        outcome
        leased {
          pricePerEpoch
        }
      }
    }
  }
`;

export interface BonusAnswer {
  commits: { items: { epoch: number; slots: number; voided: boolean }[] };
}

export const NODE_BONUS = /* GraphQL */ `
  query NodeBonus($node: Int!, $first: Int!, $end: Int!) {
    commits(where: { node: $node, epoch_gte: $first, epoch_lt: $end }, limit: 168) {
      items {
        epoch
        slots
        voided
      }
    }
  }
`;

export interface OperatorAnswer {
  operator: {
    address: string;
    nodeCount: number;
    stake: string;
    unbonding: string;
    slashed: string;
    earned: string;
    claimed: string;
    redeemed: string;
    leaseIncome: string;
    challengeIncome: string;
    burned: string;
  } | null;
  account: { balance: string } | null;
  nodes: NodeListAnswer["nodes"];
  challenges: NodeListAnswer["challenges"];
  network: NodeListAnswer["network"];
}

export const OPERATOR = /* GraphQL */ `
  query Operator($address: String!, $after: String, $before: String) {
    operator(address: $address) {
      address
      nodeCount
      stake
      unbonding
      slashed
      earned
      claimed
      redeemed
      leaseIncome
      challengeIncome
      burned
    }
    account(address: $address) {
      balance
    }
    nodes(where: { operator: $address }, orderBy: "index", limit: 25, after: $after, before: $before) {
      totalCount
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      items {${LISTED}
      }
    }
    challenges(where: { status: "open" }, limit: 200) {
      items {
        node
      }
    }
    network(id: "x0t") {
      epoch
      finalBefore
    }
  }
`;
