/** A relay as a process: node's own code but for payment, tickets and the directory, which are given away. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Registry } from "prom-client";
import { nodeIdFromBytes, type NodeId } from "../../../core/ids.ts";
import { createRelayServer } from "../../../node/circuit/relayServer.ts";
import { createWorkGate } from "../../../node/circuit/work.ts";
import { createIdentity } from "../../../node/identity/identity.ts";
import { createExit } from "../../../node/session/createExit.ts";
import { generateNodeKeys } from "../../../runtime/keystore.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { answerQuestions } from "../answerQuestions.ts";
import { free } from "./free.ts";
import { hostOf, type Place } from "./places.ts";

const host = hostOf(Number(process.argv[2]));
const identity = await createIdentity(generateNodeKeys());
const registry = new Registry();
const peers = new Map<NodeId, Place>();

const server = createRelayServer({
  identity,
  listen: { host, port: 0 },
  dialFrom: host,
  admission: {
    // A ticket is its own depth.
    tickets: {
      issue: () => ({ expiresAtMs: 0, tickets: [] }),
      redeem: (value) => ({ peer: nodeIdFromBytes(new Uint8Array(32)), depth: value[0] as number }),
    },
    tokens: { redeem: () => "00".repeat(16) },
    work: createWorkGate(identity.nodeId),
  },
  payees: { forPeer: () => free, forAccount: () => free },
  payers: { forPeer: () => free },
  nextHop: {
    endpoint: (nodeId) => {
      const peer = peers.get(nodeId);
      return peer && { host: peer.host, relayPort: peer.port, controlPort: 1 };
    },
    takeTicket: (_nodeId, depth) => Promise.resolve(Uint8Array.of(depth, ...new Uint8Array(15))),
  },
  acceptAccountTunnel: (tls) => tls.destroy(),
  exit: createExit({
    rules: [{ action: "accept", network: "127.0.0.1", ports: [1, 65_535] }],
    allowLoopback: true,
    dnsServers: [],
    dialFrom: host,
    relayAddresses: () => [],
    registry,
  }),
  log: createLogger("relay", "warn"),
  registry,
});
const port = await server.start();

/** Taken only when asked for: the option would change what is measured. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  setFlagsFromString("--no-expose-gc");
}

answerQuestions({
  place: (): Place => ({ nodeId: identity.nodeId, host, port }),
  meet: (places: readonly Place[]) => {
    for (const place of places) peers.set(place.nodeId, place);
  },
  collectGarbage,
});
