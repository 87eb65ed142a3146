import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { CHARGE_EVERY_MS, createByteRate, type ByteRate } from "./byteRates.ts";
import type { CircuitTunnel } from "./circuitTunnel.ts";
import type { RelayLimits } from "./relayDeps.ts";

/** NET-7: Node has no KeyUpdate, so a tunnel's keys live as long as the tunnel. */
const MAX_TUNNEL_AGE_MS = 12 * 3_600_000;
/** Before this nobody counts as stalled, however full the memory is. */
const MIN_STALL_MS = 2_000;

export interface OpenTunnel {
  raw: Socket;
  tls: TLSSocket;
  circuit: CircuitTunnel | undefined;
  /** Account or NodeId that pays for it, once it is known. */
  owner: string | undefined;
  openedAtMs: number;
}

export type EndReason = "retired" | "idle" | "stalled" | "memory";

/** What stood still since when, of one tunnel. */
interface Watched {
  bytes: number;
  movedMs: number;
  /** Of both sides: bytes that have left, and since when none did though some wait. */
  sides: { left: number; stuckMs: number | undefined }[];
  rateBytes: number;
}

/** The tunnels of a relay port and their limits (NET-7, NET-16). Nothing of it stands in the data's way: it looks at counters. */
export interface OpenTunnels {
  readonly size: number;
  [Symbol.iterator](): IterableIterator<OpenTunnel>;
  add(tunnel: OpenTunnel): void;
  /** False if it was gone already. */
  delete(tunnel: OpenTunnel): boolean;
  /** Counts it under its owner. @returns how many that one held before */
  claim(tunnel: OpenTunnel, owner: string): number;
  ofOwner(owner: string): Iterable<OpenTunnel>;
  /** Starts to look after them. */
  watch(): void;
  close(): void;
}

export const bytesOf = ({ raw }: OpenTunnel): number => raw.bytesRead + raw.bytesWritten;

