import { getAddress, type Address, type Hex } from "viem";
import type { ChoiceMap } from "../../../cli/snapshot/library.ts";
import { firstBlockOf, library } from "./library.ts";
import { currentBlock, recount, votingPower } from "./scores.ts";
import { nowSeconds, Refused, refuseUnless, type HubContext, type SpaceSettings, type StoredVote } from "./state.ts";

/** A message whose envelope holds. */
export interface Message {
  id: Hex;
  ipfs: string;
  from: Address;
  timestamp: number;
  space: string;
  fields: Record<string, unknown>;
}

const OPTIONS = { snapshotEnv: "default", spaceType: "default" } as const;

export async function takeSettings(context: HubContext, { from, space, fields }: Message): Promise<void> {
  refuseUnless(space.length <= 64, "id too long");
  const settings = parseJson<SpaceSettings>(fields.settings, "wrong space format");
  checkSpaceFormat(settings);
  const known = context.state.spaces.get(space);
  const isController = context.controllers[space] === from;
  const admins = lower(known?.admins);
  refuseUnless(isController || admins.includes(from.toLowerCase()), "not allowed");
  refuseUnless(isController || JSON.stringify(admins) === JSON.stringify(lower(settings.admins)), "not allowed change admins");
  context.state.spaces.set(space, settings);
}

function checkSpaceFormat(settings: SpaceSettings): void {
  const verdict = library.utils.validateSchema(library.schemas.space, settings, OPTIONS);
  if (verdict === true) return;
  throw new Refused(verdict[0]?.message === "network not allowed" ? "network not allowed" : "wrong space format");
}

export async function takeProposal(context: HubContext, message: Message): Promise<void> {
  const { from, timestamp, fields } = message;
  const space = context.state.spaces.get(message.space);
  refuseUnless(space, "unknown space");
  checkSpaceFormat(space);
  const { title, body, discussion, choices, start, end, snapshot, type, plugins, privacy } = fields as Record<string, string> & {
    choices: string[];
    start: number;
    end: number;
    snapshot: number;
  };
  const metadata = { plugins: parseJson(plugins, "wrong proposal format") };
  const format = { name: title, body, discussion, choices, start, end, snapshot, type, privacy, app: fields.app, metadata };
  refuseUnless(library.utils.validateSchema(library.schemas.proposal, format, OPTIONS) === true, "wrong proposal format");
  refuseUnless(end > nowSeconds(context), "proposal end date must be in the future");
  const { delay, period, type: wantedType } = space.voting ?? {};
  refuseUnless(!delay || start === timestamp + delay, "invalid voting delay");
  refuseUnless(!period || end - start === period, "invalid voting period");
  refuseUnless(!wantedType || type === wantedType, "invalid voting type");
  refuseUnless(type === "quadratic", "this hub counts quadratic votes only");
  await checkProposer(context, space, from);
  refuseUnless(snapshot <= (await currentBlock(context, space.network)), "proposal snapshot must be in past");
  refuseUnless(snapshot >= firstBlockOf(space.network), "proposal snapshot must be after network start");
  context.state.proposals.set(message.id, {
    id: message.id,
    ipfs: message.ipfs,
    author: from,
    created: timestamp,
    space: message.space,
    network: space.network,
    symbol: space.symbol ?? "",
    type,
    strategies: space.strategies,
    title: title as string,
    body: body as string,
    discussion: discussion as string,
    choices,
    start,
    end,
    snapshot,
    quorum: space.voting?.quorum ?? 0,
    privacy: space.voting?.privacy ?? "",
    app: String(fields.app),
    scores: [],
    scores_total: 0,
    votes: 0,
  });
}

async function checkProposer(context: HubContext, space: SpaceSettings, author: Address): Promise<void> {
  const authorized = lower([...(space.members ?? []), ...(space.admins ?? []), ...(space.moderators ?? [])]).includes(author.toLowerCase());
  refuseUnless(authorized || !space.filters?.onlyMembers, "only space authors can propose");
  const minScore = space.validation?.params?.minScore ?? space.filters?.minScore ?? 0;
  if (authorized || minScore === 0) return;
  const { vp } = await votingPower(context, { voter: author, strategies: space.strategies, network: space.network, block: "latest" });
  refuseUnless(vp >= minScore, "validation failed");
}

export async function takeVote(context: HubContext, message: Message): Promise<void> {
  const { from, timestamp, fields } = message;
  const proposal = context.state.proposals.get(String(fields.proposal));
  refuseUnless(proposal?.space === message.space, "unknown proposal");
  refuseUnless(String(fields.metadata ?? "").length <= 2000, "too large metadata");
  const choice = parseJson<ChoiceMap>(fields.choice, "invalid choice");
  const payload = { proposal: proposal.id, choice, reason: fields.reason, app: fields.app, metadata: parseJson(fields.metadata, "wrong vote format") };
  refuseUnless(library.utils.validateSchema(library.schemas.vote, payload) === true, "wrong vote format");
  // Both the envelope's time and the hub's clock lie in the window.
  const isOpen = (at: number) => proposal.start <= at && at <= proposal.end;
  refuseUnless(isOpen(timestamp) && isOpen(nowSeconds(context)), "not in voting window");
  refuseUnless(library.utils.voting[proposal.type].isValidChoice(choice, proposal.choices), "invalid choice");
  const { strategies, network, snapshot: block } = proposal;
  const { vp, byStrategy } = await votingPower(context, { voter: from, strategies, network, block });
  refuseUnless(vp > 0, "no voting power");
  const key = `${proposal.id} ${from}`;
  const earlier = context.state.votes.get(key);
  // Snapshot's own sequencer takes one of the same second too, if its id is the greater.
  refuseUnless(earlier === undefined || earlier.created < timestamp, "already voted at later time");
  const vote: StoredVote = {
    id: message.id,
    ipfs: message.ipfs,
    voter: getAddress(from),
    created: timestamp,
    space: message.space,
    proposal: proposal.id,
    choice,
    reason: String(fields.reason),
    app: String(fields.app),
    vp,
    vp_by_strategy: byStrategy,
    vp_state: "final",
  };
  context.state.votes.set(key, vote);
  recount(context, proposal);
}

function parseJson<T>(text: unknown, reason: string): T {
  try {
    return JSON.parse(String(text)) as T;
  } catch {
    throw new Refused(reason);
  }
}

function lower(addresses: readonly string[] = []): string[] {
  return addresses.map((address) => address.toLowerCase());
}
