import type { Address } from "viem";
import { z } from "zod";
import { X0tError } from "../../core/x0tError.ts";
import { queryHub, type Hub } from "./hub.ts";

const PAGE = 1_000;
const MAX_PAGES = 200;

const strategySchema = z.object({ name: z.string(), network: z.string().nullish(), params: z.record(z.string(), z.unknown()).nullish() });
/** Snapshot numbers may come as strings. */
const wholeSchema = z.coerce.number().int().nonnegative();

const spaceSchema = z.object({
  id: z.string(),
  network: z.string(),
  strategies: z.array(strategySchema),
  voting: z.object({
    delay: wholeSchema.nullish(),
    period: wholeSchema.nullish(),
    type: z.string().nullish(),
    privacy: z.string().nullish(),
  }),
});
export type HubSpace = z.infer<typeof spaceSchema>;

const proposalSchema = z.object({
  id: z.string(),
  author: z.string(),
  created: wholeSchema,
  title: z.string(),
  body: z.string().nullish(),
  choices: z.array(z.string()),
  type: z.string(),
  start: wholeSchema,
  end: wholeSchema,
  snapshot: wholeSchema,
  state: z.string(),
  network: z.string(),
  quorum: z.number().nullish(),
  privacy: z.string().nullish(),
  strategies: z.array(strategySchema),
  space: z.object({ id: z.string() }),
  scores: z.array(z.number()).nullish(),
  scores_total: z.number().nullish(),
  scores_state: z.string().nullish(),
  votes: wholeSchema.nullish(),
});
export type HubProposal = z.infer<typeof proposalSchema>;

const voteSchema = z.object({
  id: z.string(),
  voter: z.string(),
  created: wholeSchema,
  choice: z.unknown(),
  vp: z.number(),
  vp_by_strategy: z.array(z.number()),
});
export type HubVote = z.infer<typeof voteSchema>;

const PROPOSAL_FIELDS = `id author created title body choices type start end snapshot state network quorum privacy
  strategies { name network params } space { id } scores scores_total scores_state votes`;
const VOTE_FIELDS = "id voter created choice vp vp_by_strategy";
/** What of a space's settings a hub tells, as far as x0t sets it. */
export const SPACE_FIELDS = `id name about network symbol admins members strategies { name network params } filters { minScore onlyMembers }
  validation { name params } voteValidation { name params } voting { delay period type quorum privacy } treasuries { name address network }`;

/** @throws X0T_SNAPSHOT_SPACE if the hub does not have it */
export async function readSpace(hub: Hub, id: string): Promise<HubSpace> {
  const settings = await readSettings(hub, id);
  if (settings === undefined) {
    throw new X0tError("X0T_SNAPSHOT_SPACE", `The hub ${hub.hubUrl} knows no space "${id}". Publish it first: x0t snapshot space --space ${id} --publish`);
  }
  const parsed = spaceSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new X0tError("X0T_SNAPSHOT_SPACE", `The space "${id}" of ${hub.hubUrl} has settings that x0t does not understand.`, { cause: parsed.error });
}

/** The published settings as the hub tells them; undefined if it has no such space. */
export async function readSettings(hub: Hub, id: string): Promise<Record<string, unknown> | undefined> {
  const schema = z.object({ space: z.record(z.string(), z.unknown()).nullable() });
  const { space } = await queryHub(hub, schema, `query ($id: String!) { space(id: $id) { ${SPACE_FIELDS} } }`, { id });
  return space ?? undefined;
}

/** @throws X0T_SNAPSHOT_PROPOSAL if the hub does not have it */
export async function readProposal(hub: Hub, id: string): Promise<HubProposal> {
  const schema = z.object({ proposal: proposalSchema.nullable() });
  const { proposal } = await queryHub(hub, schema, `query ($id: String!) { proposal(id: $id) { ${PROPOSAL_FIELDS} } }`, { id });
  if (proposal !== null) return proposal;
  throw new X0tError("X0T_SNAPSHOT_PROPOSAL", `The hub ${hub.hubUrl} knows no proposal ${id}. Copy the id whole, and ask the hub that has it.`);
}

/** An author's newest proposals in a space. */
export async function findProposals(hub: Hub, where: { space: string; author: Address }): Promise<HubProposal[]> {
  const schema = z.object({ proposals: z.array(proposalSchema) });
  const query = `query ($space: String!, $author: String!) {
    proposals(first: 20, where: { space: $space, author: $author }, orderBy: "created", orderDirection: desc) { ${PROPOSAL_FIELDS} }
  }`;
  return (await queryHub(hub, schema, query, where)).proposals;
}

const votesSchema = z.object({ votes: z.array(voteSchema) });

/** The vote of one account, if it has voted. */
export async function findVote(hub: Hub, where: { proposal: string; voter: Address }): Promise<HubVote | undefined> {
  const query = `query ($proposal: String!, $voter: String!) { votes(first: 1, where: { proposal: $proposal, voter: $voter }) { ${VOTE_FIELDS} } }`;
  return (await queryHub(hub, votesSchema, query, where)).votes[0];
}

/** All votes, oldest first. Pages go by time: a hub skips 5,000 entries at most. @throws X0T_SNAPSHOT_DOWN if they have no end */
export async function readVotes(hub: Hub, proposal: string, page = PAGE): Promise<HubVote[]> {
  const query = `query ($proposal: String!, $from: Int!, $first: Int!, $skip: Int!) {
    votes(first: $first, skip: $skip, where: { proposal: $proposal, created_gte: $from }, orderBy: "created", orderDirection: asc) { ${VOTE_FIELDS} }
  }`;
  const votes = new Map<string, HubVote>();
  let from = 0;
  let skip = 0;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const found = (await queryHub(hub, votesSchema, query, { proposal, from, first: page, skip })).votes;
    // By voter: who votes again meanwhile shows up twice.
    for (const vote of found) votes.set(vote.voter, vote);
    const last = found.at(-1);
    if (last === undefined || found.length < page) return [...votes.values()];
    skip = last.created === from ? skip + page : 0;
    from = last.created;
  }
  throw new X0tError("X0T_SNAPSHOT_DOWN", `The hub ${hub.hubUrl} tells more than ${MAX_PAGES * page} votes.`);
}