export function createOpenTunnels(limits: RelayLimits, onEnd: (reason: EndReason) => void): OpenTunnels {
  const tunnels = new Map<OpenTunnel, Watched>();
  const owners = new Map<string, Set<OpenTunnel>>();
  const { bytesPerSecond, bytesPerSecondPerPeer } = limits;
  const overall = bytesPerSecond === undefined ? undefined : createByteRate<OpenTunnel>(bytesPerSecond);
  const ofOwners = new Map<string, ByteRate<OpenTunnel>>();
  const timers: NodeJS.Timeout[] = [];

  const end = (tunnel: OpenTunnel, reason: EndReason) => {
    onEnd(reason);
    tunnel.tls.destroy();
  };
  const overAge = (tunnel: OpenTunnel, bytes: number) =>
    tunnel.openedAtMs < Date.now() - MAX_TUNNEL_AGE_MS || bytes > limits.bytes || (tunnel.circuit?.records() ?? 0) > limits.records;

  const look = () => {
    const now = performance.now();
    const full: { tunnel: OpenTunnel; stuckMs: number; waiting: number }[] = [];
    let buffered = 0;
    for (const [tunnel, watched] of tunnels) {
      const bytes = bytesOf(tunnel);
      if (bytes !== watched.bytes) watched.movedMs = now;
      watched.bytes = bytes;
      const { waiting, stuckMs } = lookAtSides(tunnel, watched, now);
      buffered += waiting;
      if (stuckMs > 0) full.push({ tunnel, stuckMs, waiting });
      if (overAge(tunnel, bytes)) end(tunnel, "retired");
      else if (stuckMs >= limits.stalledMs) end(tunnel, "stalled");
      else if (tunnel.circuit?.kind() === "pipe" && now - watched.movedMs >= limits.idleMs) end(tunnel, "idle");
    }
    // Memory for slow readers is bounded: those that took nothing for the longest give it back.
    full.sort((a, b) => b.stuckMs - a.stuckMs);
    for (const { tunnel, stuckMs, waiting } of full) {
      if (buffered <= limits.bufferBytes || stuckMs < MIN_STALL_MS) return;
      buffered -= waiting;
      if (!tunnel.tls.destroyed) end(tunnel, "memory");
    }
  };

  const spentBy = (which: Iterable<OpenTunnel>, since: Map<OpenTunnel, number>) => {
    const spent = new Map<OpenTunnel, number>();
    for (const tunnel of which) if (tunnel.circuit !== undefined) spent.set(tunnel, since.get(tunnel) ?? 0);
    return spent;
  };
  /** Charges what was moved and gives out what may be moved next. */
  const charge = () => {
    const since = new Map<OpenTunnel, number>();
    for (const [tunnel, watched] of tunnels) {
      const bytes = bytesOf(tunnel);
      since.set(tunnel, bytes - watched.rateBytes);
      watched.rateBytes = bytes;
    }
    const parts = new Map<OpenTunnel, number>();
    const share = (rate: ByteRate<OpenTunnel>, among: Iterable<OpenTunnel>) => {
      const spent = spentBy(among, since);
      const { owing, part } = rate.charge(spent);
      for (const each of spent.keys()) parts.set(each, Math.min(parts.get(each) ?? part, owing.has(each) ? 0 : part));
    };
    if (overall !== undefined) share(overall, tunnels.keys());
    if (bytesPerSecondPerPeer !== undefined) {
      for (const [owner, held] of owners) {
        const rate = ofOwners.get(owner) ?? createByteRate<OpenTunnel>(bytesPerSecondPerPeer);
        ofOwners.set(owner, rate);
        share(rate, held);
      }
      for (const owner of ofOwners.keys()) if (!owners.has(owner)) ofOwners.delete(owner);
    }
    for (const [tunnel, part] of parts) tunnel.circuit?.allow(part);
  };

  return {
    get size() {
      return tunnels.size;
    },
    [Symbol.iterator]: () => tunnels.keys(),
    add(tunnel) {
      const bytes = bytesOf(tunnel);
      tunnels.set(tunnel, { bytes, movedMs: performance.now(), sides: [], rateBytes: bytes });
    },
    delete(tunnel) {
      const held = owners.get(tunnel.owner ?? "");
      held?.delete(tunnel);
      if (held?.size === 0) owners.delete(tunnel.owner ?? "");
      return tunnels.delete(tunnel);
    },
    claim(tunnel, owner) {
      const held = owners.get(owner) ?? new Set<OpenTunnel>();
      const before = held.size;
      if (!tunnels.has(tunnel)) return before;
      tunnel.owner = owner;
      owners.set(owner, held.add(tunnel));
      return before;
    },
    ofOwner: (owner) => owners.get(owner) ?? [],
    watch() {
      timers.push(setInterval(look, limits.lookMs).unref());
      if (bytesPerSecond !== undefined || bytesPerSecondPerPeer !== undefined) timers.push(setInterval(charge, CHARGE_EVERY_MS).unref());
    },
    close() {
      for (const timer of timers.splice(0)) clearInterval(timer);
    },
  };
}

/** Bytes that wait for both sides, and how long the slower one has taken none of them. */
function lookAtSides({ raw, tls, circuit }: OpenTunnel, watched: Watched, now: number): { waiting: number; stuckMs: number } {
  const next = circuit?.next();
  // TLS hands on in pieces and the raw socket counts them; a plain socket's writes count once they are done.
  const sides = [
    { waiting: tls.writableLength, left: raw.bytesWritten },
    ...(next === undefined ? [] : [{ waiting: next.writableLength, left: next.bytesWritten - next.writableLength }]),
  ];
  watched.sides = sides.map(({ waiting, left }, i) => {
    const before = watched.sides[i];
    const stuck = waiting > 0 && before?.left === left;
    return { left, stuckMs: stuck ? (before.stuckMs ?? now) : undefined };
  });
  return {
    waiting: sides.reduce((sum, { waiting }) => sum + waiting, 0),
    stuckMs: Math.max(0, ...watched.sides.map(({ stuckMs }) => (stuckMs === undefined ? 0 : now - stuckMs))),
  };
}
