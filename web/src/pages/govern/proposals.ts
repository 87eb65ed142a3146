import { PROPOSAL_STATES, type ProposalCall, type ProposalState, type Support, type Tally } from "../../../../core/proposal.ts";
import type { ProposalRow } from "../../data/queries/govern.graphql.ts";
import { duration } from "../../ui/time.ts";

export const SIDES: readonly Support[] = ["for", "against", "abstain"];

/** What people read for a state; "objections" is a vote that only objections may still change. */
export type StateName = "pending" | "voting" | "objections" | "won" | "queued" | "executed" | "defeated" | "cancelled" | "expired";

const NAMES: Record<ProposalState, StateName> = {
  pending: "pending",
  active: "voting",
  canceled: "cancelled",
  defeated: "defeated",
  succeeded: "won",
  queued: "queued",
  expired: "expired",
  executed: "executed",
};

export const TONES = { pending: "info", voting: "info", objections: "warn", won: "good", queued: "warn", executed: "good", defeated: "bad", cancelled: "plain", expired: "plain" } as const;

export function nameOfState(state: ProposalState, times?: { now: number; closesAt: number }): StateName {
  if (state === "active" && times !== undefined && times.now > times.closesAt) return "objections";
  return NAMES[state];
}

/** The URL's filter; unknown ones filter nothing. */
export function stateFilter(text: string | undefined): readonly ProposalState[] | undefined {
  if (text === "open") return ["pending", "active", "succeeded", "queued"];
  const found = PROPOSAL_STATES.filter((state) => state === text || NAMES[state] === text);
  return found.length === 0 ? undefined : found;
}

/** The address of a proposal's page: its id in 64 hex digits. */
export function idOf(text: string): bigint | undefined {
  if (/^(0x)?[0-9a-f]{64}$/i.test(text)) return BigInt(`0x${text.replace(/^0x/i, "")}`);
  return /^\d{65,78}$/.test(text) ? BigInt(text) : undefined;
}

export function callsOf({ targets, values, calldatas }: Pick<ProposalRow, "targets" | "values" | "calldatas">): ProposalCall[] {
  return targets.map((target, index) => ({ target, valueWei: BigInt(values[index] ?? 0), data: calldatas[index] ?? "0x" }));
}

export function talliesOf(row: ProposalRow): { stake: Tally; ballots: Tally } {
  return {
    stake: { for: BigInt(row.forStake), against: BigInt(row.againstStake), abstain: BigInt(row.abstainStake) },
    ballots: { for: BigInt(row.forBallots), against: BigInt(row.againstBallots), abstain: BigInt(row.abstainBallots) },
  };
}

/** Shares of a tally in tenths of a percent, abstentions included; undefined without a vote. */
export function sharesOf(tally: Tally): Record<Support, number> | undefined {
  const all = tally.for + tally.against + tally.abstain;
  if (all === 0n) return undefined;
  const share = (side: Support) => Number((tally[side] * 1_000n) / all) / 10;
  return { for: share("for"), against: share("against"), abstain: share("abstain") };
}

/** How much of the quorum is there, 0 to 100. */
export function quorumShare({ reached, needed }: { reached: bigint; needed: bigint }): number {
  return needed === 0n || reached >= needed ? 100 : Number((reached * 1_000n) / needed) / 10;
}

/** Of a list's row, in a few words, what comes next. */
export function outlook(row: ProposalRow, now: number): string {
  const left = (at: string) => duration(Math.max(0, Number(at) - now));
  const quorum = row.quorum === null ? undefined : { reached: BigInt(row.forStake) + BigInt(row.abstainStake), needed: BigInt(row.quorum) };
  const isShort = quorum !== undefined && quorum.reached < quorum.needed;
  switch (row.state) {
    case "pending":
      return `Voting begins in ${left(row.snapshotAt)}.`;
    case "active":
      return `${row.leading ? "For leads" : "It fails as it stands"}${isShort ? ", the quorum is not reached" : ", the quorum is reached"}; voting ends in ${left(row.endsAt)}.`;
    case "succeeded":
      return "It won: anyone may queue it.";
    case "queued":
      return Number(row.executableAt) <= now ? "Anyone may execute it." : `It may be executed in ${left(row.executableAt ?? "0")}.`;
    case "defeated":
      if (row.voteCount === 0) return "Nobody voted.";
      return isShort ? `${row.leading ? "For led, but the" : "The"} quorum was not reached.` : "It was voted down.";
    case "canceled":
      return row.canceledBy === "guardian" ? "The guardian cancelled it." : "Its proposer took it back.";
    case "executed":
      return "It is done.";
    default:
      return "It is over.";
  }
}

