/**
 * `node client.ts <socks host> <port> <guards> [duplicate]`: the client's real sessions and SOCKS5 server over a light
 * network. Tells its parent which circuits stand, and when one is lost, falls silent, or hands the lead over.
 */
import { Registry } from "prom-client";
import { X0tError } from "../../../core/x0tError.ts";
import { createSocksServer } from "../../../node/socks5/server.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { nowMs } from "../clock.ts";
import { createCircuits } from "./circuits.ts";

const REPORT_MS = 10;
const TRIES = 4;
const [socksHost, socksPort, guards, duplicate] = process.argv.slice(2) as [string, string, string, string | undefined];
const log = createLogger("light-client", "silent");
const tell = (type: string, atMs: number) => process.send?.({ type, atMs });
const circuits = createCircuits({ guards: Number(guards), duplicate: duplicate === "duplicate", onEvent: tell });

const socks = createSocksServer({
  host: socksHost,
  port: Number(socksPort),
  log,
  registry: new Registry(),
  async connect(target, _key, signal) {
    for (let left = TRIES; ; left--) {
      const session = await circuits.session(signal);
      try {
        return await session.openStream(target, signal);
      } catch (error) {
        if (!(error instanceof X0tError) || error.code !== "X0T_CIRCUIT_LOST" || left === 1) throw error;
      }
    }
  },
});

let told = "";
let suspects = 0;
setInterval(() => {
  const now = circuits.suspects();
  if (now > suspects) tell("suspect", nowMs());
  suspects = now;
  const state = circuits.state();
  const text = JSON.stringify(state);
  if (text !== told) process.send?.({ type: "state", ...state });
  told = text;
}, REPORT_MS);
process.once("disconnect", () => process.exit(0));
await socks.start();
process.send?.({ type: "ready" });
