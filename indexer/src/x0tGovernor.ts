import { ponder, type Context, type Event } from "ponder:registry";
import { proposal, vote } from "ponder:schema";
import { ballotsOf } from "../../core/ballots.ts";
import { SUPPORT, type Support } from "../../core/proposal.ts";
import { provenance } from "./rules.ts";

type Db = Context["db"];

ponder.on("X0TGovernor:ProposalCreated", async ({ event, context: { db } }) => {
  const { proposalId: id, proposer, description, targets, values, calldatas, voteStart, voteEnd } = event.args;
  const { timestamp: proposedAt, ...where } = provenance(event);
  await db.insert(proposal).values({
    id,
    proposer,
    description,
    targets: [...targets],
    values: [...values],
    calldatas: [...calldatas],
    snapshotAt: voteStart,
    endsAt: voteEnd,
    extended: false,
    forStake: 0n,
    againstStake: 0n,
    abstainStake: 0n,
    forBallots: 0n,
    againstBallots: 0n,
    abstainBallots: 0n,
    voteCount: 0,
    proposedAt,
    ...where,
  });
});

ponder.on("X0TGovernor:VoteCast", ({ event, context: { db } }) => count(db, event));
ponder.on("X0TGovernor:VoteCastWithParams", ({ event, context: { db } }) => count(db, event));

/** The late-quorum extension and the time to object both say so: the later one counts. */
ponder.on("X0TGovernor:ProposalExtended", async ({ event, context: { db } }) => {
  const { proposalId: id, extendedDeadline } = event.args;
  const later = (endsAt: bigint) => (extendedDeadline > endsAt ? extendedDeadline : endsAt);
  await db.update(proposal, { id }).set((known) => ({ endsAt: later(known.endsAt), extended: true }));
});

ponder.on("X0TGovernor:ProposalQueued", async ({ event, context: { db } }) => {
  const { proposalId: id, etaSeconds: executableAt } = event.args;
  await db.update(proposal, { id }).set({ executableAt, queuedAt: event.block.timestamp });
});

ponder.on("X0TGovernor:ProposalExecuted", async ({ event, context: { db } }) => {
  await db.update(proposal, { id: event.args.proposalId }).set({ executedAt: event.block.timestamp });
});

ponder.on("X0TGovernor:ProposalCanceled", async ({ event, context: { db } }) => {
  await db.update(proposal, { id: event.args.proposalId }).set({ canceledAt: event.block.timestamp });
});

/** GOV-1: an account votes once, so that each vote adds its own root. */
async function count(db: Db, event: Event<"X0TGovernor:VoteCast" | "X0TGovernor:VoteCastWithParams">): Promise<void> {
  const { proposalId: id, voter, weight: stake, reason } = event.args;
  const answers = Object.keys(SUPPORT) as Support[];
  const support = answers.find((answer) => SUPPORT[answer] === event.args.support);
  if (support === undefined) throw new Error(`proposal ${id}: unknown answer ${event.args.support}`);
  const ballots = ballotsOf(stake);
  await db.insert(vote).values({ proposal: id, voter, support, stake, ballots, reason, ...provenance(event) });
  await db.update(proposal, { id }).set((known) => ({
    [`${support}Stake`]: known[`${support}Stake`] + stake,
    [`${support}Ballots`]: known[`${support}Ballots`] + ballots,
    voteCount: known.voteCount + 1,
  }));
}
