import { encodeFunctionData, formatEther, type Address } from "viem";
import { readContract } from "viem/actions";
import { epochRewardsAbi } from "../../core/abi/EpochRewards.ts";
import { guardianSeatAbi } from "../../core/abi/GuardianSeat.ts";
import { x0tGovernorAbi } from "../../core/abi/X0TGovernor.ts";
import { x0tTimelockAbi } from "../../core/abi/X0TTimelock.ts";
import type { ProposalCall } from "../../core/proposal.ts";
import { X0tError } from "../../core/x0tError.ts";
import { parseX0t } from "../../core/amounts.ts";
import type { Network } from "../network.ts";
import { parseAddress, parseInteger } from "../../core/parseCall.ts";
import { formatDuration } from "../../core/durations.ts";

type Unit = "seconds" | "x0t" | "address";

/** What `--set` knows: its unit, and what people read of it in the help. */
export const SETTINGS: Readonly<Record<string, { unit: Unit; about: string }>> = {
  poolPerEpoch: { unit: "x0t", about: "most X0T that an epoch pays" },
  targetStake: { unit: "x0t", about: "stake at which an epoch pays all of it" },
  proposalThreshold: { unit: "x0t", about: "stake that a proposer needs" },
  votingDelay: { unit: "seconds", about: "from a proposal to its vote, such as 1d" },
  votingPeriod: { unit: "seconds", about: "how long a vote lasts" },
  lateQuorumExtension: { unit: "seconds", about: "by how much a vote that turns late is prolonged" },
  timelockDelay: { unit: "seconds", about: "from queueing to execution" },
  guardian: { unit: "address", about: "who may cancel and pause" },
};

const NEWEST_EPOCH = 2n ** 40n;

/** The calls that set these parameters, one after the other; pool and target go into one call. @throws X0T_USAGE */
export async function callsOfSettings(network: Network, settings: readonly (readonly [name: string, value: string])[]): Promise<ProposalCall[]> {
  const known = settings.map(([name, value]) => {
    const found = Object.keys(SETTINGS).find((setting) => setting.toLowerCase() === name.toLowerCase());
    if (found === undefined) throw new X0tError("X0T_USAGE", `--set ${name}: these can be set: ${Object.keys(SETTINGS).join(", ")}. For others use --call.`);
    return { name: found, value };
  });
  const doubled = known.find(({ name }, index) => known.findIndex((other) => other.name === name) !== index);
  if (doubled !== undefined) throw new X0tError("X0T_USAGE", `--set ${doubled.name} stands there twice.`);
  const calls: ProposalCall[] = [];
  let rewards: { poolPerEpoch?: bigint; targetStake?: bigint } | undefined;
  for (const { name, value } of known) {
    if (name !== "poolPerEpoch" && name !== "targetStake") calls.push(await callOf(network, name, value));
    else if (rewards === undefined) rewards = { [name]: parseIn("x0t", name, value) };
    else rewards[name] = parseIn("x0t", name, value);
  }
  return rewards === undefined ? calls : [...calls, await rewardsCall(network, rewards)];
}

