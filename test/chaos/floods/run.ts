import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { quantile } from "../statistics.ts";
import type { Flood, FloodReport } from "./attacker.ts";
import { figuresOf, watchHonest, type Seen } from "./measure.ts";
import type { FloodedRelay } from "./relay.ts";

/** 0 leaves a flood out. */
export interface FloodSizes {
  halfOpen: number;
  slowReaders: number;
  garbageBytes: number;
  /** Quiet before and after each flood, and each flood at least. */
  seconds: number;
}

export interface FloodRow {
  flood: Flood["kind"];
  quiet: ReturnType<typeof figuresOf>;
  flooded: ReturnType<typeof figuresOf>;
  attack: FloodReport;
  /** Flooded over quiet, medians. */
  ratio: number;
  circuitRatio: number;
  grownMegabytes: number;
  /** Circuits of the honest client that were lost. */
  lost: number;
  /** Tunnels that the flooded relay ended, by reason, since it began. */
  ended: string;
}

const RELAYS = 3;
const PATIENCE_MS = 120_000;
const REPLY = Buffer.alloc(1_000, 7);

async function start(file: string, args: readonly string[] = []): Promise<{ child: ChildProcess; ready: unknown }> {
  const child = fork(join(import.meta.dirname, file), [...args], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [ready] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${file} exited with ${String(code)}`))),
  ])) as [unknown];
  return { child, ready };
}

async function serve(onConnection: (socket: net.Socket) => void): Promise<{ host: string; port: number; close(): void }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on("error", () => undefined).once("close", () => sockets.delete(socket)));
    onConnection(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The child's next message of a type; undefined if it does not come. */
function messageOf(child: ChildProcess, type: string): Promise<{ type: string } | undefined> {
  return new Promise((resolve) => {
    const settle = (message?: { type: string }) => {
      clearTimeout(timer);
      child.off("message", onMessage);
      resolve(message);
    };
    const onMessage = (message: { type: string }) => message.type === type && settle(message);
    const timer = setTimeout(settle, PATIENCE_MS);
    child.on("message", onMessage);
  });
}

/**
 * Three relays with all their ports, an honest client over them, and one flood after the other at the first relay, each between
 * two quiet times. @throws if a relay or the client dies
 */
export async function runFloods(sizes: FloodSizes, tell: (text: string) => void): Promise<FloodRow[]> {
  const children: ChildProcess[] = [];
  const died: string[] = [];
  let over = false;
  const add = async (file: string, args?: readonly string[]) => {
    const started = await start(file, args);
    children.push(started.child);
    started.child.once("exit", (code, signal) => over || died.push(`${file} died: ${String(code ?? signal)}`));
    return started;
  };
  const origin = await serve((socket) => socket.end(REPLY));
  try {
    const relays = await Promise.all(Array.from({ length: RELAYS }, (_, i) => add("relay.ts", [`127.${40 + i}.0.1`])));
    const path = relays.map(({ ready }) => ready as FloodedRelay);
    for (const { child } of relays) child.send({ peers: path });
    const { child: client } = await add("client.ts");
    client.send({ path });
    const [{ port: socksPort }] = (await once(client, "message")) as [{ port: number }];
    let lost = 0;
    client.on("message", (message: { losses?: number }) => (lost = message.losses ?? lost));
    const { child: attacker } = await add("attacker.ts");
    const pid = relays[0]!.child.pid as number;
    const watch = (signal: AbortSignal) => watchHonest({ path, socksPort, origin, pid, signal });
    const quietFor = () => watch(AbortSignal.timeout(sizes.seconds * 1_000));

    const flood = async (kind: Flood["kind"], count: number): Promise<FloodRow> => {
      tell(`${kind}: ${count}`);
      const before = await quietFor();
      const end = new AbortController();
      const order: Flood = { kind, count, relays: path, socksPort };
      const settled = kind === "slow" ? messageOf(attacker, "settled") : undefined;
      attacker.send(order);
      await settled;
      const watching = watch(end.signal);
      // All are there: they stay for a while, and the half-open ones come again and again.
      await messageOf(attacker, "done");
      await pause(sizes.seconds * 1_000);
      end.abort();
      const flooded = await watching;
      const stopped = messageOf(attacker, "report");
      attacker.send("stop");
      const attack = ((await stopped) as { report?: FloodReport } | undefined)?.report ?? { connections: 0, held: 0, bytes: 0 };
      const after = await quietFor();
      if (died.length > 0) throw new Error(died.join("; "));
      return { ...rowOf(kind, before, flooded, after, attack), lost, ended: await endedAt(path[0] as FloodedRelay) };
    };
    await quietFor(); // warm
    const rows: FloodRow[] = [];
    if (sizes.halfOpen > 0) rows.push(await flood("half-open", sizes.halfOpen));
    if (sizes.slowReaders > 0) rows.push(await flood("slow", sizes.slowReaders));
    if (sizes.garbageBytes > 0) rows.push(await flood("garbage", sizes.garbageBytes));
    return rows;
  } finally {
    over = true;
    for (const child of children) child.kill("SIGKILL");
    origin.close();
  }
}

async function endedAt({ host, apiPort }: FloodedRelay): Promise<string> {
  const text = await (await fetch(`http://${host}:${apiPort}/metrics`)).text();
  return [...text.matchAll(/^x0t_relay_ended_total{reason="(\w+)"} (\d+)$/gm)].map(([, reason, count]) => `${reason} ${count}`).join(", ");
}

function rowOf(flood: Flood["kind"], before: Seen, flooded: Seen, after: Seen, attack: FloodReport): Omit<FloodRow, "lost" | "ended"> {
  const quiet: Seen = {
    requestsMs: [...before.requestsMs, ...after.requestsMs],
    circuitsMs: [...before.circuitsMs, ...after.circuitsMs],
    failed: before.failed + after.failed,
    rss: before.rss,
  };
  const ratio = (a: number[], b: number[]) => Math.round((quantile(a, 0.5) / quantile(b, 0.5)) * 100) / 100;
  const most = (values: number[]) => Math.max(0, ...values);
  return {
    flood,
    quiet: figuresOf(quiet),
    flooded: figuresOf(flooded),
    attack,
    ratio: ratio(flooded.requestsMs, quiet.requestsMs),
    circuitRatio: ratio(flooded.circuitsMs, quiet.circuitsMs),
    grownMegabytes: Math.round(most([...flooded.rss, ...after.rss]) - most(before.rss)),
  };
}
