import type { Registry } from "prom-client";
import type { SessionServer } from "./circuit/relayDeps.ts";
import type { NodeConfig } from "./config.ts";
import { createConnectTarget } from "./session/connectTarget.ts";
import { createExitMetrics } from "./session/exitMetrics.ts";
import { createExitPolicy } from "./session/exitPolicy.ts";
import { createExitSessions } from "./session/exitSessions.ts";
import { createResolveName } from "./session/resolveName.ts";

/** The exit role as the config asks for it; undefined for a node that is no exit (NET-15). */
export function createExit(deps: {
  config: NodeConfig;
  /** Literal addresses of all relays: never reached through an exit. */
  relayHosts: () => Iterable<string>;
  registry: Registry;
}): SessionServer | undefined {
  const { config, relayHosts, registry } = deps;
  if (!config.roles.includes("exit")) return undefined;
  const policy = createExitPolicy({
    rules: config.exitPolicy,
    allowLoopback: config.allowLoopbackExit,
    relayAddresses: () => [config.listen.host, ...relayHosts()],
  });
  return createExitSessions({
    connect: createConnectTarget({ policy, resolve: createResolveName(config.dnsServers), dialFrom: config.dialFrom }),
    metrics: createExitMetrics(registry),
  });
}