async function callOf(network: Network, name: string, value: string): Promise<ProposalCall> {
  const { X0TGovernor: governor, X0TTimelock: timelock, GuardianSeat: seat } = network.contracts.contracts;
  if (name === "guardian") {
    const guardian = parseAddress(value, network.contracts);
    return toCall(seat, encodeFunctionData({ abi: guardianSeatAbi, functionName: "setGuardian", args: [guardian] }));
  }
  const unit = SETTINGS[name]?.unit === "x0t" ? "x0t" : "seconds";
  const amount = parseIn(unit, name, value);
  const read = (functionName: GovernorBound) => readContract(network.client, { address: governor, abi: x0tGovernorAbi, functionName });
  const within = async (least: Promise<bigint>, most: Promise<bigint>) => checkBounds(unit, name, amount, await least, await most);
  switch (name) {
    case "votingDelay":
      await within(read("votingDelayLeast"), read("votingDelayMost"));
      return toCall(governor, encodeFunctionData({ abi: x0tGovernorAbi, functionName: "setVotingDelay", args: [Number(amount)] }));
    case "votingPeriod":
      await within(read("votingPeriodLeast"), read("votingPeriodMost"));
      return toCall(governor, encodeFunctionData({ abi: x0tGovernorAbi, functionName: "setVotingPeriod", args: [Number(amount)] }));
    case "lateQuorumExtension":
      await within(read("lateQuorumLeast"), read("lateQuorumMost"));
      return toCall(governor, encodeFunctionData({ abi: x0tGovernorAbi, functionName: "setLateQuorumVoteExtension", args: [Number(amount)] }));
    case "proposalThreshold":
      await within(read("thresholdLeast"), read("thresholdMost"));
      return toCall(governor, encodeFunctionData({ abi: x0tGovernorAbi, functionName: "setProposalThreshold", args: [amount] }));
    default: {
      const bound = (functionName: "minDelayLeast" | "minDelayMost") => readContract(network.client, { address: timelock, abi: x0tTimelockAbi, functionName });
      await within(bound("minDelayLeast"), bound("minDelayMost"));
      return toCall(timelock, encodeFunctionData({ abi: x0tTimelockAbi, functionName: "updateDelay", args: [amount] }));
    }
  }
}

type GovernorBound =
  | "votingDelayLeast"
  | "votingDelayMost"
  | "votingPeriodLeast"
  | "votingPeriodMost"
  | "lateQuorumLeast"
  | "lateQuorumMost"
  | "thresholdLeast"
  | "thresholdMost";

/** EpochRewards takes both at once: the one that is not named stays as it is. */
async function rewardsCall(network: Network, named: { poolPerEpoch?: bigint; targetStake?: bigint }): Promise<ProposalCall> {
  const rewards = network.contracts.contracts.EpochRewards;
  const at = { address: rewards, abi: epochRewardsAbi } as const;
  const [pool, target, mostPool, leastTarget, mostTarget] = await Promise.all([
    readContract(network.client, { ...at, functionName: "poolPerEpochAt", args: [NEWEST_EPOCH] }),
    readContract(network.client, { ...at, functionName: "targetStakeAt", args: [NEWEST_EPOCH] }),
    readContract(network.client, { ...at, functionName: "maxPoolPerEpoch" }),
    readContract(network.client, { ...at, functionName: "minTargetStake" }),
    readContract(network.client, { ...at, functionName: "maxTargetStake" }),
  ]);
  const { poolPerEpoch = pool, targetStake = target } = named;
  checkBounds("x0t", "poolPerEpoch", poolPerEpoch, 0n, mostPool);
  checkBounds("x0t", "targetStake", targetStake, leastTarget, mostTarget);
  return toCall(rewards, encodeFunctionData({ abi: epochRewardsAbi, functionName: "setParameters", args: [poolPerEpoch, targetStake] }));
}

function parseIn(unit: "seconds" | "x0t", name: string, value: string): bigint {
  try {
    return unit === "x0t" ? parseX0t(value.replace(/\s*x0t$/i, "")) : parseInteger(value);
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `--set ${name} ${value}: ${unit === "x0t" ? "write an amount of X0T like 5000 or 12.5" : "write a time like 30s, 2h or 1d"}.`, { cause });
  }
}

function checkBounds(unit: "seconds" | "x0t", name: string, value: bigint, least: bigint, most: bigint): void {
  if (value >= least && value <= most) return;
  const show = (amount: bigint) => (unit === "x0t" ? `${formatEther(amount)} X0T` : formatDuration(Number(amount)));
  throw new X0tError("X0T_USAGE", `--set ${name}: from ${show(least)} to ${show(most)}, not ${show(value)}. No vote can change these bounds (GOV-4).`);
}

function toCall(target: Address, data: ProposalCall["data"]): ProposalCall {
  return { target, valueWei: 0n, data };
}
