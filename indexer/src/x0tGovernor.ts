import type { Context, Event } from "ponder:registry";
import { proposal, timelockOperation, vote } from "ponder:schema";
import { encodeAbiParameters, keccak256, toFunctionSelector, toHex, zeroHash, type Address, type Hex } from "viem";
import { ballotsOf } from "../../core/ballots.ts";
import { SUPPORT, type Support } from "../../core/proposal.ts";
import { cancel, schedule } from "./deadline.ts";
import { on, onRare, type Subject } from "./on.ts";
import { closesId, markExecuted, recordChange, scheduleClose, standing, votingId } from "./proposalRow.ts";
import { addressBook, provenance } from "./rules.ts";
import { changeSetting } from "./settings.ts";
import { addToNetwork } from "./sums.ts";

type Db = Context["db"];
type ProposalRow = typeof proposal.$inferSelect;

const SET_GUARDIAN = toFunctionSelector("setGuardian(address)");
const SET_GUARDIAN_BYTES = 36;

on("X0TGovernor:ProposalCreated", async ({ event, context: { db } }) => {
  const { proposalId: id, proposer, description, targets, values, calldatas, voteStart, voteEnd } = event.args;
  const { timestamp: proposedAt, ...where } = provenance(event);
  await db.insert(proposal).values({
    id,
    proposer,
    description,
    targets: [...targets],
    values: [...values],
    calldatas: [...calldatas],
    state: "pending",
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
    quorumReached: false,
    leading: false,
    steps: 0,
    replacesGuardianOnly: replacesGuardianOnly(targets, values, calldatas),
    proposedAt,
    ...where,
  });
  await schedule(db, { id: votingId(id), kind: "voting", at: voteStart + 1n, proposal: id });
  await scheduleClose(db, id, voteEnd);
  await recordChange(db, id, { kind: "created", at: proposedAt, until: voteEnd, transactionHash: event.transaction.hash });
  await addToNetwork(db, { proposals: 1 });
});

on("X0TGovernor:VoteCast", ({ event, context: { db } }) => count(db, event));
on("X0TGovernor:VoteCastWithParams", ({ event, context: { db } }) => count(db, event));

/** The late-quorum extension and the time to object both say so: the later one counts. */
on("X0TGovernor:ProposalExtended", async ({ event, context: { db } }) => {
  const { proposalId: id, extendedDeadline } = event.args;
  const known = await findProposal(db, id);
  const endsAt = extendedDeadline > known.endsAt ? extendedDeadline : known.endsAt;
  await db.update(proposal, { id }).set({ endsAt, extended: true });
  await scheduleClose(db, id, endsAt);
  const transactionHash = event.transaction.hash;
  await recordChange(db, id, { kind: "extended", at: event.block.timestamp, until: endsAt, transactionHash });
  return { account: known.proposer };
});

on("X0TGovernor:ProposalQueued", async ({ event, context: { db } }) => {
  const { proposalId: id, etaSeconds: executableAt } = event.args;
  const known = await findProposal(db, id);
  const timelockId = operationOf(known);
  await db.update(proposal, { id }).set({ state: "queued", executableAt, queuedAt: event.block.timestamp, timelockId });
  await db.update(timelockOperation, { id: timelockId }).set({ proposal: id });
  const transactionHash = event.transaction.hash;
  await recordChange(db, id, { kind: "queued", at: event.block.timestamp, until: executableAt, transactionHash });
  return { account: known.proposer };
});

on("X0TGovernor:ProposalExecuted", async ({ event, context: { db } }) => {
  const { id, proposer } = await findProposal(db, event.args.proposalId);
  await markExecuted(db, id, event.block.timestamp, event.transaction.hash);
  return { account: proposer };
});

/** GOV-3, GOV-5: the proposer may before the vote, the guardian once it is queued. */
on("X0TGovernor:ProposalCanceled", async ({ event, context: { db } }) => {
  const id = event.args.proposalId;
  const at = event.block.timestamp;
  const { queuedAt, proposer } = await findProposal(db, id);
  const canceledBy = queuedAt === null ? "proposer" : "guardian";
  await db.update(proposal, { id }).set({ state: "canceled", canceledAt: at, canceledBy });
  await cancel(db, votingId(id));
  await cancel(db, closesId(id));
  await recordChange(db, id, { kind: "canceled", at, transactionHash: event.transaction.hash });
  return { account: proposer };
});

on("X0TGovernor:VotingDelaySet", ({ event, context: { db } }) => changeSetting(db, "votingDelay", event.args.newVotingDelay, event));
on("X0TGovernor:VotingPeriodSet", ({ event, context: { db } }) => changeSetting(db, "votingPeriod", event.args.newVotingPeriod, event));
on("X0TGovernor:LateQuorumVoteExtensionSet", ({ event, context: { db } }) =>
  changeSetting(db, "lateQuorumExtension", event.args.newVoteExtension, event),
);
on("X0TGovernor:ProposalThresholdSet", ({ event, context: { db } }) =>
  changeSetting(db, "proposalThreshold", event.args.newProposalThreshold, event),
);

// The timelock was named once, by the constructor: `updateTimelock` is disabled (GOV-4).
onRare(["X0TGovernor:TimelockChange", "X0TGovernor:EIP712DomainChanged"]);

/** GOV-1: an account votes once, so that each vote adds its own root. */
async function count(db: Db, event: Event<"X0TGovernor:VoteCast" | "X0TGovernor:VoteCastWithParams">): Promise<Subject> {
  const { proposalId: id, voter, weight: stake, reason } = event.args;
  const answers = Object.keys(SUPPORT) as Support[];
  const support = answers.find((answer) => SUPPORT[answer] === event.args.support);
  if (support === undefined) throw new Error(`proposal ${id}: unknown answer ${event.args.support}`);
  const ballots = ballotsOf(stake);
  await db.insert(vote).values({ proposal: id, voter, support, stake, ballots, reason, ...provenance(event) });
  const row = await db.update(proposal, { id }).set((known) => ({
    [`${support}Stake`]: known[`${support}Stake`] + stake,
    [`${support}Ballots`]: known[`${support}Ballots`] + ballots,
    voteCount: known.voteCount + 1,
  }));
  await db.update(proposal, { id }).set(standing(row));
  return { account: voter };
}

async function findProposal(db: Db, id: bigint): Promise<ProposalRow> {
  const row = await db.find(proposal, { id });
  if (row === null) throw new Error(`proposal ${id} was never made`);
  return row;
}

/** TimelockController.hashOperationBatch with the salt that OpenZeppelin's Governor gives. */
function operationOf({ targets, values, calldatas, description }: ProposalRow): Hex {
  const governor = BigInt(addressBook.contracts.X0TGovernor) << 96n;
  const salt = toHex(governor ^ BigInt(keccak256(toHex(description))), { size: 32 });
  const types = [{ type: "address[]" }, { type: "uint256[]" }, { type: "bytes[]" }, { type: "bytes32" }, { type: "bytes32" }] as const;
  return keccak256(encodeAbiParameters(types, [targets, values, calldatas, zeroHash, salt]));
}

/** As X0TGovernor._replacesGuardianOnly. */
function replacesGuardianOnly(targets: readonly Address[], values: readonly bigint[], calldatas: readonly Hex[]): boolean {
  return targets.every((target, index) => {
    const data = calldatas[index] ?? "0x";
    const whole = data.startsWith(SET_GUARDIAN) && data.length === 2 + 2 * SET_GUARDIAN_BYTES;
    return target.toLowerCase() === addressBook.contracts.GuardianSeat.toLowerCase() && values[index] === 0n && whole;
  });
}
