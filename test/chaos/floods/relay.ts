/**
 * `node relay.ts <host>`: a relay with all its ports, as the daemon has them, on one event loop: relay port, control port, API.
 * Payments are free and any token is good: its first byte says whose it is.
 */
import { Registry, collectDefaultMetrics } from "prom-client";
import { freeRelay } from "../../../bench/relay/ours/freeRelay.ts";
import type { NodeId } from "../../../core/ids.ts";
import { createApiServer } from "../../../node/api/server.ts";
import { createRelayServer } from "../../../node/circuit/relayServer.ts";
import { createWorkGate } from "../../../node/circuit/work.ts";
import { createWorkDifficulty } from "../../../node/circuit/workDifficulty.ts";
import { createIdentity } from "../../../node/identity/identity.ts";
import { createLink } from "../../../node/link/link.ts";
import { createExit } from "../../../node/session/createExit.ts";
import { generateNodeKeys } from "../../../runtime/keystore.ts";
import { createLogger } from "../../../runtime/logger.ts";

export interface FloodedRelay {
  nodeId: NodeId;
  host: string;
  relayPort: number;
  controlPort: number;
  apiPort: number;
}

const [host] = process.argv.slice(2) as [string];
let peers: FloodedRelay[] = [];
const byId = (nodeId: NodeId) => peers.find((each) => each.nodeId === nodeId);

const identity = await createIdentity(generateNodeKeys());
const registry = new Registry();
collectDefaultMetrics({ register: registry });
const log = createLogger("flooded", "silent");
const difficulty = createWorkDifficulty();
const exit = createExit({
  rules: [{ action: "accept", network: "127.0.0.0/8", ports: [1, 65_535] }],
  allowLoopback: true,
  dnsServers: [],
  dialFrom: host,
  relayAddresses: () => peers.map((each) => each.host),
  registry,
});
const peer = (nodeId: NodeId) => {
  const known = byId(nodeId);
  return known && { host: known.host, port: known.relayPort };
};
const deps = freeRelay({ identity, listen: { host, port: 0 }, peer, exit, log, registry });
const relay = createRelayServer({
  ...deps,
  admission: {
    ...deps.admission,
    tokens: { redeem: (value) => (value[0] as number).toString(16).padStart(2, "0").repeat(16) },
    work: createWorkGate(identity.nodeId, difficulty.bits, Date.now, difficulty.accepted),
    difficulty,
  },
});
const link = await createLink({
  identity,
  listen: { host, port: 0 },
  dialFrom: host,
  authorised: (nodeId) => byId(nodeId) !== undefined,
  targets: () => peers.map((each) => ({ nodeId: each.nodeId, host: each.host, port: each.controlPort })),
  state: () => ({ load: 0, draining: false }),
  nowMs: Date.now,
  log,
  registry,
});
const views = {
  health: () => ({ status: "ok" as const, version: "0", uptimeSeconds: 0, peers: link.peers().length, circuits: relay.stats().circuits }),
  peers: () => [],
  status: () => ({}),
  earnings: () => ({}),
};
const api = createApiServer({ listen: { host, port: 0 }, views, registry });
await link.start();
const own: FloodedRelay = { nodeId: identity.nodeId, host, relayPort: await relay.start(), controlPort: link.port(), apiPort: await api.start() };

process.on("message", (message: { peers?: FloodedRelay[] }) => {
  if (message.peers !== undefined) peers = message.peers.filter((each) => each.nodeId !== own.nodeId);
});
process.once("disconnect", () => process.exit(0));
process.send?.(own);
