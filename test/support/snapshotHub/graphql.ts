import { buildSchema, graphql } from "graphql";
import type { HubContext, SpaceSettings, StoredProposal, StoredVote } from "./state.ts";

/** The part of the hub's schema that serves spaces, proposals and votes. */
const SCHEMA = buildSchema(`
  scalar Any
  enum OrderDirection { asc desc }
  type Query {
    space(id: String): Space
    proposal(id: String): Proposal
    proposals(first: Int, skip: Int, where: ProposalWhere, orderBy: String, orderDirection: OrderDirection): [Proposal]
    votes(first: Int, skip: Int, where: VoteWhere, orderBy: String, orderDirection: OrderDirection): [Vote]
  }
  input ProposalWhere { id: String, space: String, author: String, state: String, end_gte: Int }
  input VoteWhere { id: String, space: String, voter: String, proposal: String, created: Int, created_gte: Int }
  type Strategy { name: String!, network: String, params: Any }
  type SpaceFilters { minScore: Float, onlyMembers: Boolean }
  type Validation { name: String!, params: Any }
  type SpaceVoting { delay: Int, period: Int, type: String, quorum: Float, privacy: String }
  type Treasury { name: String, address: String, network: String }
  type Space {
    id: String!, name: String, about: String, network: String, symbol: String, admins: [String], members: [String], strategies: [Strategy]
    filters: SpaceFilters, validation: Validation, voteValidation: Validation, voting: SpaceVoting, treasuries: [Treasury]
  }
  type Proposal {
    id: String!, ipfs: String, author: String!, created: Int!, space: Space, network: String!, symbol: String!, type: String
    strategies: [Strategy]!, title: String!, body: String, discussion: String!, choices: [String]!, start: Int!, end: Int!
    quorum: Float!, privacy: String, snapshot: String, state: String, app: String, scores: [Float], scores_total: Float
    scores_state: String, votes: Int
  }
  type Vote {
    id: String!, ipfs: String, voter: String!, created: Int!, space: Space!, proposal: Proposal, choice: Any!, reason: String
    app: String, vp: Float, vp_by_strategy: [Float], vp_state: String
  }
`);

interface ListArguments {
  first?: number;
  skip?: number;
  where?: Record<string, string | number>;
  orderBy?: string;
  orderDirection?: "asc" | "desc";
}

export async function answerQuery(context: HubContext, source: string, variableValues: Record<string, unknown>) {
  const { state } = context;
  const proposals = () => [...state.proposals.values()].map((proposal) => ({ ...proposal, state: stateOf(context, proposal) }));
  return graphql({
    schema: SCHEMA,
    source,
    variableValues,
    rootValue: {
      space: ({ id }: { id: string }) => tellSpace(id, state.spaces.get(id)),
      proposal: ({ id }: { id: string }) => tellProposal(context, state.proposals.get(id)),
      proposals: (list: ListArguments) => select(proposals(), list).map((proposal) => tellProposal(context, proposal)),
      votes: (list: ListArguments) => select([...state.votes.values()], list).map((vote) => tellVote(context, vote)),
    },
  });
}

/** With the defaults that a hub puts in. */
function tellSpace(id: string, settings: SpaceSettings | undefined) {
  if (settings === undefined) return null;
  const { delay, period, type, quorum, privacy } = settings.voting ?? {};
  return {
    members: [],
    ...settings,
    id,
    filters: { minScore: settings.filters?.minScore ?? 0, onlyMembers: settings.filters?.onlyMembers ?? false },
    voting: { delay: delay || null, period: period || null, type: type ?? null, quorum: quorum || null, privacy: privacy ?? "" },
  };
}

function tellProposal(context: HubContext, proposal: StoredProposal | undefined) {
  if (proposal === undefined) return null;
  const space = tellSpace(proposal.space, context.state.spaces.get(proposal.space));
  const state = stateOf(context, proposal);
  return { ...proposal, state, scores_state: state === "closed" ? "final" : "pending", snapshot: String(proposal.snapshot), space };
}

function stateOf(context: HubContext, { start, end }: StoredProposal): string {
  const now = context.now() / 1000;
  return now > end ? "closed" : now > start ? "active" : "pending";
}

function tellVote(context: HubContext, vote: StoredVote) {
  return { ...vote, space: { id: vote.space }, proposal: tellProposal(context, context.state.proposals.get(vote.proposal)) };
}

/** Newest first unless asked otherwise, as a hub does; its limits too. */
function select<T extends { id: string; created: number }>(rows: T[], list: ListArguments): T[] {
  const { first = 20, skip = 0, where = {}, orderDirection = "desc" } = list;
  if (first > 1000) throw new Error("The `first` argument must not be greater than 1000");
  if (skip > 5000) throw new Error("The `skip` argument must not be greater than 5000");
  const sign = orderDirection === "asc" ? 1 : -1;
  return rows
    .filter((row) => Object.entries(where).every(([key, wanted]) => matches(row, key, wanted)))
    .sort((a, b) => sign * (a.created - b.created) || (a.id < b.id ? -1 : 1))
    .slice(skip, skip + first);
}

function matches(row: object, key: string, wanted: string | number): boolean {
  const values = row as Record<string, unknown>;
  if (key.endsWith("_gte")) return Number(values[key.slice(0, -"_gte".length)]) >= Number(wanted);
  return String(values[key]).toLowerCase() === String(wanted).toLowerCase();
}
