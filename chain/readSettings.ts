import { readContract } from "viem/actions";
import { epochRewardsAbi } from "../core/abi/EpochRewards.ts";
import { x0tGovernorAbi } from "../core/abi/X0TGovernor.ts";
import { x0tTimelockAbi } from "../core/abi/X0TTimelock.ts";
import type { AddressBook } from "../core/addressBook.ts";
import type { SettingValues } from "../core/settings.ts";
import type { Reader } from "./client.ts";

/** Pool and target as set last, also where they hold from the next epoch on only. */
const NEWEST_EPOCH = 2n ** 40n;

/** What governance may change, as it is now, with its bounds (GOV-4). */
export async function readSettings(client: Reader, parameters: { book: AddressBook }): Promise<SettingValues> {
  const { X0TGovernor, X0TTimelock, EpochRewards } = parameters.book.contracts;
  const governor = (functionName: GovernorNumber) => readContract(client, { address: X0TGovernor, abi: x0tGovernorAbi, functionName }).then(BigInt);
  const timelock = (functionName: "getMinDelay" | "minDelayLeast" | "minDelayMost") => readContract(client, { address: X0TTimelock, abi: x0tTimelockAbi, functionName });
  const bound = (functionName: "maxPoolPerEpoch" | "minTargetStake" | "maxTargetStake") => readContract(client, { address: EpochRewards, abi: epochRewardsAbi, functionName });
  const reward = (functionName: "poolPerEpochAt" | "targetStakeAt") => readContract(client, { address: EpochRewards, abi: epochRewardsAbi, functionName, args: [NEWEST_EPOCH] });
  const three = async (value: Promise<bigint>, least: Promise<bigint>, most: Promise<bigint>) => ({ value: await value, least: await least, most: await most });
  const [poolPerEpoch, targetStake, proposalThreshold, votingDelay, votingPeriod, lateQuorumExtension, timelockDelay] = await Promise.all([
    three(reward("poolPerEpochAt"), Promise.resolve(0n), bound("maxPoolPerEpoch")),
    three(reward("targetStakeAt"), bound("minTargetStake"), bound("maxTargetStake")),
    three(governor("proposalThreshold"), governor("thresholdLeast"), governor("thresholdMost")),
    three(governor("votingDelay"), governor("votingDelayLeast"), governor("votingDelayMost")),
    three(governor("votingPeriod"), governor("votingPeriodLeast"), governor("votingPeriodMost")),
    three(governor("lateQuorumVoteExtension"), governor("lateQuorumLeast"), governor("lateQuorumMost")),
    three(timelock("getMinDelay"), timelock("minDelayLeast"), timelock("minDelayMost")),
  ]);
  return { poolPerEpoch, targetStake, proposalThreshold, votingDelay, votingPeriod, lateQuorumExtension, timelockDelay };
}

type GovernorNumber =
  | "proposalThreshold"
  | "thresholdLeast"
  | "thresholdMost"
  | "votingDelay"
  | "votingDelayLeast"
  | "votingDelayMost"
  | "votingPeriod"
  | "votingPeriodLeast"
  | "votingPeriodMost"
  | "lateQuorumVoteExtension"
  | "lateQuorumLeast"
  | "lateQuorumMost";
