/**
 * `node relay.ts <index>`: a real relay server with free payments. Gets its key from its parent, listens, drains.
 */
import { createPrivateKey } from "node:crypto";
import { Registry } from "prom-client";
import { freeRelay } from "../../../bench/relay/ours/freeRelay.ts";
import { nodeIdOf } from "../../../core/ids.ts";
import { createRelayServer } from "../../../node/circuit/relayServer.ts";
import { createIdentity } from "../../../node/identity/identity.ts";
import { createExit } from "../../../node/session/createExit.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { rawPublicKey } from "../../../runtime/mlDsa.ts";
import { readLightNetwork } from "./network.ts";

const DRAIN_MS = 10_000;

async function createLightRelay(index: number, keyPem: string) {
  const { relays } = readLightNetwork();
  const { host, port } = relays[index] as (typeof relays)[number];
  const key = createPrivateKey(keyPem);
  const publicKey = rawPublicKey(key);
  const identity = await createIdentity({ identity: key, publicKey, nodeId: nodeIdOf(publicKey) });
  const registry = new Registry();
  const exit = createExit({
    rules: [{ action: "accept", network: "0.0.0.0/0", ports: [1, 65_535] }],
    allowLoopback: false,
    dnsServers: [],
    dialFrom: host,
    relayAddresses: () => relays.map((relay) => relay.host),
    registry,
  });
  const deps = freeRelay({
    identity,
    listen: { host, port },
    peer: (nodeId) => relays.find((each) => each.nodeId === nodeId),
    exit,
    log: createLogger("light", "silent"),
    registry,
  });
  return createRelayServer({ ...deps, limits: { tunnelsPerAccount: 2_000, tunnelsPerPeer: 2_000 } });
}

let relay: Awaited<ReturnType<typeof createLightRelay>> | undefined;
process.on("message", (message: { keyPem?: string; listen?: true; drain?: true }) => {
  void (async () => {
    if (message.keyPem !== undefined) relay = await createLightRelay(Number(process.argv[2]), message.keyPem);
    if (message.listen === true) await relay?.start();
    if (message.drain === true) await relay?.drain(AbortSignal.timeout(DRAIN_MS));
    process.send?.({ type: message.listen === true ? "listening" : message.drain === true ? "drained" : "loaded" });
  })();
});
process.once("disconnect", () => process.exit(0));
process.send?.({ type: "ready" });
