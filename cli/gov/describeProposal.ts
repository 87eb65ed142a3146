import type { Proposal } from "../../chain/findProposals.ts";
import type { ProposalStatus } from "../../chain/readProposal.ts";
import type { AddressBook } from "../../core/addressBook.ts";
import { withoutMark, type Tally } from "../../core/proposal.ts";
import { bodyOf, longId, shortId, titleOf } from "../../core/proposalText.ts";
import { describeVerdict, formatBallots } from "../../core/verdict.ts";
import { formatX0t } from "../../core/amounts.ts";
import { formatTable } from "../table.ts";
import { describeCall } from "../../core/describeCall.ts";
import { plainText } from "../../core/plainText.ts";
import { formatDuration, formatMoment } from "../../core/durations.ts";

/** What a proposal's page is made of. */
export interface ProposalPage {
  proposal: Proposal;
  status: ProposalStatus;
  book: AddressBook;
  /** The timelock's, seconds. */
  delaySeconds: number;
  /** What every further command must say: " --network baseSepolia", or nothing. */
  flags: string;
}

/** The state as people say it; a vote that only objections may still change is one of its own. */
export function stateOf({ state, now, closesAt }: ProposalStatus): string {
  if (state === "active") return now > closesAt ? "objections" : "voting";
  return { pending: "pending", canceled: "cancelled", defeated: "defeated", succeeded: "won", queued: "queued", expired: "expired", executed: "executed" }[state];
}

/** The whole page of one proposal. */
export function describeProposal(page: ProposalPage): string {
  const { proposal, status, book } = page;
  const calls = proposal.calls.map((call, index) => `  ${index + 1}. ${plainText(describeCall(call, book).text)}`);
  const body = bodyOf(proposal);
  const guardian = status.replacesGuardianOnly ? ["  The guardian cannot cancel it: it does nothing but replace the guardian."] : [];
  return [
    `Proposal ${shortId(proposal.id)}  ${titleOf(proposal)}  [${stateOf(status)}]`,
    `  id ${longId(proposal.id)}`,
    `  by ${proposal.proposer}`,
    "",
    `What the timelock will do${calls.length === 1 ? "" : `, all ${calls.length} or nothing`}:`,
    ...calls,
    ...guardian,
    ...(body === "" ? [] : ["", "In the proposer's words:", ...body.split("\n").map((line) => `  ${line}`.trimEnd())]),
    "",
    describeTallies(status),
    ...describeVerdict(status).map((line) => `  ${line}`),
    "",
    ...describeTimes(page).map((line) => `  ${line}`),
    "",
    `Next: ${nextStep(page)}`,
  ].join("\n");
}

function describeTallies({ stake, ballots }: ProposalStatus): string {
  const share = (tally: Tally, side: keyof Tally) => {
    const all = tally.for + tally.against;
    return side === "abstain" || all === 0n ? "" : `${(Number((tally[side] * 1000n + all / 2n) / all) / 10).toFixed(1)} %`;
  };
  const rows = (["for", "against", "abstain"] as const).map((side) => [
    `  ${side}`,
    `${formatX0t(stake[side])} X0T`,
    share(stake, side),
    formatBallots(ballots[side]),
    share(ballots, side),
  ]);
  return formatTable(["  vote", "stake", "", "ballots", ""], rows, ["stake", "ballots", ""]);
}

function describeTimes({ status, delaySeconds }: ProposalPage): string[] {
  const { now, snapshotAt, closesAt, endsAt, executableAt, state } = status;
  const when = (seconds: number) => formatMoment(seconds, now);
  const lines = [`voting ${now > snapshotAt ? "began" : "begins"} ${when(snapshotAt)}; stakes count as of then`, `voting ${now > closesAt ? "ended" : "ends"} ${when(closesAt)}`];
  if (endsAt > closesAt) lines.push(`objections alone ${now > endsAt ? "were" : "are"} taken until ${when(endsAt)}: a late vote turned it`);
  if (["pending", "active"].includes(state)) lines.push(`if it wins, it may be queued after that, and executed ${formatDuration(delaySeconds)} later`);
  else if (state === "succeeded") lines.push(`it may be queued now, and executed ${formatDuration(delaySeconds)} later`);
  else if (state === "queued") lines.push(`it may be executed ${now >= executableAt ? "since" : "from"} ${when(executableAt)}`);
  return lines;
}

/** The command that takes it further, or why there is none. */
export function nextStep({ proposal, status, flags }: ProposalPage): string {
  const { state, now, snapshotAt, closesAt, executableAt } = status;
  const command = (what: string, more = "") => `./x0t gov ${what} ${shortId(proposal.id)}${more}${flags}`;
  switch (state) {
    case "pending":
      return `vote in ${formatDuration(Math.max(1, snapshotAt + 1 - now))}: ${command("vote", " for")}`;
    case "active":
      return now > closesAt ? command("vote", " against") : command("vote", " for|against|abstain");
    case "succeeded":
      return command("queue");
    case "queued":
      return now >= executableAt ? command("execute") : `wait ${formatDuration(executableAt - now)}, then ${command("execute")}`;
    case "executed":
      return "nothing, it is done";
    default:
      return "nothing, it is over; who still wants it proposes it anew, with another title";
  }
}

/** One line of the list. */
export function summaryOf(page: ProposalPage): string {
  const { status } = page;
  const { state, now, snapshotAt, endsAt, executableAt, quorum, leads } = status;
  const lead = `${leads ? "passes" : "fails"} as it stands`;
  const missing = quorum.needed > quorum.reached ? `, ${formatX0t(quorum.needed - quorum.reached)} X0T missing to quorum` : "";
  switch (state) {
    case "pending":
      return `voting begins in ${formatDuration(Math.max(0, snapshotAt - now))}`;
    case "active":
      return `${lead}${missing}; ends in ${formatDuration(Math.max(0, endsAt - now))}`;
    case "succeeded":
      return "may be queued";
    case "queued":
      return now >= executableAt ? "may be executed" : `may be executed in ${formatDuration(executableAt - now)}`;
    case "defeated":
      return leads ? `${formatX0t(quorum.needed - quorum.reached)} X0T short of the quorum` : "voted down";
    default:
      return "";
  }
}

/** The page for programs: amounts in wei and √wei, times in seconds since 1970. */
export function proposalJson({ proposal, status, book }: ProposalPage) {
  const { id, calls, description, transactionHash } = proposal;
  const described = calls.map((call) => describeCall(call, book));
  return { id: `0x${longId(id)}`, shortId: shortId(id), title: titleOf(proposal), description: withoutMark(description), calls: described, transactionHash, ...status };
}
