/**
 * `node relay.ts <index>`: a real relay server with free payments. Gets its key from its parent, listens, drains.
 */
import { createPrivateKey } from "node:crypto";
import { Registry } from "prom-client";
import { nodeIdFromBytes, nodeIdOf } from "../../../core/ids.ts";
import type { TunnelPayee, TunnelPayer } from "../../../node/circuit/relayDeps.ts";
import { createRelayServer } from "../../../node/circuit/relayServer.ts";
import { createWorkGate } from "../../../node/circuit/work.ts";
import { createIdentity } from "../../../node/identity/identity.ts";
import { createExit } from "../../../node/session/createExit.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { rawPublicKey } from "../../../runtime/mlDsa.ts";
import { readLightNetwork } from "./network.ts";

const DRAIN_MS = 10_000;
const free: TunnelPayee & TunnelPayer = { ready: () => true, addTunnel: () => () => undefined };

async function createLightRelay(index: number, keyPem: string) {
  const { relays } = readLightNetwork();
  const { host, port } = relays[index] as (typeof relays)[number];
  const key = createPrivateKey(keyPem);
  const publicKey = rawPublicKey(key);
  const identity = await createIdentity({ identity: key, publicKey, nodeId: nodeIdOf(publicKey) });
  const registry = new Registry();
  return createRelayServer({
    identity,
    listen: { host, port },
    dialFrom: host,
    admission: {
      // A ticket says its own depth; who gave it is not looked at.
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
      endpoint(nodeId) {
        const relay = relays.find((each) => each.nodeId === nodeId);
        return relay && { host: relay.host, relayPort: relay.port, controlPort: 1 };
      },
      takeTicket: (_nodeId, depth) => Promise.resolve(Uint8Array.of(depth, ...new Uint8Array(15))),
    },
    acceptAccountTunnel: (tls) => tls.destroy(),
    exit: createExit({
      rules: [{ action: "accept", network: "0.0.0.0/0", ports: [1, 65_535] }],
      allowLoopback: false,
      dnsServers: [],
      dialFrom: host,
      relayAddresses: () => relays.map((relay) => relay.host),
      registry,
    }),
    log: createLogger("light", "silent"),
    registry,
    limits: { tunnelsPerAccount: 2_000, tunnelsPerPeer: 2_000 },
  });
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
