import { unitsOf, unitsPerPacket } from "../../core/metering.ts";
import { PACKET_BYTES } from "../../core/parameters.ts";
import { X0tError } from "../../core/x0tError.ts";

/** The preface is not metered (NET-19). */
export const PREFACE_BYTES = 24;
/** Circuits have 1 to 5 hops (NET-8): at most 4 relays still follow. */
export const MAX_DEPTH = 4;

/** The counters of a raw net.Socket. They go on with TLS on top of it and stay after its end. */
export interface MeteredSocket {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What one half of a pair has metered over its whole life; survives the process. */
export interface MeterState {
  /** Bytes by depth: remainders below a packet are carried (NET-19). */
  bytesByDepth: number[];
  /** Units taken over from the other side after a crash or a dispute; may be negative. */
  adjustedUnits: bigint;
}

export interface MeteredTunnel {
  /** Counts what came since the last poll and forgets the socket. */
  remove(): void;
}

/** Meters the tunnels of one half of a pair. */
export interface PairMeter {
  readonly state: MeterState;
  /** @param leaveOutBytes of the counters so far, the preface included. @throws X0T_BAD_DEPTH */
  addTunnel(depth: number, socket: MeteredSocket, leaveOutBytes?: number): MeteredTunnel;
  /** Reads the counters of all tunnels. @returns bytes that came since. */
  poll(): number;
  /** Whole units, Σ over depths of (depth + 1) · ⌊bytes / 100,000⌋, and what was adjusted. */
  units(): bigint;
  /** As `units` without rounding or adjustment, for rates. */
  exactUnits(): number;
  bytes(): number;
  openTunnels(): number;
  /** Units of a packet through the deepest tunnel open, or ever seen; at least 1. */
  unitsPerPacket(): number;
  /**
   * Goes on at so many units, as the other side has them. Remainders are forgotten: added to what that side counts already,
   * they could make a packet twice.
   */
  continueAt(units: bigint): void;
}

export function emptyMeterState(): MeterState {
  return { bytesByDepth: [], adjustedUnits: 0n };
}

export function createPairMeter(state: MeterState, leastUnitsPerPacket = 1): PairMeter {
  const tunnels = new Set<{ depth: number; socket: MeteredSocket; seen: number }>();
  const read = (tunnel: { depth: number; socket: MeteredSocket; seen: number }): number => {
    const now = bytesOf(tunnel.socket);
    const came = Math.max(0, now - tunnel.seen);
    tunnel.seen += came;
    state.bytesByDepth[tunnel.depth] = (state.bytesByDepth[tunnel.depth] ?? 0) + came;
    return came;
  };
  return {
    state,
    addTunnel(depth, socket, leaveOutBytes = PREFACE_BYTES) {
      if (!Number.isInteger(depth) || depth < 0 || depth > MAX_DEPTH) {
        throw new X0tError("X0T_BAD_DEPTH", `A tunnel has 0 to ${MAX_DEPTH} relays behind it, not ${depth}.`, { data: { depth } });
      }
      for (let d = state.bytesByDepth.length; d <= depth; d++) state.bytesByDepth[d] = 0;
      const tunnel = { depth, socket, seen: leaveOutBytes };
      tunnels.add(tunnel);
      return {
        remove() {
          if (tunnels.delete(tunnel)) read(tunnel);
        },
      };
    },
    poll() {
      let came = 0;
      for (const tunnel of tunnels) came += read(tunnel);
      return came;
    },
    units: () => unitsOf(state.bytesByDepth) + state.adjustedUnits,
    exactUnits: () =>
      state.bytesByDepth.reduce((sum, bytes, depth) => sum + (unitsPerPacket(depth) * bytes) / PACKET_BYTES, 0),
    bytes: () => state.bytesByDepth.reduce((sum, bytes) => sum + bytes, 0),
    openTunnels: () => tunnels.size,
    unitsPerPacket() {
      let deepest = leastUnitsPerPacket;
      if (tunnels.size === 0) return Math.max(deepest, state.bytesByDepth.length);
      for (const { depth } of tunnels) deepest = Math.max(deepest, unitsPerPacket(depth));
      return deepest;
    },
    continueAt(units) {
      for (const [depth, bytes] of state.bytesByDepth.entries()) state.bytesByDepth[depth] = bytes - (bytes % PACKET_BYTES);
      state.adjustedUnits = units - unitsOf(state.bytesByDepth);
    },
  };
}

function bytesOf(socket: MeteredSocket): number {
  return socket.bytesRead + socket.bytesWritten;
}
