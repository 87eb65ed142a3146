import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Message } from "./message.ts";
import type { PeerSession } from "./peer.ts";
import { BEACON } from "./protocols.ts";

export const BEACON_INTERVAL_MS = 500;
/** A peer that beacons and then says nothing for so long is lost. */
export const SILENCE_MS = 5_000;
/** Whom a node beacons by itself; who beacons it is answered, too. */
export const MAX_BEACON_PEERS = 16;
/** A node behind NAT beacons all its peers at least each so many ticks: its NAT forgets idle links, and nobody can dial it anew. */
const KEEP_TICKS = 8;
const FLAG_DRAINING = 1;
/** seq u32, unix µs u64, echo u32, hold µs u32, load u8, flags u8. */
const BEACON_BYTES = 22;
const REMEMBERED_SEQUENCES = 32;

interface BeaconState {
  seq: number;
  /** Monotonic ms of sending, by seq modulo REMEMBERED_SEQUENCES. */
  sentAtMs: number[];
  echo: number;
  echoAtMs: number;
  heard: boolean;
  /** Number of the tick of the last one sent. */
  sentTick: number;
}

export interface Beacons {
  receive(session: PeerSession, message: Message): void;
  /** Sends what is due and names who fell silent; call it every BEACON_INTERVAL_MS. */
  tick(): void;
}

/** Beacons give round trips, loads, clock offsets and the news that a peer is gone (NET-17). */
export function createBeacons(deps: {
  self: NodeId;
  sessions: () => readonly PeerSession[];
  state: () => { load: number; draining: boolean };
  /** Behind NAT (NET-20). */
  keepAll?: boolean;
  /** Unix milliseconds of the clock that peers compare. */
  nowMs: () => number;
  onRtt: (rttMs: number) => void;
}): Beacons {
  const states = new WeakMap<PeerSession, BeaconState>();
  let lastTickMs = performance.now();
  let ticks = 0;

  const stateOf = (session: PeerSession): BeaconState => {
    const state = states.get(session) ?? { seq: 0, sentAtMs: [], echo: 0, echoAtMs: Number.NEGATIVE_INFINITY, heard: false, sentTick: -KEEP_TICKS };
    states.set(session, state);
    return state;
  };

  const beacon = (session: PeerSession, nowMs: number, load: number, flags: number) => {
    const state = stateOf(session);
    state.seq += 1;
    state.sentTick = ticks;
    state.sentAtMs[state.seq % REMEMBERED_SEQUENCES] = nowMs;
    const bytes = new DataView(new ArrayBuffer(BEACON_BYTES));
    bytes.setUint32(0, state.seq);
    bytes.setBigUint64(4, BigInt(Math.round(deps.nowMs() * 1000)));
    bytes.setUint32(12, state.echo);
    bytes.setUint32(16, Math.min(0xffffffff, Math.round((nowMs - state.echoAtMs) * 1000)));
    bytes.setUint8(20, load);
    bytes.setUint8(21, flags);
    session.send("beacon", BEACON, new Uint8Array(bytes.buffer));
  };

  return {
    receive(session, { type, payload }) {
      if (type !== BEACON || payload.length !== BEACON_BYTES) {
        throw new X0tError("X0T_BAD_MESSAGE", `Beacon of type ${type} and ${payload.length} bytes.`);
      }
      const nowMs = performance.now();
      const state = stateOf(session);
      const bytes = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
      state.echo = bytes.getUint32(0);
      state.echoAtMs = nowMs;
      state.heard = true;
      const echoed = bytes.getUint32(12);
      const sentAtMs = state.sentAtMs[echoed % REMEMBERED_SEQUENCES];
      if (echoed > 0 && echoed <= state.seq && echoed > state.seq - REMEMBERED_SEQUENCES && sentAtMs !== undefined) {
        const rttMs = Math.max(0, nowMs - sentAtMs - bytes.getUint32(16) / 1000);
        session.rttMs = session.rttMs === undefined ? rttMs : session.rttMs + (rttMs - session.rttMs) / 8;
        deps.onRtt(rttMs);
      }
      session.clockOffsetMs = Number(bytes.getBigUint64(4)) / 1000 + (session.rttMs ?? 0) / 2 - deps.nowMs();
      session.load = Math.min(9, bytes.getUint8(20));
      session.draining = (bytes.getUint8(21) & FLAG_DRAINING) !== 0;
    },
    tick() {
      const nowMs = performance.now();
      // A process that was stopped has heard nobody: that is not its peers' silence.
      const paused = nowMs - lastTickMs > SILENCE_MS / 2;
      lastTickMs = nowMs;
      ticks++;
      const sessions = deps.sessions();
      const { load, draining } = deps.state();
      const chosen = choose(deps.self, sessions);
      for (const session of sessions) {
        const state = stateOf(session);
        if (paused) session.lastHeardMs = nowMs;
        const kept = deps.keepAll === true && ticks - state.sentTick >= KEEP_TICKS;
        if (chosen.has(session) || kept || nowMs - state.echoAtMs < 4 * BEACON_INTERVAL_MS) {
          beacon(session, nowMs, load, draining ? FLAG_DRAINING : 0);
        }
        const expected = chosen.has(session) || state.heard;
        if (expected && nowMs - session.lastHeardMs > SILENCE_MS) session.close(`it was silent for ${SILENCE_MS} ms`);
      }
    },
  };
}

/** The peers nearest by XOR: stable, and different for every node. */
function choose(self: NodeId, sessions: readonly PeerSession[]): ReadonlySet<PeerSession> {
  if (sessions.length <= MAX_BEACON_PEERS) return new Set(sessions);
  const own = BigInt(self);
  const near = sessions
    .map((session) => ({ session, distance: own ^ BigInt(session.nodeId) }))
    .sort((a, b) => (a.distance < b.distance ? -1 : 1));
  return new Set(near.slice(0, MAX_BEACON_PEERS).map(({ session }) => session));
}

/** Median of what the peers' clocks say; undefined with fewer than 3. Positive: ours is slow. */
export function medianClockOffsetMs(peers: readonly { clockOffsetMs: number | undefined }[]): number | undefined {
  const offsets = peers.flatMap(({ clockOffsetMs }) => (clockOffsetMs === undefined ? [] : [clockOffsetMs]));
  if (offsets.length < 3) return undefined;
  offsets.sort((a, b) => a - b);
  return offsets[offsets.length >> 1];
}
