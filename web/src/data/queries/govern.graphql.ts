import type { Hex } from "viem";
import type { ProposalState } from "../../../../core/proposal.ts";

/** Stakes in wei, ballots in √wei, ids and times as decimal strings. */
export interface ProposalRow {
  id: string;
  proposer: Hex;
  /** With its proposer's mark. */
  description: string;
  targets: Hex[];
  values: string[];
  calldatas: Hex[];
  state: ProposalState;
  snapshotAt: string;
  endsAt: string;
  extended: boolean;
  executableAt: string | null;
  executedAt: string | null;
  canceledAt: string | null;
  canceledBy: string | null;
  forStake: string;
  againstStake: string;
  abstainStake: string;
  forBallots: string;
  againstBallots: string;
  abstainBallots: string;
  voteCount: number;
  /** Null until voting begins. */
  quorum: string | null;
  leading: boolean;
  proposedAt: string;
  transactionHash: Hex;
}

const FIELDS = /* GraphQL */ `
  id
  proposer
  description
  targets
  values
  calldatas
  state
  snapshotAt
  endsAt
  extended
  executableAt
  executedAt
  canceledAt
  canceledBy
  forStake
  againstStake
  abstainStake
  forBallots
  againstBallots
  abstainBallots
  voteCount
  quorum
  leading
  proposedAt
  transactionHash
`;

export interface ProposalsAnswer {
  proposals: { totalCount: number; items: ProposalRow[] };
}

/** The newest first. */
export const PROPOSALS = /* GraphQL */ `
  query Proposals($where: proposalFilter!, $limit: Int!) {
    proposals(where: $where, orderBy: "block", orderDirection: "desc", limit: $limit) {
      totalCount
      items {
        ${FIELDS}
      }
    }
  }
`;

export interface ProposalAnswer {
  proposal:
    | (ProposalRow & {
        votes: { totalCount: number; items: { voter: Hex; support: string; stake: string; ballots: string; reason: string; timestamp: string }[] };
        changes: { items: { kind: string; at: string; until: string | null }[] };
      })
    | null;
}

/** One proposal with its largest votes and what became of it, step by step. */
export const PROPOSAL = /* GraphQL */ `
  query Proposal($id: BigInt!) {
    proposal(id: $id) {
      ${FIELDS}
      votes(orderBy: "stake", orderDirection: "desc", limit: 100) {
        totalCount
        items {
          voter
          support
          stake
          ballots
          reason
          timestamp
        }
      }
      changes(orderBy: "at", limit: 50) {
        items {
          kind
          at
          until
        }
      }
    }
  }
`;

export interface SettingChangesAnswer {
  settingChanges: { items: { name: string; former: string | null; value: string }[] };
}

/** What changed when a proposal was executed. */
export const SETTING_CHANGES = /* GraphQL */ `
  query SettingChanges($at: BigInt!) {
    settingChanges(where: { timestamp: $at }, limit: 50) {
      items {
        name
        former
        value
      }
    }
  }
`;
