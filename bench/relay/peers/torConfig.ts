export interface TorNode {
  name: string;
  dir: string;
  port: number;
}

interface Network {
  dirAuthority: string;
  /** The scheduler and the congestion window that gave the most on loopback. */
  tuned: boolean;
}

function common({ name, dir }: TorNode, { dirAuthority, tuned }: Network): string[] {
  return [
    "TestingTorNetwork 1",
    `DataDirectory ${dir}`,
    `Nickname ${name}`,
    "Address 127.0.0.1",
    "AssumeReachable 1",
    "PathsNeededToBuildCircuits 0.25",
    "ShutdownWaitLength 0",
    `Log notice file ${dir}/notice.log`,
    `DirAuthority ${dirAuthority}`,
    ...(tuned ? ["Schedulers Vanilla"] : []),
  ];
}

export function authorityConfig(node: TorNode, dirPort: number, network: Network): string {
  return lines([
    ...common(node, network),
    `ORPort 127.0.0.1:${node.port}`,
    `DirPort 127.0.0.1:${dirPort}`,
    "SocksPort 0",
    "AuthoritativeDirectory 1",
    "V3AuthoritativeDirectory 1",
    "ContactInfo bench@test.invalid",
    "ExitPolicy reject *:*",
    "TestingV3AuthInitialVotingInterval 5",
    "TestingV3AuthInitialVoteDelay 2",
    "TestingV3AuthInitialDistDelay 2",
    "V3AuthVotingInterval 20",
    "V3AuthVoteDelay 2",
    "V3AuthDistDelay 2",
    // Without these flags on every relay the client finds no guard.
    "TestingDirAuthVoteGuard *",
    "TestingMinExitFlagThreshold 0",
    "AuthDirVoteStableGuaranteeMinUptime 0",
    "AuthDirVoteStableGuaranteeMTBF 0",
    ...(network.tuned ? ["ConsensusParams cc_alg=2 cc_cwnd_min=1000 cc_cwnd_init=1000"] : []),
  ]);
}

export function relayConfig(node: TorNode, isExit: boolean, network: Network): string {
  // A policy for loopback alone would be summed up as "no exit".
  const exit = isExit ? ["ExitRelay 1", "ExitPolicyRejectPrivate 0", "ExitPolicy accept *:*"] : ["ExitRelay 0", "ExitPolicy reject *:*"];
  return lines([...common(node, network), `ORPort 127.0.0.1:${node.port}`, "SocksPort 0", ...exit]);
}

export function clientConfig(node: TorNode, socks: number, [entry = "", middle = "", exit = ""]: readonly string[], network: Network): string {
  return lines([
    ...common(node, network),
    `SocksPort 127.0.0.1:${socks}`,
    // One way for the whole run, as the others have it.
    "MaxCircuitDirtiness 86400",
    `EntryNodes ${entry}`,
    `MiddleNodes ${middle}`,
    `ExitNodes ${exit}`,
  ]);
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
