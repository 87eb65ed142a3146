import type { DeploymentParameters } from "@nomicfoundation/ignition-core";
import { X0T, type ProtocolParameters } from "../core/parameters.ts";
import type { Address } from "../core/ids.ts";

export interface GenesisAllocation {
  account: Address;
  /** Wei. */
  amount: bigint;
}

/** What ignition/parameters/<network>.json5 holds, made from the protocol's parameters and a genesis. */
export function protocolParameters(
  parameters: ProtocolParameters,
  genesis: { proposers: readonly Address[]; allocations: readonly GenesisAllocation[] },
): DeploymentParameters {
  const production = parameters.targetStake >= 10_000_000n * X0T;
  return {
    Protocol: {
      ...parameters,
      maxPoolPerEpoch: parameters.poolPerEpoch,
      // The bounds of the parameter table; a devnet's target lies far below the production range.
      minTargetStake: production ? 10_000_000n * X0T : 1_000n * X0T,
      maxTargetStake: 400_000_000n * X0T,
      proposers: [...genesis.proposers],
      allocations: genesis.allocations.map(({ account, amount }) => ({ account, amount })),
    },
  };
}
