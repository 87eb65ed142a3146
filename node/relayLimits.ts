import type { RelayLimits } from "./circuit/relayDeps.ts";
import type { NodeLimits } from "./config.ts";
import type { ExitStreamLimits } from "./session/exitStreams.ts";

const bytesOf = (megabytes: number | undefined) => (megabytes === undefined ? undefined : megabytes * 2 ** 20);
const msOf = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1_000);

/** The config's limits in the relay port's own units; what the config leaves out is left out here. */
export function relayLimitsOf(limits: NodeLimits = {}): Partial<RelayLimits> {
  const { tunnels, tunnelsPerPeer, tunnelsPerAccount, streamsPerPeer, bytesPerSecond, bytesPerSecondPerPeer, handshakeShare } = limits;
  const inUnits = {
    tunnels,
    tunnelsPerPeer,
    tunnelsPerAccount,
    streamsPerPeer,
    bytesPerSecond,
    bytesPerSecondPerPeer,
    handshakeShare,
    idleMs: msOf(limits.idleSeconds),
    stalledMs: msOf(limits.stalledSeconds),
    bufferBytes: bytesOf(limits.bufferMegabytes),
  };
  return Object.fromEntries(Object.entries(inUnits).filter(([, value]) => value !== undefined));
}

/** What of them the exit role keeps. */
export function exitLimitsOf({ streams, bufferMegabytes }: NodeLimits = {}): ExitStreamLimits {
  return { streams, bufferBytes: bytesOf(bufferMegabytes) };
}
