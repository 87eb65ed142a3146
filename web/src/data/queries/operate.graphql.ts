/** Amounts are decimal strings of wei, times of seconds. */
export interface OperatedNode {
  index: number;
  nodeId: string;
  operator: string;
  witness: `0x${string}`;
  witnessFromEpoch: number;
  metadata: string;
  stake: string;
  unbonding: string;
  unbondsAt: string;
  slashed: string;
  active: boolean;
  activeFromEpoch: number | null;
  benched: boolean;
  earned: string;
  claimed: string;
  lastCommitEpoch: number | null;
  registeredEpoch: number;
  challenges: { items: { epoch: number; slots: number; deadline: string; status: string }[] };
  maintenances: { items: { first: number; end: number }[] };
}

export interface OperateAnswer {
  nodes: { items: OperatedNode[] };
  network: { epoch: number; finalBefore: number } | null;
}

/** More nodes than these are reached by the pages of the nodes. */
export const OPERATED_NODES = 35;

export const OPERATE = /* GraphQL */ `
  query Operate($operator: String!) {
    nodes(where: { operator: $operator }, orderBy: "index", limit: 35) {
      items {
        index
        nodeId
        operator
        witness
        witnessFromEpoch
        metadata
        stake
        unbonding
        unbondsAt
        slashed
        active
        activeFromEpoch
        benched
        earned
        claimed
        lastCommitEpoch
        registeredEpoch
        challenges(where: { status_in: ["open", "overdue"] }, limit: 5) {
          items {
            epoch
            slots
            deadline
            status
          }
        }
        maintenances(orderBy: "first", orderDirection: "desc", limit: 12) {
          items {
            first
            end
          }
        }
      }
    }
    network(id: "x0t") {
      epoch
      finalBefore
    }
  }
`;

export interface PendingRewardsAnswer {
  commits: {
    items: {
      epoch: number;
      weight: string;
      voided: boolean;
      openChallenges: number;
      period: { totalWeight: string; poolPerEpoch: string | null; targetStake: string | null } | null;
    }[];
  };
}

/** Epochs that may still be challenged: a dozen or two. */
export const PENDING_REWARDS = /* GraphQL */ `
  query PendingRewards($node: Int!) {
    commits(where: { node: $node, final: false }, orderBy: "epoch", orderDirection: "desc", limit: 40) {
      items {
        epoch
        weight
        voided
        openChallenges
        period {
          totalWeight
          poolPerEpoch
          targetStake
        }
      }
    }
  }
`;

export interface FinalRewardsAnswer {
  commits: { items: { epoch: number; reward: string | null }[] };
  claims: { items: { epoch: number }[] };
}

/** Epochs that are looked back for rewards not yet claimed: two weeks of hours. */
export const REWARD_EPOCHS = 336;

/** Only asked for while a node has something to claim. */
export const FINAL_REWARDS = /* GraphQL */ `
  query FinalRewards($node: Int!, $limit: Int!) {
    commits(where: { node: $node, final: true }, orderBy: "epoch", orderDirection: "desc", limit: $limit) {
      items {
        epoch
        reward
      }
    }
    claims(where: { node: $node }, orderBy: "epoch", orderDirection: "desc", limit: $limit) {
      items {
        epoch
      }
    }
  }
`;
