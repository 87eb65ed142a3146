/** A relay as a process: node's own code but for payment, tickets and the directory, which are given away. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Registry } from "prom-client";
import type { NodeId } from "../../../core/ids.ts";
import { createRelayServer } from "../../../node/circuit/relayServer.ts";
import { createIdentity } from "../../../node/identity/identity.ts";
import { createExit } from "../../../node/session/createExit.ts";
import { generateNodeKeys } from "../../../runtime/keystore.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { answerQuestions } from "../answerQuestions.ts";
import { freeRelay } from "./freeRelay.ts";
import { hostOf, type Place } from "./places.ts";

const host = hostOf(Number(process.argv[2]));
const identity = await createIdentity(generateNodeKeys());
const registry = new Registry();
const peers = new Map<NodeId, Place>();

const exit = createExit({
  rules: [{ action: "accept", network: "127.0.0.1", ports: [1, 65_535] }],
  allowLoopback: true,
  dnsServers: [],
  dialFrom: host,
  relayAddresses: () => [],
  registry,
});
const log = createLogger("relay", "warn");
const server = createRelayServer(freeRelay({ identity, listen: { host, port: 0 }, peer: (nodeId) => peers.get(nodeId), exit, log, registry }));
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
