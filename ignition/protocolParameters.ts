import type { DeploymentParameters } from "@nomicfoundation/ignition-core";
import { X0T, type ProtocolParameters } from "../core/parameters.ts";
import type { Address } from "../core/ids.ts";

/** Who a network begins with. */
export interface Genesis {
  allocations: readonly { account: Address; amount: bigint }[];
  guardianOwners: readonly Address[];
  guardianThreshold: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** What ignition/parameters/<network>.json5 holds, made from the protocol's parameters and a genesis. */
export function protocolParameters(parameters: ProtocolParameters, genesis: Genesis): DeploymentParameters {
  const production = parameters.targetStake >= 10_000_000n * X0T;
  return {
    Protocol: {
      ...parameters,
      maxPoolPerEpoch: parameters.poolPerEpoch,
      // The bounds of the parameter table; a devnet's lie far below the production ranges.
      minTargetStake: production ? 10_000_000n * X0T : 1_000n * X0T,
      maxTargetStake: 400_000_000n * X0T,
      votingDelayRange: { least: production ? HOUR : 1, most: 14 * DAY },
      votingPeriodRange: { least: production ? DAY : 10, most: 30 * DAY },
      lateQuorumRange: { least: production ? HOUR : 1, most: 7 * DAY },
      thresholdRange: { least: production ? 10_000n * X0T : X0T, most: 1_000_000n * X0T },
      timelockSecondsLeast: production ? DAY : 1,
      timelockSecondsMost: 30 * DAY,
      pauseSeconds: 7 * DAY,
      pausePeriodSeconds: 30 * DAY,
      guardianOwners: [...genesis.guardianOwners],
      guardianThreshold: genesis.guardianThreshold,
      allocations: genesis.allocations.map(({ account, amount }) => ({ account, amount })),
    },
  };
}
