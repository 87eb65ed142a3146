import { slotsOf } from "../../../../core/bundle.ts";
import { challengeDeadline, commitDeadline, epochEnd, finalAt } from "../../../../core/epochTime.ts";
import type { ProtocolParameters } from "../../../../core/parameters.ts";

export const SLOT_STATES = ["proved", "challenged", "missed", "voided", "uncommitted", "awaited", "maintenance", "inactive", "running", "ahead", "unknown"] as const;
export type SlotState = (typeof SLOT_STATES)[number];

export interface ChallengeFacts {
  challengeId: string;
  challenger: string;
  bitmap: bigint;
  /** Seconds since 1970. */
  deadline: number;
  status: string;
}

/** All that the chain says of a node's epoch, and what its own API adds. */
export interface EpochFacts {
  epoch: number;
  commit: { bitmap: bigint; voided: boolean; voidedAt: number | undefined; final: boolean } | undefined;
  challenges: readonly ChallengeFacts[];
  /** Undefined: not known. */
  isActive: boolean | undefined;
  isMaintenance: boolean;
  /** Receipts that the node itself holds, by slot: only of the latest epochs, where its API can be asked. */
  ownReceipts: Readonly<Record<number, number>> | undefined;
}

export interface SlotAnswer {
  state: SlotState;
  /** Sentences. */
  why: string;
}

type Rules = Pick<ProtocolParameters, "epochSeconds" | "slotsPerEpoch" | "commitSeconds" | "challengeSeconds" | "responseSeconds" | "minWitnesses" | "minStake">;

const MOST_QUORUM = 3;

/**
 * Why a slot counts or does not (PRF-1 to PRF-5).
 * @param now the chain's time, seconds. @param clock writes a time for people.
 */
export function explainSlot(facts: EpochFacts, slot: number, now: number, rules: Rules, clock: (seconds: number) => string): SlotAnswer {
  const { epoch, commit } = facts;
  const end = epochEnd(rules, epoch);
  const bit = commit !== undefined && ((commit.bitmap >> BigInt(slot)) & 1n) === 1n;
  if (commit?.voided === true) return { state: "voided", why: voidText(facts, bit) };
  if (bit) return provedAnswer(facts, slot, now, rules, clock);
  if (facts.isActive === false) {
    return { state: "inactive", why: "The node was not active: its stake was below the minimum at the epoch's start or end, or it had not been registered before the epoch began. Such an epoch counts for nobody." };
  }
  if (now < end) return unfinished(facts, slot, now, rules, clock);
  if (commit === undefined && now < commitDeadline(rules, epoch)) {
    return { state: "awaited", why: `The epoch is over, but the node has not committed its proof yet. It can until ${clock(commitDeadline(rules, epoch))}; then the epoch is lost.` };
  }
  const receipts = facts.ownReceipts === undefined ? "" : ` Its own API counts ${receiptsText(facts.ownReceipts[slot] ?? 0)}.`;
  const missing =
    commit === undefined
      ? `Nothing was committed for this epoch: the time for it ended at ${clock(commitDeadline(rules, epoch))}. The whole epoch earns nothing, whatever the witnesses saw.`
      : `Too few of the slot's witnesses signed that they saw the node relay: more than half of up to five are needed.${receipts} Either it was down or cut off, or the witnesses were, or fewer than ${rules.minWitnesses} witnesses could be drawn.`;
  if (facts.isMaintenance) return { state: "maintenance", why: `Announced maintenance: it costs no bonus, but it earns nothing and a lease still counts it as down. ${missing}` };
  if (commit !== undefined) return { state: "missed", why: missing };
  if (facts.isActive === undefined) return { state: "unknown", why: `Whether the node was active then is not known here. ${missing}` };
  return { state: "uncommitted", why: missing };
}

function unfinished({ epoch, ownReceipts }: EpochFacts, slot: number, now: number, rules: Rules, clock: (seconds: number) => string): SlotAnswer {
  const startsAt = epoch * rules.epochSeconds + (slot * rules.epochSeconds) / rules.slotsPerEpoch;
  if (now < startsAt) return { state: "ahead", why: `This slot has not begun yet: it does at ${clock(startsAt)}.` };
  const own = ownReceipts === undefined ? "" : ` Its own API holds ${receiptsText(ownReceipts[slot] ?? 0)} for it so far; ${MOST_QUORUM} prove it with a full committee of five.`;
  const end = epochEnd(rules, epoch);
  return { state: "running", why: `The epoch still runs. The node commits what its witnesses signed after ${clock(end)}, until ${clock(commitDeadline(rules, epoch))}.${own}` };
}

function provedAnswer(facts: EpochFacts, slot: number, now: number, rules: Rules, clock: (seconds: number) => string): SlotAnswer {
  const { epoch, commit, challenges } = facts;
  const open = challenges.find(({ status, bitmap }) => status === "open" && slotsOf(bitmap).includes(slot));
  if (open !== undefined) {
    return { state: "challenged", why: `Proved by the node's word, but ${open.challenger} challenges it: the node must show the receipts until ${clock(open.deadline)}, or the whole epoch is void and its stake is slashed.` };
  }
  const maintenance = facts.isMaintenance ? " It was up although it had announced maintenance." : "";
  if (commit?.final === true || now >= finalAt(rules, epoch)) return { state: "proved", why: `Proved: more than half of the slot's witnesses signed. It is final, nothing can change it.${maintenance}` };
  const until = now < challengeDeadline(rules, epoch) ? ` Anyone may challenge it until ${clock(challengeDeadline(rules, epoch))}; it` : " It";
  return { state: "proved", why: `Proved: more than half of the slot's witnesses signed.${until} is final from ${clock(finalAt(rules, epoch))} on.${maintenance}` };
}

function voidText({ challenges }: EpochFacts, bit: boolean): string {
  const lost = challenges.find(({ status }) => status === "overdue" || status === "returned");
  const who = lost === undefined ? "A challenge was" : `The challenge of ${lost.challenger} on ${slotList(slotsOf(lost.bitmap))} was`;
  const own = bit ? "This slot was claimed" : "This slot was not claimed";
  return `Void: ${who} not answered in time with the witnesses' signatures, so the whole epoch counts as down. ${own}; either way it earns nothing.`;
}

const receiptsText = (count: number) => (count === 1 ? "1 receipt" : `${count} receipts`);

/** "slot 4", "slots 0 to 3 and 7". */
export function slotList(slots: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const slot of slots) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] + 1 === slot) last[1] = slot;
    else runs.push([slot, slot]);
  }
  const words = runs.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  const text = words.length <= 1 ? (words[0] ?? "none") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
  return `${slots.length === 1 ? "slot" : "slots"} ${text}`;
}

export const STATE_WORDS: Record<SlotState, string> = {
  proved: "proved",
  challenged: "challenged",
  missed: "missed",
  voided: "void",
  uncommitted: "never committed",
  awaited: "not committed yet",
  maintenance: "maintenance",
  inactive: "not active",
  running: "still running",
  ahead: "ahead",
  unknown: "not known",
};
