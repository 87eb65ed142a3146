/**
 * `node client.ts <socks host> <port> <guards>`: the client's real routes, sessions and SOCKS5 server over a light network.
 * Tells its parent how many circuits stand, which way they go, and when one is lost.
 */
import { randomBytes } from "node:crypto";
import { Registry } from "prom-client";
import { X0tError } from "../../../core/x0tError.ts";
import { buildCircuit } from "../../../node/circuit/buildCircuit.ts";
import type { TunnelPayer } from "../../../node/circuit/relayDeps.ts";
import { createRoutes, type Routes } from "../../../node/client/routes.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import { selectPath } from "../../../node/directory/selectPath.ts";
import { createClientSession } from "../../../node/session/clientSession.ts";
import { createSocksServer } from "../../../node/socks5/server.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { nowMs } from "../clock.ts";
import { readLightNetwork } from "./network.ts";

const REPORT_MS = 20;
const free: TunnelPayer = { ready: () => true, addTunnel: () => () => undefined };
const [socksHost, socksPort, guardCount] = process.argv.slice(2) as [string, string, string];
const { relays } = readLightNetwork();
const log = createLogger("light-client", process.env.X0T_LIGHT_LOG === undefined ? "silent" : "debug");
const nodes = relays.map(
  ({ host, port, nodeId }, index) =>
    ({
      index,
      nodeId,
      operator: `0x${(index + 1).toString(16).padStart(40, "0")}`,
      stake: 1_000n,
      active: true,
      document: { region: `region-${index}`, roles: ["relay", "exit"], endpoint: { host, relayPort: port, controlPort: 1 } },
      descriptor: { funded: relays.map((relay) => relay.nodeId), draining: false },
    }) as unknown as DirectoryNode,
);
const guards = nodes.slice(0, Number(guardCount)).map(({ nodeId }) => nodeId);

const routes: Routes = createRoutes({
  async build(busy, signal) {
    const avoid = new Set(busy);
    const path = selectPath({ nodes, guards, hops: 3, random: Math.random, avoid });
    const hops = path.map(({ nodeId, document }) => ({ nodeId, endpoint: (document as { endpoint: { host: string; relayPort: number } }).endpoint }));
    const entry = { token: randomBytes(16), account: new Uint8Array(16) };
    const circuit = await buildCircuit({ path: hops, entry, payer: free, signal: AbortSignal.any([signal, AbortSignal.timeout(8_000)]) });
    const session = createClientSession(circuit, () => routes.kick());
    await session.ping(AbortSignal.timeout(5_000));
    return { path, session, destroy: () => circuit.close() };
  },
  onLost: () => process.send?.({ type: "lost", atMs: nowMs() }),
  onActive: () => undefined,
  log,
});

const socks = createSocksServer({
  host: socksHost,
  port: Number(socksPort),
  log,
  registry: new Registry(),
  async connect(target, key, signal) {
    for (let left = 4; ; left--) {
      const session = await routes.session(key, AbortSignal.any([signal, AbortSignal.timeout(15_000)]));
      try {
        return await session.openStream(target, signal);
      } catch (error) {
        if (!(error instanceof X0tError) || error.code !== "X0T_CIRCUIT_LOST" || left === 1) throw error;
      }
    }
  },
});

let told = "";
setInterval(() => {
  const { active, spare } = routes.counts();
  const state = { paths: [routes.active()?.path.map(({ index }) => index)].filter((path) => path !== undefined), ready: active + spare >= 2 };
  const text = JSON.stringify(state);
  if (text !== told) process.send?.({ type: "state", ...state });
  told = text;
}, REPORT_MS);
process.once("disconnect", () => process.exit(0));
await socks.start();
process.send?.({ type: "ready" });
