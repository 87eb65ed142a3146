import { useState } from "react";
import type { Address } from "viem";
import { x0tGovernorAbi } from "../../../../core/abi/X0TGovernor.ts";
import { formatX0t } from "../../../../core/amounts.ts";
import { SUPPORT, type Support } from "../../../../core/proposal.ts";
import { getConfig } from "../../config.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { Unknown } from "../../ui/Amount.tsx";
import { SIDES } from "./proposals.ts";
import { explainWeight } from "./weight.ts";
import { useHasVoted, useVotingWeight } from "./useGovernance.ts";

interface Props {
  account: Address | undefined;
  proposalId: bigint;
  snapshotAt: number;
  isOpen: boolean;
  /** Only votes against count any more. */
  isObjecting: boolean;
}

/** One's own weight, explained, and the ballot. */
export function VotePanel({ account, proposalId, snapshotAt, isOpen, isObjecting }: Props) {
  const { X0TGovernor: address } = getConfig().contracts.contracts;
  const [chosen, setChosen] = useState<Support>();
  const [reason, setReason] = useState("");
  const { data: weight } = useVotingWeight(account, snapshotAt);
  const { data: hasVoted } = useHasVoted(account, proposalId);
  if (account === undefined) return <p className="text-sm text-muted">Connect the operator's wallet (top right) to see what your vote counts.</p>;
  const said = <p className="text-sm">{weight === undefined ? <Unknown why="your weight is not known yet" /> : explainWeight(weight)}</p>;
  if (hasVoted === true) return <p className="text-sm">You have voted. A vote is final.</p>;
  if (!isOpen) return said;
  const sides = isObjecting ? (["against"] as const) : SIDES;
  const support = sides.find((side) => side === chosen);
  const vote = support === undefined ? undefined : ([proposalId, SUPPORT[support]] as const);
  const steps =
    vote === undefined
      ? []
      : [
          {
            title: `Vote ${support}`,
            effect: `With ${weight === undefined ? "all your weight" : `${formatX0t(weight.weightWei)} X0T of stake`}, for good: a vote cannot be changed. Nothing is spent but the fee, and your stake stays free.`,
            call: {
              address,
              abi: x0tGovernorAbi,
              ...(reason.trim() === "" ? { functionName: "castVote", args: vote } : { functionName: "castVoteWithReason", args: [...vote, reason.trim()] }),
            },
          },
        ];
  return (
    <div className="grid grid-cols-1 gap-3">
      {said}
      <fieldset className="flex flex-wrap gap-4">
        <legend className="mb-1 text-sm font-medium">Your vote</legend>
        {sides.map((side) => (
          <label key={side} className="flex items-center gap-2 text-sm">
            <input type="radio" name="support" className="accent-accent" checked={chosen === side} onChange={() => setChosen(side)} />
            {side}
          </label>
        ))}
      </fieldset>
      <label className="grid gap-1 text-sm">
        <span>
          Why <span className="text-muted">(if you like; everybody can read it for ever)</span>
        </span>
        <input className="input" value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
      </label>
      <TransactionPanel
        action={support === undefined ? "Vote" : `Vote ${support}`}
        steps={steps}
        blocked={weight !== undefined && weight.weightWei === 0n ? "Your vote counts nothing here, as said above." : support === undefined ? "Choose your vote." : undefined}
      />
    </div>
  );
}
