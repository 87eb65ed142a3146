import { randomBytes } from "node:crypto";
import type { Registry } from "prom-client";
import type { NodeId } from "../../../core/ids.ts";
import type { TunnelPayer } from "../../../node/circuit/relayDeps.ts";
import type { AccountTunnel } from "../../../node/account/accountTunnel.ts";
import { createAvoidList } from "../../../node/client/avoidList.ts";
import type { Carrier } from "../../../node/client/carrier.ts";
import { createCircuitBuilder, type CircuitBuilderDeps } from "../../../node/client/circuitBuilder.ts";
import { createClientMetrics } from "../../../node/client/clientMetrics.ts";
import { createRoutes, type Routes } from "../../../node/client/routes.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import { createClientSession, type ClientSession } from "../../../node/session/clientSession.ts";
import type { Logger } from "../../../runtime/logger.ts";
import { nowMs } from "../clock.ts";
import { readLightNetwork } from "./network.ts";

const HOPS = 3;
/** A guard that cannot be entered by has no account tunnel either, until it is tried again. */
const GUARD_DOWN_MS = 500;
const ROLES = ["lead", "duplicate", "share", "standby", "joining"];
const free: TunnelPayer = { ready: () => true, addTunnel: () => () => undefined };

/** The client's own routes over a light network: everything but the chain, documents and payments. */
export interface Circuits {
  routes: Routes;
  /** Relays of the session's circuits by index, the leading one first; and whether as many stand as there should be. */
  state(carrier: Carrier | undefined, wanted: number): { paths: number[][]; ready: boolean };
}

export function createCircuits(params: { guards: number; onEvent(type: "lost" | "switch" | "session-lost", atMs: number): void; log: Logger; registry: Registry }): Circuits {
  const { log, registry, onEvent } = params;
  const nodes = directoryNodes();
  const avoid = createAvoidList();
  const downUntilMs = new Map<NodeId, number>();
  const guards = nodes.slice(0, params.guards).map(({ nodeId }) => guardOf(nodeId, () => (downUntilMs.get(nodeId) ?? 0) < nowMs()));
  const metrics = createClientMetrics(registry, {
    circuits: () => routes.counts(),
    guards: () => ({ configured: guards.length, connected: guards.length, ready: guards.length }),
    streams: () => routes.counts().streams,
    descriptorStakeShare: () => 1,
    entryBytes: () => 0,
  });
  const build = createCircuitBuilder({
    hops: HOPS,
    directory: { nodes: () => nodes },
    descriptors: { missing: () => undefined, covered: () => true, kick: () => undefined, close: () => undefined },
    guards: { tunnels: () => guards, get: (nodeId: NodeId) => guards.find((guard) => guard.nodeId === nodeId) },
    payments: { payerForPeer: () => free },
    avoid,
    metrics,
  } as unknown as CircuitBuilderDeps);
  const lose = ([entry, ...rest]: readonly NodeId[], left: number) => {
    avoid.suspect(left > 0 ? rest.slice(0, -1) : rest);
    if (entry !== undefined && left === 0) downUntilMs.set(entry, nowMs() + GUARD_DOWN_MS);
  };
  const routes = createRoutes({
    build: (request, signal) =>
      build(request, signal).catch((error: unknown) => {
        const { nodeId } = ((error as { data?: { nodeId?: NodeId } }).data ?? {}) as { nodeId?: NodeId };
        if (nodeId !== undefined && guards.some((guard) => guard.nodeId === nodeId)) downUntilMs.set(nodeId, nowMs() + GUARD_DOWN_MS);
        throw error;
      }),
    startSession(circuit, options): ClientSession {
      const session = createClientSession(circuit, {
        ...options,
        onPathLost(lost, left) {
          onEvent("lost", nowMs());
          options.onPathLost?.(lost, left);
        },
        onSwitch(from, to) {
          onEvent("switch", nowMs());
          options.onSwitch?.(from, to);
        },
      });
      void session.closed.then(() => onEvent("session-lost", nowMs()));
      return session;
    },
    nodes: () => nodes,
    onLost: ({ path }, left) => lose(path.map(({ nodeId }) => nodeId), left),
    onSwitch: () => undefined,
    onActive: () => undefined,
    log,
  });
  return {
    routes,
    state(carrier, wanted) {
      const paths = (carrier?.session.paths() ?? []).sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
      const ready = paths.length >= wanted && paths.every(({ role, suspect }) => role !== "joining" && !suspect);
      const indexOf = (nodeId: NodeId) => nodes.findIndex((node) => node.nodeId === nodeId);
      return { paths: paths.map(({ circuit }) => circuit.path.map(({ nodeId }) => indexOf(nodeId))), ready };
    },
  };
}

function guardOf(nodeId: NodeId, ready: () => boolean): AccountTunnel {
  const takePass = () => Promise.resolve({ token: new Uint8Array(randomBytes(16)), account: new Uint8Array(16) });
  return { nodeId, ready, connected: ready, leaving: () => false, takePass } as unknown as AccountTunnel;
}

function directoryNodes(): DirectoryNode[] {
  const { relays } = readLightNetwork();
  const funded = relays.map(({ nodeId }) => nodeId);
  return relays.map(
    ({ host, port, nodeId }, index) =>
      ({
        index,
        nodeId,
        operator: `0x${(index + 1).toString(16).padStart(40, "0")}`,
        stake: 1_000n,
        active: true,
        document: {
          region: `region-${index}`,
          roles: ["relay", "exit"],
          endpoint: { host, relayPort: port, controlPort: 1 },
          exitPolicy: [{ action: "accept", network: "0.0.0.0/0", ports: [1, 65_535] }],
        },
        descriptor: { funded, draining: false },
      }) as unknown as DirectoryNode,
  );
}
