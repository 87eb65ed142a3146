import type { ProposalState } from "../../core/proposal.ts";
import { X0tError } from "../../core/x0tError.ts";
import { nextStep, stateOf, type ProposalPage } from "./describeProposal.ts";
import { shortId } from "../../core/proposalText.ts";

const WORDS: Readonly<Record<string, string>> = {
  pending: "its vote has not begun",
  voting: "its vote goes on",
  objections: "its vote goes on, for objections",
  won: "it won, and waits to be queued",
  queued: "it waits in the timelock",
};

/** Says in words why something cannot be done with a proposal yet, or any more. @throws X0T_PROPOSAL_STATE */
export function checkState(page: ProposalPage, what: string, ...allowed: ProposalState[]): void {
  const { state } = page.status;
  if (allowed.includes(state)) return;
  const name = stateOf(page.status);
  const comes = ["pending", "active", "succeeded", "queued"].includes(state);
  throw new X0tError("X0T_PROPOSAL_STATE", `Proposal ${shortId(page.proposal.id)} cannot be ${what}: ${WORDS[name] ?? `it was ${name}`}. Next: ${nextStep(page)}.`, {
    retryable: comes,
    data: { id: shortId(page.proposal.id), state },
  });
}
