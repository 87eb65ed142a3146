/** `node client.ts`: an honest client: one circuit over the relays that it is told, a session, and the real SOCKS5 server. */
import { once } from "node:events";
import { Registry } from "prom-client";
import { buildCircuit } from "../../../node/circuit/buildCircuit.ts";
import { createClientSession } from "../../../node/session/clientSession.ts";
import { createSocksServer } from "../../../node/socks5/server.ts";
import { createLogger } from "../../../runtime/logger.ts";
import type { FloodedRelay } from "./relay.ts";

process.once("disconnect", () => process.exit(0));
const told = once(process, "message") as Promise<[{ path: FloodedRelay[] }]>;
process.send?.("ready");
const [{ path }] = await told;
const circuit = await buildCircuit({
  path: path.map(({ nodeId, host, relayPort }) => ({ nodeId, endpoint: { host, relayPort } })),
  entry: { token: new Uint8Array(16), account: new Uint8Array(16) },
  payer: { ready: () => true, addTunnel: () => () => undefined },
  signal: AbortSignal.timeout(20_000),
});
const session = createClientSession(circuit);
const socks = createSocksServer({
  host: "127.0.0.1",
  port: 0,
  log: createLogger("flooded-client", "silent"),
  registry: new Registry(),
  connect: (target, _key, signal) => session.openStream(target, signal),
});
process.send?.({ port: await socks.start() });
