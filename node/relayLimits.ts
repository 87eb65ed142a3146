import type { RelayLimits } from "./circuit/relayDeps.ts";
import type { NodeLimits } from "./config.ts";

/** The config's limits in the relay port's own units; what the config leaves out is left out here. */
export function relayLimitsOf(limits: NodeLimits = {}): Partial<RelayLimits> {
  const { idleSeconds, stalledSeconds, bufferMegabytes, ...same } = limits;
  const inUnits = {
    ...same,
    idleMs: idleSeconds && idleSeconds * 1_000,
    stalledMs: stalledSeconds && stalledSeconds * 1_000,
    bufferBytes: bufferMegabytes && bufferMegabytes * 2 ** 20,
  };
  return Object.fromEntries(Object.entries(inUnits).filter(([, value]) => value !== undefined));
}
