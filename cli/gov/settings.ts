import { formatEther } from "viem";
import { readSettings } from "../../chain/readSettings.ts";
import { parseX0t } from "../../core/amounts.ts";
import { formatDuration } from "../../core/durations.ts";
import { parseAddress, parseInteger } from "../../core/parseCall.ts";
import type { ProposalCall } from "../../core/proposal.ts";
import { guardianCall, settingCall, SETTINGS, type SettingName, type SettingValues } from "../../core/settings.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Network } from "../network.ts";

const NAMES: readonly string[] = [...Object.keys(SETTINGS), "guardian"];

/** The calls that set these parameters, one after the other; pool and target go into one call. @throws X0T_USAGE */
export async function callsOfSettings(network: Network, settings: readonly (readonly [name: string, value: string])[]): Promise<ProposalCall[]> {
  const known = settings.map(([name, value]) => {
    const found = NAMES.find((setting) => setting.toLowerCase() === name.toLowerCase());
    if (found === undefined) throw new X0tError("X0T_USAGE", `--set ${name}: these can be set: ${NAMES.join(", ")}. For others use --call.`);
    return { name: found, value };
  });
  const doubled = known.find(({ name }, index) => known.findIndex((other) => other.name === name) !== index);
  if (doubled !== undefined) throw new X0tError("X0T_USAGE", `--set ${doubled.name} stands there twice.`);
  if (known.length === 0) return [];
  const book = network.contracts;
  const current = await readSettings(network.client, { book });
  const wanted = new Map(known.flatMap(({ name, value }) => (isSetting(name) ? [[name, parseSetting(name, value, current)] as const] : [])));
  const rewards = { poolPerEpoch: wanted.get("poolPerEpoch") ?? current.poolPerEpoch.value, targetStake: wanted.get("targetStake") ?? current.targetStake.value };
  const calls = known.flatMap(({ name, value }) => {
    if (!isSetting(name)) return [guardianCall(book, parseAddress(value, book))];
    return name === "poolPerEpoch" || name === "targetStake" ? [] : [settingCall(book, name, wanted.get(name) as bigint, rewards)];
  });
  const isRewards = wanted.has("poolPerEpoch") || wanted.has("targetStake");
  return isRewards ? [...calls, settingCall(book, "poolPerEpoch", rewards.poolPerEpoch, rewards)] : calls;
}

function isSetting(name: string): name is SettingName {
  return name in SETTINGS;
}

function parseSetting(name: SettingName, text: string, current: SettingValues): bigint {
  const { unit } = SETTINGS[name];
  const value = parseIn(unit, name, text);
  const { least, most } = current[name];
  if (value >= least && value <= most) return value;
  const show = (amount: bigint) => (unit === "x0t" ? `${formatEther(amount)} X0T` : formatDuration(Number(amount)));
  throw new X0tError("X0T_USAGE", `--set ${name}: from ${show(least)} to ${show(most)}, not ${show(value)}. No vote can change these bounds (GOV-4).`);
}

function parseIn(unit: "seconds" | "x0t", name: string, value: string): bigint {
  try {
    return unit === "x0t" ? parseX0t(value.replace(/\s*x0t$/i, "")) : parseInteger(value);
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `--set ${name} ${value}: ${unit === "x0t" ? "write an amount of X0T like 5000 or 12.5" : "write a time like 30s, 2h or 1d"}.`, { cause });
  }
}
