/** `node client.ts`: an honest client: one circuit over the relays that it is told, a session, and the real SOCKS5 server. */
import { once } from "node:events";
import { Registry } from "prom-client";
import { buildCircuit } from "../../../node/circuit/buildCircuit.ts";
import { createClientSession, type ClientSession } from "../../../node/session/clientSession.ts";
import { createSocksServer } from "../../../node/socks5/server.ts";
import { createLogger } from "../../../runtime/logger.ts";
import type { FloodedRelay } from "./relay.ts";

process.once("disconnect", () => process.exit(0));
const told = once(process, "message") as Promise<[{ path: FloodedRelay[] }]>;
process.send?.("ready");
const [{ path }] = await told;
const hops = path.map(({ nodeId, host, relayPort }) => ({ nodeId, endpoint: { host, relayPort } }));
let losses = 0;

/** A session over one circuit; the next one when it is lost, and again until it stands. */
async function open(): Promise<ClientSession> {
  for (;;) {
    const opened = await openOnce().catch(() => undefined);
    if (opened !== undefined) return opened;
  }
}

async function openOnce(): Promise<ClientSession> {
  const circuit = await buildCircuit({
    path: hops,
    entry: { token: new Uint8Array(16), account: new Uint8Array(16) },
    payer: { ready: () => true, addTunnel: () => () => undefined },
    signal: AbortSignal.timeout(10_000),
  });
  const opened = createClientSession(circuit);
  void opened.closed.then(() => {
    process.send?.({ type: "lost", losses: ++losses });
    session = open();
  });
  return opened;
}

let session = open();
await session;
const socks = createSocksServer({
  host: "127.0.0.1",
  port: 0,
  log: createLogger("flooded-client", "silent"),
  registry: new Registry(),
  connect: async (target, _key, signal) => (await session).openStream(target, signal),
});
process.send?.({ port: await socks.start() });
