import type { Registry } from "prom-client";
import type { ExitRule } from "../../core/didDocument.ts";
import type { SessionServer } from "../circuit/relayDeps.ts";
import { createConnectTarget } from "./connectTarget.ts";
import { createDatagramExit } from "./exitDatagrams.ts";
import { createExitMetrics } from "./exitMetrics.ts";
import { createExitPolicy } from "./exitPolicy.ts";
import { withEcho } from "./echo.ts";
import { createExitSessions } from "./exitSessions.ts";
import type { ExitStreamLimits } from "./exitStreams.ts";
import { createNat64 } from "./nat64.ts";
import { createResolveName } from "./resolveName.ts";

/**
 * The exit role from a node's config, for `RelayServerDeps.exit` (NET-15). Nodes without the role pass `createEchoOnly`.
 * @param dnsServers `address` or `address:port`; empty = the system's
 * @param relayAddresses the own and all other relays' addresses, read at each connection
 * @throws X0T_EXIT_POLICY
 */
export function createExit(params: {
  rules: readonly ExitRule[];
  allowLoopback: boolean;
  dnsServers: readonly string[];
  dialFrom: string;
  relayAddresses(): Iterable<string>;
  connectTimeoutMs?: number;
  registry: Registry;
  /** How long a session waits without a circuit; 30 s unless told otherwise. */
  orphanMs?: number;
  limits?: ExitStreamLimits;
}): SessionServer {
  const { dnsServers, dialFrom, connectTimeoutMs: timeoutMs } = params;
  const rules = { policy: createExitPolicy(params), resolve: createResolveName(dnsServers), nat64: createNat64(dnsServers) };
  const metrics = createExitMetrics(params.registry);
  return createExitSessions({
    connect: withEcho(createConnectTarget({ ...rules, dialFrom, timeoutMs })),
    datagrams: createDatagramExit({ ...rules, dialFrom, metrics }),
    metrics,
    ...(params.orphanMs !== undefined && { orphanMs: params.orphanMs }),
    ...(params.limits !== undefined && { limits: params.limits }),
  });
}

/** What roles other than exit serve at depth 0: the echo address, by which they are witnessed too (NET-21). */
export function createEchoOnly(registry: Registry): SessionServer {
  return createExitSessions({ connect: withEcho(), metrics: createExitMetrics(registry) });
}
