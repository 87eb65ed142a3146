import { desc, lte } from "ponder";
import type { Context } from "ponder:registry";
import { proposal, proposalChange, stakeTotal } from "ponder:schema";
import type { Hex } from "viem";
import { schedule } from "./deadline.ts";
import { parameters } from "./rules.ts";

type Db = Context["db"];
type ProposalRow = typeof proposal.$inferSelect;
type Change = Omit<typeof proposalChange.$inferInsert, "proposal" | "step">;

/** GOV-2, as X0TGovernor.quorum takes it. */
const QUORUM_PERCENT = 20n;

export function votingId(id: bigint): string {
  return `voting:${id}`;
}

export function closesId(id: bigint): string {
  return `closes:${id}`;
}

/** `at` is the last second of voting. */
export async function scheduleClose(db: Db, id: bigint, at: bigint): Promise<void> {
  await schedule(db, { id: closesId(id), kind: "closes", at: at + 1n, proposal: id });
}

/** One step of its way. */
export async function recordChange(db: Db, id: bigint, change: Change): Promise<void> {
  const { steps: step } = await db.update(proposal, { id }).set(({ steps }) => ({ steps: steps + 1 }));
  await db.insert(proposalChange).values({ proposal: id, step, ...change });
}

/** The snapshot's second is over: what was at stake then is known, and voting begins. */
export async function openVoting(db: Db, id: bigint, at: bigint): Promise<void> {
  const known = await db.find(proposal, { id });
  if (known === null) return;
  const quorum = await quorumAt(db, known.snapshotAt);
  await db.update(proposal, { id }).set({ state: "active", quorum });
  await recordChange(db, id, { kind: "active", at, until: known.endsAt });
}

/** The last second of voting is over. */
export async function closeVoting(db: Db, id: bigint, at: bigint): Promise<void> {
  const known = await db.find(proposal, { id });
  if (known === null) return;
  const state = known.leading && known.quorumReached ? "succeeded" : "defeated";
  await db.update(proposal, { id }).set({ state });
  await recordChange(db, id, { kind: state, at });
}

/** Once: the Governor says so, but not if somebody has the timelock do it without the Governor. */
export async function markExecuted(db: Db, id: bigint, at: bigint, transactionHash: Hex): Promise<void> {
  const known = await db.find(proposal, { id });
  if (known === null || known.state === "executed") return;
  await db.update(proposal, { id }).set({ state: "executed", executedAt: at });
  await recordChange(db, id, { kind: "executed", at, transactionHash });
}

/** GOV-2 as the tallies stand. */
export function standing(row: ProposalRow): Pick<ProposalRow, "leading" | "quorumReached"> {
  const { forStake, againstStake, abstainStake, forBallots, againstBallots, quorum } = row;
  return {
    leading: forStake > againstStake && (forBallots > againstBallots || forStake >= 2n * againstStake),
    quorumReached: quorum !== null && forStake + abstainStake >= quorum,
  };
}

async function quorumAt(db: Db, snapshotAt: bigint): Promise<bigint> {
  const age = BigInt(parameters.voteAgeSeconds);
  const staked = await stakeAt(db, snapshotAt);
  const aged = age === 0n ? staked : await stakeAt(db, snapshotAt - age);
  const share = ((aged < staked ? aged : staked) * QUORUM_PERCENT) / 100n;
  return share > parameters.quorumFloor ? share : parameters.quorumFloor;
}

/** What was at stake once the second `timestamp` was over. */
async function stakeAt(db: Db, timestamp: bigint): Promise<bigint> {
  const [row] = await db.sql
    .select({ stake: stakeTotal.stake })
    .from(stakeTotal)
    .where(lte(stakeTotal.timestamp, timestamp))
    .orderBy(desc(stakeTotal.timestamp))
    .limit(1);
  return row?.stake ?? 0n;
}
