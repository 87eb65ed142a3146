import { formatX0t } from "../../../../core/amounts.ts";
import { getConfig } from "../../config.ts";
import { duration } from "../../ui/time.ts";

/** GOV-1 and GOV-2 in words, with this network's numbers. */
export function HowVotesCount() {
  const { quorumFloor, voteAgeSeconds } = getConfig().parameters;
  return (
    <details className="rounded-lg bg-raised px-4 py-3 text-sm">
      <summary className="cursor-pointer font-medium">How votes count</summary>
      <ul className="mt-2 list-disc space-y-1 pl-5">
        <li>
          <strong>Who:</strong> operators, with the stake of their nodes when voting began
          {voteAgeSeconds > 0 && `, as far as it was there ${duration(voteAgeSeconds)} before, too`}. X0T in a wallet do not vote, and votes cannot be lent. A vote is final.
        </li>
        <li>
          <strong>Two tallies:</strong> stake, and ballots, which are the square root of each voter's stake. For must have more stake than Against; and either more ballots too, or twice the stake.
          So neither a few large ones alone decide, nor one who splits a stake over many accounts.
        </li>
        <li>
          <strong>Quorum:</strong> For and Abstain together must reach a fifth of all stake when voting began, at least {formatX0t(quorumFloor)} X0T. Against does not count for it.
        </li>
        <li>
          <strong>Late turns:</strong> a quorum reached near the end prolongs the vote. A vote that makes a proposal pass near the end opens a time in which only Against counts. Nobody wins in the last
          second.
        </li>
        <li>
          <strong>Then:</strong> anyone queues what won; after the timelock's delay, in which the guardian may cancel it, anyone executes it.
        </li>
      </ul>
    </details>
  );
}
