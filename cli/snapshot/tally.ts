import { X0tError } from "../../core/x0tError.ts";
import type { HubProposal, HubVote } from "./hubQueries.ts";
import type { ChoiceMap, CountedVote, SnapshotLibrary } from "./library.ts";

export interface ChoiceResult {
  choice: string;
  /** In X0T: the scores of all choices add up to the stake that voted. */
  score: number;
  /** Of all scores, 0 to 1. */
  share: number;
  ballots: number;
}

/** Floating-point numbers: Snapshot counts in them, and nothing is paid by them. */
export interface Tally {
  results: ChoiceResult[];
  /** X0T at stake of those who voted. */
  scoresTotal: number;
  quorum: number;
  quorumReached: boolean;
  /** What the hub says, where it says something else. */
  hubDiffers: boolean;
}

/** Both sides add up floating-point numbers, perhaps in another order. */
const TOLERANCE = 1e-9;

/** @throws X0T_SNAPSHOT_PROPOSAL unless the proposal is of the type that x0t counts */
export function checkQuadratic(proposal: HubProposal): void {
  const { type, privacy } = proposal;
  if (type === "quadratic" && (privacy ?? "") === "") return;
  const what = type === "quadratic" ? `hides its votes (${privacy})` : `is voted by ${type}`;
  throw new X0tError("X0T_SNAPSHOT_PROPOSAL", `The proposal ${proposal.id} ${what}; x0t handles open quadratic votes.`);
}

/** Counts the votes with the library's own quadratic voting. */
export function tallyVotes(library: SnapshotLibrary, proposal: HubProposal, votes: readonly HubVote[]): Tally {
  const { quadratic } = library.utils.voting;
  const { choices, strategies } = proposal;
  const valid = votes.filter((vote) => quadratic.isValidChoice(vote.choice, choices));
  const counted = valid.map((vote): CountedVote => ({ choice: vote.choice as ChoiceMap, balance: vote.vp, scores: vote.vp_by_strategy }));
  const voting = new quadratic({ choices }, counted, strategies, {});
  const scores = voting.getScores();
  const scoresTotal = voting.getScoresTotal();
  const quorum = proposal.quorum ?? 0;
  return {
    results: choices.map((choice, index) => {
      const score = scores[index] ?? 0;
      const ballots = counted.filter((vote) => (vote.choice[index + 1] ?? 0) > 0).length;
      return { choice, score, share: scoresTotal === 0 ? 0 : score / scoresTotal, ballots };
    }),
    scoresTotal,
    quorum,
    quorumReached: scoresTotal >= quorum,
    hubDiffers: differs(proposal, votes.length, scores, scoresTotal),
  };
}

/** A hub counts a little later than it takes votes: only what it counted of as many votes is compared. */
function differs(proposal: HubProposal, votes: number, scores: readonly number[], scoresTotal: number): boolean {
  const { scores: told = [], scores_total: toldTotal } = proposal;
  if (proposal.votes !== votes || told === null || told.length === 0) return false;
  return !isClose(toldTotal ?? 0, scoresTotal) || scores.some((score, index) => !isClose(told[index] ?? 0, score));
}

export function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
}

export function formatScore(x0t: number): string {
  return x0t.toLocaleString("en-US", { maximumFractionDigits: 4 });
}