export interface Standing {
  state: ProposalState;
  now: number;
  snapshotAt: number;
  closesAt: number;
  endsAt: number;
  executableAt: number;
  replacesGuardianOnly: boolean;
}

/** Something that may be done with a proposal now, or later, and by whom. */
export interface Option {
  what: "vote" | "queue" | "execute" | "cancel";
  who: string;
  /** Undefined: now. Else why not yet. */
  notYet?: string;
}

/** GOV-1 to GOV-3: what is possible in each state. `timelockSeconds`: the delay that a queueing would start. */
export function optionsOf(standing: Standing, timelockSeconds: number | undefined): Option[] {
  const { state, now, snapshotAt, closesAt, endsAt, executableAt, replacesGuardianOnly } = standing;
  const left = (at: number) => duration(Math.max(0, at - now));
  const then = timelockSeconds === undefined ? "" : `, and executed ${duration(timelockSeconds)} later`;
  switch (state) {
    case "pending":
      return [
        { what: "cancel", who: "Its proposer may take it back, until voting begins." },
        { what: "vote", who: "Whoever has stake in nodes when voting begins.", notYet: `Voting begins in ${left(snapshotAt + 1)}.` },
      ];
    case "active":
      return [
        now > closesAt
          ? { what: "vote", who: `A late vote turned the result: until voting ends in ${left(endsAt)}, only votes against count, so that nobody is taken by surprise.` }
          : { what: "vote", who: `Whoever had stake in nodes when voting began, once, for another ${left(closesAt)}.` },
        { what: "queue", who: "Anyone, if it wins.", notYet: `If it wins, it may be queued after ${left(endsAt)}${then}.` },
      ];
    case "succeeded":
      return [{ what: "queue", who: `Anyone. The timelock's delay begins then: ${timelockSeconds === undefined ? "its length is not known" : duration(timelockSeconds)}, in which the guardian can look at it.` }];
    case "queued":
      return [
        { what: "execute", who: "Anyone; all its actions are done together, or none.", ...(executableAt > now && { notYet: `The timelock's delay ends in ${left(executableAt)}.` }) },
        ...(replacesGuardianOnly ? [] : [{ what: "cancel" as const, who: "The guardian may cancel what is queued." }]),
      ];
    default:
      return [];
  }
}

/** A moment in a proposal's life. */
export interface Moment {
  title: string;
  at: number | undefined;
  isPast: boolean;
  note?: string;
}

/** Created → voting → (extended) → queued → executable → executed, and where it ended before. */
export function timelineOf(row: ProposalRow & { changes: { items: { kind: string; at: string; until: string | null }[] } }, now: number): Moment[] {
  const changes = row.changes.items;
  const at = (seconds: string | number | null | undefined, title: string, note?: string): Moment => {
    const time = seconds == null ? undefined : Number(seconds);
    return { title, at: time, isPast: time !== undefined && time <= now, ...(note !== undefined && { note }) };
  };
  const changed = (kind: string) => changes.find((change) => change.kind === kind);
  const queued = changed("queued");
  const isDead = row.state === "canceled" || row.state === "defeated";
  const cancelled = row.canceledAt === null ? [] : [at(row.canceledAt, row.canceledBy === "guardian" ? "Cancelled by the guardian" : "Taken back by its proposer")];
  if (row.canceledBy === "proposer") return [at(row.proposedAt, "Proposed"), ...cancelled];
  return [
    at(row.proposedAt, "Proposed"),
    at(row.snapshotAt, "Voting begins", "stakes count as they were then"),
    ...changes.filter(({ kind }) => kind === "extended").map((change) => at(change.at, "Prolonged", "a late vote brought the quorum or turned the result, so others got time to answer")),
    at(row.endsAt, "Voting ends"),
    ...(row.state === "defeated" ? [at(changed("defeated")?.at ?? row.endsAt, "Defeated")] : []),
    ...(queued !== undefined ? [at(queued.at, "Queued")] : isDead ? [] : [at(undefined, "Queued", "by anyone, if it wins")]),
    ...(row.executableAt !== null ? [at(row.executableAt, "May be executed from then on")] : []),
    ...cancelled,
    ...(row.executedAt !== null ? [at(row.executedAt, "Executed")] : isDead ? [] : [at(undefined, "Executed", "by anyone, after the timelock's delay")]),
  ];
}
