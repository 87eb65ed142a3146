import { formatUnits } from "viem";
import { formatX0t } from "./amounts.ts";
import type { ProposalState, Tally } from "./proposal.ts";

/** What decides a vote (GOV-2). */
export interface Verdict {
  state: ProposalState;
  stake: Tally;
  ballots: Tally;
  /** Whether For would win as the tallies stand, the quorum apart. */
  leads: boolean;
  /** For and Abstain so far, and what they must reach, wei. */
  quorum: { reached: bigint; needed: bigint };
}

/** 1 ballot = the root of 1 X0T. */
export function formatBallots(amount: bigint): string {
  return Number(formatUnits(amount, 9)).toFixed(1);
}

type Side = "for" | "against" | "nobody";

const leader = ({ for: yes, against }: Tally): Side => (yes > against ? "for" : against > yes ? "against" : "nobody");

/** GOV-2 as the tallies stand, and what is missing. */
export function describeVerdict(status: Verdict): string[] {
  const { stake, ballots, quorum, leads } = status;
  const byStake = leader(stake);
  const byBallots = leader(ballots);
  const says = { for: "For leads", against: "Against leads", nobody: "A tie" };
  const both = byStake === byBallots ? `${says[byStake]} in stake and in ballots` : `${says[byStake]} in stake, ${says[byBallots]} in ballots`;
  const twice = 2n * stake.against;
  const why = leads
    ? byBallots === "for"
      ? "that passes"
      : "that passes, for it is at least twice the stake against"
    : byStake === "for"
      ? `that fails: without the lead in ballots it takes twice the stake against, ${formatX0t(twice - stake.for)} X0T more`
      : "that fails";
  const missing = quorum.needed > quorum.reached ? `${formatX0t(quorum.needed - quorum.reached)} X0T missing` : "reached";
  const bound = status.state === "pending" ? " (as of now)" : "";
  return [`${both}: ${why}.`, `Quorum (for and abstain): ${formatX0t(quorum.reached)} of ${formatX0t(quorum.needed)} X0T${bound}, ${missing}.`];
}
