import { encodeFunctionData, getAddress, isAddress } from "viem";
import { x0tTokenAbi } from "../../../../core/abi/X0TToken.ts";
import type { AddressBook } from "../../../../core/addressBook.ts";
import { parseCall, parseInteger } from "../../../../core/parseCall.ts";
import { MAX_PROPOSAL_CALLS, type ProposalCall } from "../../../../core/proposal.ts";
import { formatSetting, settingCall, SETTINGS, type SettingName, type SettingValues } from "../../../../core/settings.ts";
import { parseAmount } from "../../ui/parseAmount.ts";

/** One action as it is typed. */
export type DraftAction =
  | { kind: "setting"; name: SettingName; value: string }
  | { kind: "pay"; to: string; amount: string }
  | { kind: "call"; text: string };

/** The call that an action makes, or what is wrong with it; neither while it is not filled in. */
export type ReadAction = { call: ProposalCall } | { problem: string } | undefined;

/** All actions of a draft, each read or refused on its own. */
export function readDraft(actions: readonly DraftAction[], book: AddressBook, current: SettingValues): ReadAction[] {
  const values = actions.map((action) => (action.kind === "setting" ? readSetting(action.name, action.value, current) : undefined));
  // EpochRewards takes both at once: the other one is as this draft sets it, or as it is.
  const named = (name: SettingName) => {
    const place = actions.findIndex((action, index) => action.kind === "setting" && action.name === name && values[index] !== undefined && "value" in (values[index] ?? {}));
    const found = values[place];
    return found !== undefined && "value" in found ? found.value : current[name].value;
  };
  const rewards = { poolPerEpoch: named("poolPerEpoch"), targetStake: named("targetStake") };
  return actions.map((action, index) => {
    if (action.kind === "pay") return readPayment(action, book);
    if (action.kind === "call") return readCall(action.text, book);
    const read = values[index];
    if (read === undefined || "problem" in read) return read;
    const isTwice = actions.slice(0, index).some((other) => other.kind === "setting" && other.name === action.name);
    return isTwice ? { problem: "This parameter stands there twice." } : { call: settingCall(book, action.name, read.value, rewards) };
  });
}

/** The calls of a draft that is filled in and right, in order, each once; else undefined. */
export function callsOfDraft(read: readonly ReadAction[]): ProposalCall[] | undefined {
  const calls: ProposalCall[] = [];
  for (const action of read) {
    if (action === undefined || "problem" in action) return undefined;
    // Pool and target set together are one and the same call.
    const isThere = calls.some(({ target, data, valueWei }) => target === action.call.target && data === action.call.data && valueWei === action.call.valueWei);
    if (!isThere) calls.push(action.call);
  }
  return calls.length === 0 || calls.length > MAX_PROPOSAL_CALLS ? undefined : calls;
}

function readSetting(name: SettingName, text: string, current: SettingValues): { value: bigint } | { problem: string } | undefined {
  if (text.trim() === "") return undefined;
  const value = SETTINGS[name].unit === "x0t" ? amountOf(text) : secondsOf(text);
  if (typeof value === "string") return { problem: value };
  const { least, most } = current[name];
  if (value < least || value > most) return { problem: `From ${formatSetting(name, least)} to ${formatSetting(name, most)}: no vote can change these bounds.` };
  if (value === current[name].value) return { problem: `It is ${formatSetting(name, value)} already.` };
  return { value };
}

function amountOf(text: string): bigint | string {
  if (/^0+(\.0*)?$/.test(text.trim())) return 0n;
  const typed = parseAmount(text);
  if (typed === undefined) return "Write an amount of X0T.";
  return "wei" in typed ? typed.wei : typed.problem;
}

function secondsOf(text: string): bigint | string {
  try {
    const seconds = parseInteger(text.trim());
    return seconds < 0n || seconds > 2n ** 40n ? "Write a time like 30s, 2h or 1d." : seconds;
  } catch {
    return "Write a time like 30s, 2h or 1d.";
  }
}

function readPayment({ to, amount }: { to: string; amount: string }, book: AddressBook): ReadAction {
  const typed = parseAmount(amount);
  if (to.trim() === "" || typed === undefined) return undefined;
  if (!isAddress(to.trim())) return { problem: "The receiver must be an address: 0x and 40 hex digits, with the right capitals or none." };
  if ("problem" in typed) return typed;
  const data = encodeFunctionData({ abi: x0tTokenAbi, functionName: "transfer", args: [getAddress(to.trim()), typed.wei] });
  return { call: { target: book.contracts.X0TToken, valueWei: 0n, data } };
}

function readCall(text: string, book: AddressBook): ReadAction {
  if (text.trim() === "") return undefined;
  try {
    return { call: parseCall(text, book) };
  } catch (error) {
    // Its words are the command line's.
    return { problem: (error as Error).message.replace(/^--call "[\s\S]*?": /, "") };
  }
}
