import { readFileSync } from "node:fs";
import { once } from "node:events";
import net from "node:net";
import { buildCircuit } from "../../../node/circuit/buildCircuit.ts";
import { quantile } from "../statistics.ts";
import type { FloodedRelay } from "./relay.ts";

const REQUEST_EVERY_MS = 20;
const CIRCUIT_EVERY_MS = 250;
const RSS_EVERY_MS = 100;
const DEADLINE_MS = 10_000;

/** What honest people see for a while. */
export interface Seen {
  /** Milliseconds of a request through the proxy and three relays, from its connection to the last byte. */
  requestsMs: number[];
  /** Of a new circuit through the same relays. */
  circuitsMs: number[];
  failed: number;
  /** Of the flooded relay, megabytes. */
  rss: number[];
}

/** Measures until `signal` aborts. @param pid the flooded relay's */
export async function watchHonest(params: { path: FloodedRelay[]; socksPort: number; origin: { host: string; port: number }; pid: number; signal: AbortSignal }): Promise<Seen> {
  const { path, socksPort, origin, pid, signal } = params;
  const seen: Seen = { requestsMs: [], circuitsMs: [], failed: 0, rss: [] };
  const under: Promise<void>[] = [];
  const time = (work: () => Promise<void>, into: number[]) => {
    const startedMs = performance.now();
    const done = work().then(
      () => void into.push(performance.now() - startedMs),
      () => void seen.failed++,
    );
    under.push(done);
  };
  const timers = [
    setInterval(() => time(() => request(socksPort, origin), seen.requestsMs), REQUEST_EVERY_MS),
    setInterval(() => time(() => newCircuit(path), seen.circuitsMs), CIRCUIT_EVERY_MS),
    setInterval(() => seen.rss.push(rssMegabytes(pid)), RSS_EVERY_MS),
  ];
  if (!signal.aborted) await once(signal, "abort");
  for (const timer of timers) clearInterval(timer);
  await Promise.all(under);
  return seen;
}

/** One kilobyte through SOCKS5. */
async function request(socksPort: number, { host, port }: { host: string; port: number }): Promise<void> {
  const socket = net.connect({ host: "127.0.0.1", port: socksPort, noDelay: true });
  const deadline = setTimeout(() => socket.destroy(), DEADLINE_MS);
  let received = 0;
  socket.on("error", () => undefined).on("data", (chunk: Buffer) => (received += chunk.length));
  socket.write(Buffer.from([5, 1, 0, 5, 1, 0, 1, ...host.split(".").map(Number), port >> 8, port & 0xff]));
  await once(socket, "close");
  clearTimeout(deadline);
  // Method, reply, and what the origin says.
  if (received !== 2 + 10 + 1_000) throw new Error(`${received} bytes`);
}

async function newCircuit(path: FloodedRelay[]): Promise<void> {
  const circuit = await buildCircuit({
    path: path.map(({ nodeId, host, relayPort }) => ({ nodeId, endpoint: { host, relayPort } })),
    entry: { token: new Uint8Array(16), account: new Uint8Array(16) },
    payer: { ready: () => true, addTunnel: () => () => undefined },
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  circuit.close();
}

function rssMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
}

/** Figures of some time, in milliseconds and megabytes. */
export function figuresOf({ requestsMs, circuitsMs, failed, rss }: Seen) {
  const round = (value: number) => Math.round(value * 100) / 100;
  const of = (values: number[]) => ({ count: values.length, p50: round(quantile(values, 0.5)), p95: round(quantile(values, 0.95)), p99: round(quantile(values, 0.99)) });
  return { requests: of(requestsMs), circuits: of(circuitsMs), failed, rssMegabytes: round(Math.max(0, ...rss)) };
}
