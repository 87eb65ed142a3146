/**
 * A switch in user space between TUN devices t0, t1, …: packets go by destination address to another device, late or
 * never, as the link between the two says. The kernel's netem does this too, where there is one.
 *
 *     node test/chaos/delayRelay.ts '{"addresses":["20.1.0.1","20.2.0.1"],"mtu":1500,"seed":1}'
 *
 * Standard input takes the links, one JSON line for all: `{"links":[[null,{…}],[{…},null]]}`, null = nothing passes.
 * Each line is answered on standard output by `{"atNs","queued","passed","lost"}`; the first comes when the devices exist.
 * The loop never returns to Node's: one thread waits for packets and for the time at which the next is due.
 */
import { readSync, writeSync } from "node:fs";
import { createArrivals, createDelayLine, createRandom, type LinkState } from "./delayLine.ts";
import { openLibc, openTun } from "./libc.ts";

const SOURCE_OFFSET = 12;
const DESTINATION_OFFSET = 16;
/** Packets of one device before the others have a turn. */
const BURST = 64;
/** More are dropped: a queue of a second at 100 MB/s. */
const MAX_QUEUED = 65_536;
const STDIN = 0;
const STDOUT = 1;

interface Packet {
  to: number;
  bytes: Buffer;
}

const { addresses, mtu, seed } = JSON.parse(process.argv[2] ?? "{}") as { addresses: string[]; mtu: number; seed: number };
const tuns = addresses.map((_, i) => openTun(`t${i}`));
const byAddress = new Map(addresses.map((address, i) => [numberOf(address), i]));
const libc = openLibc([STDIN, ...tuns]);
const random = createRandom(seed);
const arrivals = addresses.map(() => addresses.map(() => createArrivals(random)));
const line = createDelayLine<Packet>();
const scratch = Buffer.alloc(mtu);
let links: (LinkState | null)[][] = addresses.map(() => addresses.map(() => null));
let commands = "";
const counts = { passed: 0, lost: 0 };

function numberOf(address: string): number {
  return Buffer.from(address.split(".").map(Number)).readUInt32BE();
}

function answer(): void {
  writeSync(STDOUT, `${JSON.stringify({ atNs: String(process.hrtime.bigint()), queued: line.size, ...counts })}\n`);
}

function readCommands(): void {
  const chunk = Buffer.alloc(65_536);
  const bytes = readSync(STDIN, chunk);
  // Whoever started this is gone.
  if (bytes === 0) process.exit(0);
  commands += chunk.toString("utf8", 0, bytes);
  for (let end = commands.indexOf("\n"); end >= 0; end = commands.indexOf("\n")) {
    const command = JSON.parse(commands.slice(0, end)) as { links?: typeof links };
    commands = commands.slice(end + 1);
    links = command.links ?? links;
    answer();
  }
}

function readPackets(from: number): void {
  const fd = tuns[from] as number;
  for (let i = 0; i < BURST; i++) {
    const length = libc.read(fd, scratch, mtu);
    if (length <= DESTINATION_OFFSET + 4) return;
    const to = byAddress.get(scratch.readUInt32BE(DESTINATION_OFFSET));
    // IPv6 chatter, multicast, and what claims another's address.
    if (to === undefined || byAddress.get(scratch.readUInt32BE(SOURCE_OFFSET)) !== from || (scratch[0] as number) >> 4 !== 4) continue;
    const link = links[from]?.[to];
    const now = performance.now();
    const dueMs = link == null || line.size >= MAX_QUEUED ? undefined : arrivals[from]?.[to]?.(link, now);
    if (dueMs === undefined) counts.lost++;
    else if (dueMs <= now) send(to, scratch, length);
    else line.push(dueMs, { to, bytes: Buffer.from(scratch.subarray(0, length)) });
  }
}

function send(to: number, bytes: Buffer, length: number): void {
  counts.passed++;
  libc.write(tuns[to] as number, bytes, length);
}

answer();
for (;;) {
  const waitMs = Math.min(1_000, Math.max(0, line.nextMs() - performance.now()));
  const readable = libc.poll(waitMs);
  for (let i = 1; i < readable.length; i++) if (readable[i]) readPackets(i - 1);
  const now = performance.now();
  for (let packet = line.pop(now); packet !== undefined; packet = line.pop(now)) send(packet.to, packet.bytes, packet.bytes.length);
  if (readable[0]) readCommands();
}
