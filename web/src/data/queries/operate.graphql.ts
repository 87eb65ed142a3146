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

export const OPERATE = /* GraphQL */ `
  query Operate($operator: String!) {
    nodes(where: { operator: $operator }, orderBy: "index", limit: 100) {
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
        challenges(where: { status_in: ["open", "overdue"] }, limit: 10) {
          items {
            epoch
            slots
            deadline
            status
          }
        }
        maintenances(orderBy: "first", orderDirection: "desc", limit: 24) {
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

export interface NodeRewardsAnswer {
  commits: {
    items: {
      epoch: number;
      weight: string;
      /** Null until final. */
      reward: string | null;
      final: boolean;
      finalAt: string;
      voided: boolean;
      openChallenges: number;
      period: { totalWeight: string; poolPerEpoch: string | null; targetStake: string | null } | null;
    }[];
  };
  claims: { items: { epoch: number; amount: string }[] };
}

/** Epochs that are looked back for rewards not yet claimed. */
export const REWARD_EPOCHS = 500;

export const NODE_REWARDS = /* GraphQL */ `
  query NodeRewards($node: Int!, $limit: Int!) {
    commits(where: { node: $node }, orderBy: "epoch", orderDirection: "desc", limit: $limit) {
      items {
        epoch
        weight
        reward
        final
        finalAt
        voided
        openChallenges
        period {
          totalWeight
          poolPerEpoch
          targetStake
        }
      }
    }
    claims(where: { node: $node }, orderBy: "epoch", orderDirection: "desc", limit: $limit) {
      items {
        epoch
        amount
      }
    }
  }
`;
