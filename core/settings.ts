import { encodeFunctionData, type Address } from "viem";
import { epochRewardsAbi } from "./abi/EpochRewards.ts";
import { guardianSeatAbi } from "./abi/GuardianSeat.ts";
import { x0tGovernorAbi } from "./abi/X0TGovernor.ts";
import { x0tTimelockAbi } from "./abi/X0TTimelock.ts";
import type { AddressBook } from "./addressBook.ts";
import { formatX0t } from "./amounts.ts";
import type { DescribedCall } from "./describeCall.ts";
import { formatDuration } from "./durations.ts";
import type { ProposalCall } from "./proposal.ts";

/** What governance may change (GOV-4), besides the guardian: its unit, and what people read of it. */
export const SETTINGS = {
  poolPerEpoch: { unit: "x0t", about: "most X0T that an epoch pays" },
  targetStake: { unit: "x0t", about: "stake at which an epoch pays all of it" },
  proposalThreshold: { unit: "x0t", about: "stake that a proposer needs" },
  votingDelay: { unit: "seconds", about: "from a proposal to its vote" },
  votingPeriod: { unit: "seconds", about: "how long a vote lasts" },
  lateQuorumExtension: { unit: "seconds", about: "by how much a vote that turns late is prolonged" },
  timelockDelay: { unit: "seconds", about: "from queueing to execution" },
} as const satisfies Record<string, { unit: "x0t" | "seconds"; about: string }>;
export type SettingName = keyof typeof SETTINGS;

/** As it is now, and the bounds that no vote can change; wei or seconds. */
export interface SettingValue {
  value: bigint;
  least: bigint;
  most: bigint;
}
export type SettingValues = Readonly<Record<SettingName, SettingValue>>;

export function formatSetting(name: SettingName, value: bigint): string {
  return SETTINGS[name].unit === "x0t" ? `${formatX0t(value)} X0T` : formatDuration(Number(value));
}

/** The call that sets it. EpochRewards takes pool and target at once: `rewards` are both as they shall be. */
export function settingCall(book: AddressBook, name: SettingName, value: bigint, rewards: { poolPerEpoch: bigint; targetStake: bigint }): ProposalCall {
  const { X0TGovernor: governor, X0TTimelock: timelock, EpochRewards } = book.contracts;
  switch (name) {
    case "votingDelay":
      return toCall(governor, encodeFunctionData({ abi: x0tGovernorAbi, functionName: "setVotingDelay", args: [Number(value)] }));
    case "votingPeriod":
      return toCall(governor, encodeFunctionData({ abi: x0tGovernorAbi, functionName: "setVotingPeriod", args: [Number(value)] }));
    case "lateQuorumExtension":
      return toCall(governor, encodeFunctionData({ abi: x0tGovernorAbi, functionName: "setLateQuorumVoteExtension", args: [Number(value)] }));
    case "proposalThreshold":
      return toCall(governor, encodeFunctionData({ abi: x0tGovernorAbi, functionName: "setProposalThreshold", args: [value] }));
    case "timelockDelay":
      return toCall(timelock, encodeFunctionData({ abi: x0tTimelockAbi, functionName: "updateDelay", args: [value] }));
    default: {
      const poolPerEpoch = name === "poolPerEpoch" ? value : rewards.poolPerEpoch;
      const targetStake = name === "targetStake" ? value : rewards.targetStake;
      return toCall(EpochRewards, encodeFunctionData({ abi: epochRewardsAbi, functionName: "setParameters", args: [poolPerEpoch, targetStake] }));
    }
  }
}

export function guardianCall(book: AddressBook, guardian: Address): ProposalCall {
  return toCall(book.contracts.GuardianSeat, encodeFunctionData({ abi: guardianSeatAbi, functionName: "setGuardian", args: [guardian] }));
}

function toCall(target: Address, data: ProposalCall["data"]): ProposalCall {
  return { target, valueWei: 0n, data };
}

const SETTERS: Readonly<Record<string, readonly SettingName[]>> = {
  "X0TGovernor.setVotingDelay": ["votingDelay"],
  "X0TGovernor.setVotingPeriod": ["votingPeriod"],
  "X0TGovernor.setLateQuorumVoteExtension": ["lateQuorumExtension"],
  "X0TGovernor.setProposalThreshold": ["proposalThreshold"],
  "X0TTimelock.updateDelay": ["timelockDelay"],
  "EpochRewards.setParameters": ["poolPerEpoch", "targetStake"],
};

/** The settings that a call changes, and to what; none for any other call. */
export function changesOf(call: Pick<DescribedCall, "contract" | "function" | "args">): { name: SettingName; value: bigint }[] {
  const names = SETTERS[`${call.contract}.${call.function}`] ?? [];
  return names.map((name, index) => ({ name, value: BigInt(call.args[index]?.value as bigint | number) }));
}
