import type { VotingWeight } from "../../../../chain/readVotingWeight.ts";
import { ballotsOf } from "../../../../core/ballots.ts";
import { formatX0t } from "../../../../core/amounts.ts";
import { formatBallots } from "../../../../core/verdict.ts";
import { dateTime, duration } from "../../ui/time.ts";

/** What an account's vote counts, in sentences; why it counts nothing, if so (GOV-1). */
export function explainWeight(weight: VotingWeight): string {
  const { weightWei, atSnapshotWei, agedWei, nowWei, voteAgeSeconds, snapshotAt, isPreview } = weight;
  const when = isPreview ? "now" : `when voting began (${dateTime(snapshotAt)})`;
  if (weightWei > 0n) {
    const why = agedWei < atSnapshotWei ? ` ${formatX0t(atSnapshotWei)} X0T were at stake ${when}, but only ${formatX0t(agedWei)} X0T of them also ${duration(voteAgeSeconds)} before: younger stake does not vote.` : "";
    return `Your vote counts ${formatX0t(weightWei)} X0T of stake and ${formatBallots(ballotsOf(weightWei))} ballots, the square root of it.${why}${isPreview ? " It is counted as of when voting begins: until then it may change." : ""}`;
  }
  if (atSnapshotWei > 0n) return `Your vote counts nothing: your ${formatX0t(atSnapshotWei)} X0T were not at stake ${duration(voteAgeSeconds)} earlier yet. Only stake that old votes, so that nobody stakes for a day to decide.`;
  if (nowWei > 0n) return `Your vote counts nothing here: your ${formatX0t(nowWei)} X0T were staked after voting began (${dateTime(snapshotAt)}). They count in later votes.`;
  return `Your vote counts nothing: this account has no stake in nodes of its own${isPreview ? "" : `, and had none ${when}`}. Only stake in nodes votes; X0T in a wallet do not.`;
}
