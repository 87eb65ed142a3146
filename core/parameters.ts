import { X0tError } from "./x0tError.ts";

/** 18 decimals: 1 X0T = 10^18 wei. */
export const X0T = 10n ** 18n;
/** A packet is 100,000 relayed bytes; one unit pays one relay for one packet: 0.0001 X0T (CHN, NET-19). */
export const PACKET_BYTES = 100_000;
export const UNIT_WEI = X0T / 10_000n;
/** What a relay deposits in a channel to another: 50 GB through it. */
export const RELAY_CHANNEL_WEI = 50n * X0T;
/** Largest committee of a slot (PRF). */
export const COMMITTEE_SIZE = 5;
/** Slots that one challenge may name (PRF-4). */
export const MAX_CHALLENGED_SLOTS = 4;
/** Longest array of epochs in one claim (REW-3). */
export const MAX_CLAIM_EPOCHS = 168;
/** Longest batch of commits (PRF-2). */
export const MAX_COMMIT_BATCH = 8;
/** Longest batch of redemptions (CHN-1). */
export const MAX_REDEEM_BATCH = 32;

/** Most leases, and most epochs of them together, that one `settleMany` takes (MKT-3). */
export const MAX_SETTLE_LEASES = 32;
export const MAX_SETTLE_EPOCHS = 168;

/** The network's immutable parameters, the table at the end of docs/spec/contracts.md. Times in seconds, amounts in wei. */
export interface ProtocolParameters {
  epochSeconds: number;
  slotsPerEpoch: number;
  minWitnesses: number;
  commitSeconds: number;
  challengeSeconds: number;
  responseSeconds: number;
  unbondingSeconds: number;
  channelCloseSeconds: number;
  challengeBond: bigint;
  slashBps: number;
  minStake: bigint;
  targetStake: bigint;
  poolPerEpoch: bigint;
  /** Raw stake that may propose; governance may change it, as it may the times below. */
  proposalThreshold: bigint;
  /** Raw stake that a vote needs at least, however little is staked (GOV-2). */
  quorumFloor: bigint;
  /** A vote counts what was at stake at the snapshot and this long before it (GOV-1). */
  voteAgeSeconds: number;
  votingDelaySeconds: number;
  votingPeriodSeconds: number;
  lateQuorumSeconds: number;
  timelockSeconds: number;
}

const DAY = 24 * 3600;

export const PRODUCTION: ProtocolParameters = {
  epochSeconds: 3600,
  slotsPerEpoch: 120,
  minWitnesses: 3,
  commitSeconds: 4 * 3600,
  challengeSeconds: 2 * 3600,
  responseSeconds: 6 * 3600,
  unbondingSeconds: 24 * 3600,
  channelCloseSeconds: 24 * 3600,
  challengeBond: 10n * X0T,
  slashBps: 1000,
  minStake: 100n * X0T,
  targetStake: 100_000_000n * X0T,
  poolPerEpoch: 10_000n * X0T,
  proposalThreshold: 50_000n * X0T,
  quorumFloor: 5_000_000n * X0T,
  voteAgeSeconds: 7 * DAY,
  votingDelaySeconds: DAY,
  votingPeriodSeconds: 5 * DAY,
  lateQuorumSeconds: DAY,
  timelockSeconds: 2 * DAY,
};

/** The devnet column for epochs of `epochSeconds`, any multiple of 12. @throws X0T_BAD_EPOCH */
export function devnetParameters(epochSeconds = 60): ProtocolParameters {
  if (!Number.isInteger(epochSeconds) || epochSeconds < 12 || epochSeconds % 12 !== 0) {
    throw new X0tError("X0T_BAD_EPOCH", `An epoch must be a multiple of 12 seconds, not ${epochSeconds} s.`, {
      data: { epochSeconds },
    });
  }
  return {
    ...PRODUCTION,
    epochSeconds,
    slotsPerEpoch: 12,
    minWitnesses: 2,
    commitSeconds: epochSeconds,
    challengeSeconds: epochSeconds,
    responseSeconds: epochSeconds,
    unbondingSeconds: 5 * epochSeconds,
    channelCloseSeconds: 2 * epochSeconds,
    targetStake: 10_000n * X0T,
    proposalThreshold: 100n * X0T,
    quorumFloor: 300n * X0T,
    voteAgeSeconds: 0,
    votingDelaySeconds: 10,
    votingPeriodSeconds: 120,
    lateQuorumSeconds: 30,
    timelockSeconds: 30,
  };
}

/** As configs write it: production, or a devnet with epochs of so many seconds. */
export type ParameterChoice = "production" | { devnetEpochSeconds: number };

export function parametersOf(choice: ParameterChoice): ProtocolParameters {
  return choice === "production" ? PRODUCTION : devnetParameters(choice.devnetEpochSeconds);
}
