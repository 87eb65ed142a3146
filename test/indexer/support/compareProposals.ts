import assert from "node:assert/strict";
import type { Address, Hex } from "viem";
import { readProposal } from "../../../chain/readProposal.ts";
import { proposalIdOf } from "../../../core/proposal.ts";
import type { ProtocolChain } from "../../support/protocolChain.ts";
import type { RunningIndexer } from "./indexerProcess.ts";

interface Row {
  id: string;
  proposer: Address;
  description: string;
  targets: Address[];
  values: string[];
  calldatas: Hex[];
  snapshotAt: string;
  endsAt: string;
  extended: boolean;
  executableAt: string | null;
  executedAt: string | null;
  canceledAt: string | null;
  forStake: string;
  againstStake: string;
  abstainStake: string;
  forBallots: string;
  againstBallots: string;
  abstainBallots: string;
  voteCount: number;
  state: string;
  quorum: string | null;
  quorumReached: boolean;
  leading: boolean;
  replacesGuardianOnly: boolean;
  votes: { totalCount: number };
}

/** Every proposal with both of its tallies, and what was done to it. */
export async function compareProposals(indexer: RunningIndexer, chain: ProtocolChain): Promise<void> {
  const { X0TGovernor: governor } = chain.contracts;
  const { proposals } = await indexer.query<{ proposals: { items: Row[] } }>(
    `{ proposals(orderBy: "block", limit: 1000) { items { id proposer description targets values calldatas snapshotAt endsAt extended executableAt executedAt canceledAt
      forStake againstStake abstainStake forBallots againstBallots abstainBallots voteCount state quorum quorumReached leading replacesGuardianOnly votes { totalCount } } } }`,
  );
  for (const row of proposals.items) {
    const calls = row.targets.map((target, index) => ({ target, valueWei: BigInt(row.values[index] ?? ""), data: row.calldatas[index] as Hex }));
    assert.equal(proposalIdOf(calls, row.description), BigInt(row.id), "its contents are those that name it");
    const known = await readProposal(chain.client, { governor, proposalId: BigInt(row.id) });
    assert.ok(known, row.id);
    const { forStake, againstStake, abstainStake, forBallots, againstBallots, abstainBallots } = row;
    assert.deepEqual(
      [row.proposer, row.snapshotAt, row.endsAt, row.executableAt ?? "0"],
      [known.proposer.toLowerCase(), known.snapshotAt, known.endsAt, known.executableAt].map(String),
    );
    assert.deepEqual([forStake, againstStake, abstainStake].map(BigInt), [known.stake.for, known.stake.against, known.stake.abstain]);
    assert.deepEqual([forBallots, againstBallots, abstainBallots].map(BigInt), [known.ballots.for, known.ballots.against, known.ballots.abstain]);
    assert.deepEqual([row.executedAt !== null, row.canceledAt !== null], [known.state === "executed", known.state === "canceled"]);
    assert.equal(row.votes.totalCount, row.voteCount);
    assert.deepEqual([row.state, row.leading, row.replacesGuardianOnly], [known.state, known.leads, known.replacesGuardianOnly]);
    const begun = known.now > known.snapshotAt && known.state !== "canceled";
    if (begun) assert.equal(row.quorum, String(known.quorum.needed), "GOV-2");
    if (known.state === "pending") assert.equal(row.quorum, null, "not known before the vote");
    if (begun) assert.equal(row.quorumReached, known.quorum.reached >= known.quorum.needed);
  }
}
