import type { ProtocolParameters } from "./parameters.ts";

type Windows = Pick<
  ProtocolParameters,
  "epochSeconds" | "slotsPerEpoch" | "commitSeconds" | "challengeSeconds" | "responseSeconds"
>;

/** e = ⌊timestamp / EPOCH⌋, timestamps in seconds. */
export function epochAt(parameters: Windows, timestamp: number): number {
  return Math.floor(timestamp / parameters.epochSeconds);
}

export function epochStart(parameters: Windows, epoch: number): number {
  return epoch * parameters.epochSeconds;
}

export function epochEnd(parameters: Windows, epoch: number): number {
  return (epoch + 1) * parameters.epochSeconds;
}

/** Last moment (exclusive) in which `commit` is accepted (PRF-2). */
export function commitDeadline(parameters: Windows, epoch: number): number {
  return epochEnd(parameters, epoch) + parameters.commitSeconds;
}

/** Last moment (exclusive) in which `challenge` is accepted (PRF-4). */
export function challengeDeadline(parameters: Windows, epoch: number): number {
  return commitDeadline(parameters, epoch) + parameters.challengeSeconds;
}

/** The epoch is final from this moment on (PRF-5). */
export function finalAt(parameters: Windows, epoch: number): number {
  return challengeDeadline(parameters, epoch) + parameters.responseSeconds;
}

/** Every epoch before this one is final (PRF-5). */
export function finalBefore(parameters: Windows, timestamp: number): number {
  const { epochSeconds, commitSeconds, challengeSeconds, responseSeconds } = parameters;
  return Math.max(0, Math.floor((timestamp - commitSeconds - challengeSeconds - responseSeconds) / epochSeconds));
}

export function slotSeconds(parameters: Windows): number {
  return parameters.epochSeconds / parameters.slotsPerEpoch;
}

/** Slot of its epoch in which `timestamp` (seconds, may be fractional) lies. */
export function slotAt(parameters: Windows, timestamp: number): number {
  return Math.floor((timestamp % parameters.epochSeconds) / slotSeconds(parameters));
}
