/**
 * `node client.ts <socks host> <port> <guards>`: the client's real routes, sessions and SOCKS5 server over a light network.
 * Tells its parent which circuits carry the last one who asked, and when one is lost, falls silent, or hands the lead over.
 */
import { Registry } from "prom-client";
import type { Carrier } from "../../../node/client/carrier.ts";
import { createConnect } from "../../../node/client/connect.ts";
import { createSocksServer } from "../../../node/socks5/server.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { nowMs } from "../clock.ts";
import { createCircuits } from "./circuits.ts";

const REPORT_MS = 10;
/** NET-9, without credentials and with. */
const [CIRCUITS, OTHER_CIRCUITS] = [3, 2];
const [socksHost, socksPort, guards] = process.argv.slice(2) as [string, string, string];
const log = createLogger("light-client", "silent");
const registry = new Registry();
const tell = (type: string, atMs: number) => process.send?.({ type, atMs });
const { routes, state } = createCircuits({ guards: Number(guards), onEvent: tell, log, registry });
const connect = createConnect({ routes, onRetry: () => undefined });
let key = "";
let carrier: Carrier | undefined;

const socks = createSocksServer({
  host: socksHost,
  port: Number(socksPort),
  log,
  registry,
  connect(target, isolationKey, signal) {
    key = isolationKey;
    return connect(target, isolationKey, signal);
  },
});

let told = "";
let suspects = 0;
setInterval(() => {
  if (key === "") carrier = routes.active();
  else void routes.carrier(key, undefined, AbortSignal.timeout(REPORT_MS)).then((current) => (carrier = current), () => (carrier = undefined));
  const now = (carrier?.session.paths() ?? []).filter(({ suspect }) => suspect).length;
  if (now > suspects) tell("suspect", nowMs());
  suspects = now;
  const shown = state(carrier, key === "" ? CIRCUITS : OTHER_CIRCUITS);
  const text = JSON.stringify(shown);
  if (text !== told) process.send?.({ type: "state", ...shown });
  told = text;
}, REPORT_MS);
// A relay is back: a real client learns it from its guards.
process.on("message", () => routes.kick());
process.once("disconnect", () => process.exit(0));
await socks.start();
process.send?.({ type: "ready" });
