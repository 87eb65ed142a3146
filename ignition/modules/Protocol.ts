import { buildModule } from "@nomicfoundation/ignition-core";

/**
 * The whole deployment, the same for every network; ignition/parameters/<network>.json5 holds what differs.
 * Two one-shot calls close the cycles: `setLedger` (registry ↔ ledger) and `seal` (token ↔ vaults). Before `seal` no X0T
 * moves; after both the deployer can do nothing.
 */
export default buildModule("Protocol", (m) => {
  const epochSeconds = m.getParameter<number>("epochSeconds");
  const commitSeconds = m.getParameter<number>("commitSeconds");
  const challengeSeconds = m.getParameter<number>("challengeSeconds");
  const responseSeconds = m.getParameter<number>("responseSeconds");

  const token = m.contract("X0TToken");
  // No admin: its roles change only by its own proposals. Anyone may execute what waited long enough.
  const timelock = m.contract("TimelockController", [
    m.getParameter<number>("timelockSeconds"),
    m.getParameter<string[]>("proposers"),
    ["0x0000000000000000000000000000000000000000"],
    "0x0000000000000000000000000000000000000000",
  ]);
  const registry = m.contract("NodeRegistry", [
    {
      token,
      epochSeconds,
      commitSeconds,
      challengeSeconds,
      responseSeconds,
      unbondingSeconds: m.getParameter<number>("unbondingSeconds"),
      slashBps: m.getParameter<number>("slashBps"),
      minStake: m.getParameter<bigint>("minStake"),
    },
  ]);
  const ledger = m.contract("ProofLedger", [
    {
      token,
      registry,
      epochSeconds,
      slotsPerEpoch: m.getParameter<number>("slotsPerEpoch"),
      minWitnesses: m.getParameter<number>("minWitnesses"),
      commitSeconds,
      challengeSeconds,
      responseSeconds,
      challengeBond: m.getParameter<bigint>("challengeBond"),
    },
  ]);
  const rewards = m.contract("EpochRewards", [
    {
      token,
      registry,
      ledger,
      timelock,
      poolPerEpoch: m.getParameter<bigint>("poolPerEpoch"),
      maxPoolPerEpoch: m.getParameter<bigint>("maxPoolPerEpoch"),
      targetStake: m.getParameter<bigint>("targetStake"),
      minTargetStake: m.getParameter<bigint>("minTargetStake"),
      maxTargetStake: m.getParameter<bigint>("maxTargetStake"),
    },
  ]);
  const channels = m.contract("RelayChannels", [token, m.getParameter<number>("channelCloseSeconds")]);

  const wired = m.call(registry, "setLedger", [ledger]);
  const allocations = m.getParameter<{ account: string; amount: bigint }[]>("allocations");
  m.call(token, "seal", [timelock, rewards, [registry, ledger, rewards, channels], allocations], { after: [wired] });

  return { token, timelock, registry, ledger, rewards, channels };
});
