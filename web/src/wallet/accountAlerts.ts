import type { ProtocolParameters } from "../../../core/parameters.ts";
import type { AccountAlertsAnswer } from "../data/queries/accountAlerts.graphql.ts";
import { duration } from "../ui/time.ts";

/** What an account should do something about before it runs out. */
export interface AccountAlert {
  /** The same as long as it is the same alert. */
  key: string;
  tone: "bad" | "warn" | "info";
  text: string;
  /** Where to do it. */
  to: { page: "/operate"; node: number } | { page: "/leases/$lease"; lease: number } | { page: "/use" };
}

/** A lease that is longer than this tells of its end this many epochs ahead; a shorter one in its last epoch. */
const SOON_EPOCHS = 3;
/** Of a channel's deposit. */
const LOW_SHARE = 10n;

/**
 * @param asked the hot keys that the answer is about: one that it does not name never held any X0T.
 * @param now the chain's time, seconds. @param x0t writes an amount.
 */
export function accountAlerts(answer: AccountAlertsAnswer, asked: readonly string[], now: number, parameters: ProtocolParameters, x0t: (wei: bigint) => string): AccountAlert[] {
  const balances = new Map(asked.map((key) => [key, 0n]));
  for (const { address, balance } of answer.accounts.items) balances.set(address, BigInt(balance));
  return [
    ...answer.nodes.items.flatMap((node) => ofNode(node, balances.get(node.witness), now, parameters, x0t)),
    ...answer.channels.items.flatMap((channel) => ofChannel(channel, now, x0t)),
    ...answer.leases.items.flatMap((lease) => ofLease(lease, answer.network?.epoch, parameters)),
  ];
}

type NodeRow = AccountAlertsAnswer["nodes"]["items"][number];

function ofNode(node: NodeRow, hotKeyWei: bigint | undefined, now: number, parameters: ProtocolParameters, x0t: (wei: bigint) => string): AccountAlert[] {
  const { index, stake, unbonding, unbondsAt, active, benched } = node;
  const alerts: AccountAlert[] = [];
  const add = (what: string, tone: AccountAlert["tone"], text: string) => alerts.push({ key: `node ${index} ${what}`, tone, text, to: { page: "/operate", node: index } });
  for (const { epoch, deadline, status } of node.challenges.items) {
    const left = Number(deadline) - now;
    if (status === "open" && left > 0) {
      add(`challenge ${epoch}`, "bad", `Node ${index}'s proof of epoch ${epoch} is challenged and must be answered within ${duration(left)}, or a tenth of its stake is lost. Its worker answers by itself: is it running?`);
    } else {
      add(`void ${epoch}`, "bad", `Node ${index} left a challenge of epoch ${epoch} unanswered: that epoch is void, and a tenth of its stake is being taken.`);
    }
  }
  if (BigInt(unbonding) > 0n && Number(unbondsAt) <= now) {
    add(`unbonded ${unbondsAt}`, "info", `${x0t(BigInt(unbonding))} X0T of node ${index} finished unbonding: they can be withdrawn.`);
  }
  if (!active && BigInt(stake) > 0n && BigInt(stake) < parameters.minStake) {
    add("inactive", "warn", `Node ${index} is not active: ${x0t(BigInt(stake))} X0T are at stake, ${x0t(parameters.minStake)} X0T are needed.`);
  }
  if (benched && active) add("benched", "warn", `Node ${index} is benched, for it proved nothing in 12 epochs. It is drawn as a witness again after its next proof: is it running?`);
  if (active && hotKeyWei !== undefined && hotKeyWei < parameters.challengeBond) {
    add("bond", "warn", `The hot key of node ${index} holds ${x0t(hotKeyWei)} X0T; a bond takes ${x0t(parameters.challengeBond)} X0T. Send it some.`);
  }
  return alerts;
}

function ofChannel(channel: AccountAlertsAnswer["channels"]["items"][number], now: number, x0t: (wei: bigint) => string): AccountAlert[] {
  const { id, payee, deposit, remaining, closesAt } = channel;
  const [left, whole] = [BigInt(remaining), BigInt(deposit)];
  const to = { page: "/use" } as const;
  if (closesAt !== null) {
    if (Number(closesAt) > now || left === 0n) return [];
    return [{ key: `channel ${id} closable`, tone: "info", to, text: `Your channel to ${payee} may be closed for good: ${x0t(left)} X0T come back to you.` }];
  }
  if (left * LOW_SHARE > whole) return [];
  return [{ key: `channel ${id} low`, tone: "warn", to, text: `${x0t(left)} X0T of ${x0t(whole)} X0T are left in your channel to ${payee}: top it up, or it pays for no more.` }];
}

function ofLease(lease: AccountAlertsAnswer["leases"]["items"][number], epoch: number | undefined, parameters: ProtocolParameters): AccountAlert[] {
  const { id, node, first, end, endReason } = lease;
  // Who ended it knows.
  if (epoch === undefined || endReason !== null) return [];
  const left = end - epoch;
  if (left <= 0 || left > (end - first > SOON_EPOCHS ? SOON_EPOCHS : 1)) return [];
  const time = duration(left * parameters.epochSeconds);
  return [{ key: `lease ${id} ends`, tone: "info", to: { page: "/leases/$lease", lease: id }, text: `Your lease ${id} of node ${node} ends within ${time}. Rent it again from its end on, if you need it longer.` }];
}
