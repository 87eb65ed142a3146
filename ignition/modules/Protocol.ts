import { createRequire } from "node:module";
import { buildModule, type NamedArtifactContractDeploymentFuture } from "@nomicfoundation/ignition-core";

type Builder = Parameters<Parameters<typeof buildModule>[1]>[0];
type Artifact = Exclude<Parameters<Builder["contract"]>[1], readonly unknown[] | undefined>;

const require = createRequire(import.meta.url);
const NOBODY = "0x0000000000000000000000000000000000000000";

/** Safe's contracts as Safe published them: the byte code that was audited, not compiled anew. */
function safeArtifact(path: string): Artifact {
  return require(`@safe-global/safe-smart-account/build/artifacts/contracts/${path}`) as Artifact;
}

/**
 * The whole deployment, the same for every network; ignition/parameters/<network>.json5 holds what differs.
 * The deployer's powers end inside it: it names the Governor as the timelock's only proposer and renounces its admin role;
 * `setLedger` (registry ↔ ledger) works once. `seal` (token ↔ vaults) works once and comes last: before it no X0T moves, so
 * a protocol in use is one that was handed over.
 */
export default buildModule("Protocol", (m) => {
  const epochSeconds = m.getParameter<number>("epochSeconds");
  const commitSeconds = m.getParameter<number>("commitSeconds");
  const challengeSeconds = m.getParameter<number>("challengeSeconds");
  const responseSeconds = m.getParameter<number>("responseSeconds");

  const token = m.contract("X0TToken");
  const timelock = m.contract("X0TTimelock", [
    m.getParameter<number>("timelockSeconds"),
    m.getParameter<number>("timelockSecondsLeast"),
    m.getParameter<number>("timelockSecondsMost"),
    m.getAccount(0),
  ]);
  const guardian = deployGuardian(m);
  const seat = m.contract("GuardianSeat", [
    timelock,
    guardian,
    m.getParameter<number>("pauseSeconds"),
    m.getParameter<number>("pausePeriodSeconds"),
  ]);
  const registry = m.contract("NodeRegistry", [
    {
      token,
      seat,
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
  const channels = m.contract("RelayChannels", [token, seat, m.getParameter<number>("channelCloseSeconds")]);
  const marketplace = m.contract("Marketplace", [token, ledger, seat]);
  const governor = m.contract("X0TGovernor", [
    {
      registry,
      timelock,
      seat,
      votingDelay: m.getParameter<number>("votingDelaySeconds"),
      votingPeriod: m.getParameter<number>("votingPeriodSeconds"),
      lateQuorumExtension: m.getParameter<number>("lateQuorumSeconds"),
      proposalThreshold: m.getParameter<bigint>("proposalThreshold"),
      quorumFloor: m.getParameter<bigint>("quorumFloor"),
      voteAge: m.getParameter<number>("voteAgeSeconds"),
      votingDelayRange: m.getParameter<{ least: number; most: number }>("votingDelayRange"),
      votingPeriodRange: m.getParameter<{ least: number; most: number }>("votingPeriodRange"),
      lateQuorumRange: m.getParameter<{ least: number; most: number }>("lateQuorumRange"),
      thresholdRange: m.getParameter<{ least: bigint; most: bigint }>("thresholdRange"),
    },
  ]);

  const wired = m.call(registry, "setLedger", [ledger]);
  const handedOver = handOver(m, timelock, governor);
  const vaults = [registry, ledger, rewards, channels, marketplace];
  const allocations = m.getParameter<{ account: string; amount: bigint }[]>("allocations");
  m.call(token, "seal", [timelock, rewards, vaults, allocations], { after: [wired, handedOver] });

  return { token, timelock, registry, ledger, rewards, channels, marketplace, governor, seat, guardian };
});

/** The guardian: a Safe of `guardianOwners`, of whom `guardianThreshold` must sign (GOV-3). */
function deployGuardian(m: Builder) {
  const proxyArtifact = safeArtifact("proxies/SafeProxyFactory.sol/SafeProxyFactory.json");
  const walletArtifact = safeArtifact("SafeL2.sol/SafeL2.json");
  const handlerArtifact = safeArtifact("handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json");
  const singleton = m.contract("SafeL2", walletArtifact);
  const handler = m.contract("CompatibilityFallbackHandler", handlerArtifact);
  const factory = m.contract("SafeProxyFactory", proxyArtifact);
  const setup = m.encodeFunctionCall(singleton, "setup", [
    m.getParameter<string[]>("guardianOwners"),
    m.getParameter<number>("guardianThreshold"),
    NOBODY,
    "0x",
    handler,
    NOBODY,
    0,
    NOBODY,
  ]);
  const created = m.call(factory, "createProxyWithNonce", [singleton, setup, 0]);
  return m.contractAt("GuardianSafe", walletArtifact, m.readEventArgument(created, "ProxyCreation", "proxy"));
}

/** The Governor alone proposes and cancels, the timelock alone administers itself, the deployer is nobody (GOV-3). */
function handOver(
  m: Builder,
  timelock: NamedArtifactContractDeploymentFuture<string>,
  governor: NamedArtifactContractDeploymentFuture<string>,
) {
  const role = (name: string) => m.staticCall(timelock, name);
  const proposes = m.call(timelock, "grantRole", [role("PROPOSER_ROLE"), governor], { id: "GovernorProposes" });
  const cancels = m.call(timelock, "grantRole", [role("CANCELLER_ROLE"), governor], { id: "GovernorCancels", after: [proposes] });
  return m.call(timelock, "renounceRole", [role("DEFAULT_ADMIN_ROLE"), m.getAccount(0)], { after: [cancels] });
}
