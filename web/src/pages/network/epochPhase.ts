import { challengeDeadline, commitDeadline, epochAt, epochEnd, epochStart, finalAt } from "../../../../core/epochTime.ts";
import type { ProtocolParameters } from "../../../../core/parameters.ts";

export interface EpochPhase {
  word: string;
  why: string;
  tone: "info" | "warn" | "good" | "plain";
  /** No further commit can come. */
  commitsAreIn: boolean;
}

/** PRF-2, PRF-4, PRF-5: what may still happen to an epoch. @param now the chain's seconds; undefined: only what the index says */
export function phaseOf(parameters: ProtocolParameters, { epoch, final }: { epoch: number; final: boolean }, now: number | undefined): EpochPhase {
  if (final) return { word: "final", why: "Nothing can change it any more: rewards may be claimed.", tone: "good", commitsAreIn: true };
  if (now === undefined) return { word: "not final", why: "The chain's time is not known: it cannot be said how far this epoch is.", tone: "plain", commitsAreIn: false };
  if (now < epochStart(parameters, epoch)) return { word: "ahead", why: "It has not begun; its witnesses are drawn already.", tone: "plain", commitsAreIn: false };
  if (now < epochEnd(parameters, epoch)) return { word: "running", why: "It still runs: nodes commit after its end.", tone: "info", commitsAreIn: false };
  if (now < commitDeadline(parameters, epoch)) return { word: "commits", why: "It is over, and nodes may still commit their proofs.", tone: "info", commitsAreIn: false };
  if (now < challengeDeadline(parameters, epoch)) return { word: "challenges", why: "Commits are in, and anyone may challenge one.", tone: "warn", commitsAreIn: true };
  if (now < finalAt(parameters, epoch)) return { word: "answers", why: "Challenged nodes may still answer; then the epoch is final.", tone: "warn", commitsAreIn: true };
  return { word: "final", why: "It is final by time; the indexer learns it with the next block.", tone: "good", commitsAreIn: true };
}

/** The latest epoch for which no further commit can come (PRF-2). @param now the chain's seconds */
export function latestCommitted(parameters: ProtocolParameters, now: number): number {
  return epochAt(parameters, now - parameters.commitSeconds) - 1;
}
