import type { TLSSocket } from "node:tls";
import { encodeFrame } from "../circuit/encodeFrame.ts";
import { CLOSE_CODES, countedBytes, PATH_ROLES, type Frame } from "../circuit/frames.ts";
import { createFrameParser } from "../circuit/parseFrame.ts";
import { readShared } from "../circuit/readShared.ts";
import { createCackClock } from "./cackClock.ts";
import { FULL_FRAME_BYTES } from "./frameSlabs.ts";
import { createInFlight } from "./inFlight.ts";
import { createPathHealth, DEAD_MS, type PathHealth } from "./pathHealth.ts";
import { createSentLog, type SentLog } from "./sentLog.ts";

const MAX_CONTROL_BYTES = 1 << 20;
/** Small frames that the other side makes us send and never tells of. */
const MAX_LOG_FRAMES = 100_000;
const MAX_PINGS = 64;

/**
 * One circuit of a session: its frames one by one, what it may hold, what it has not delivered, and whether it lives.
 *
 *     joining ──READY──▶ ready ──silence──▶ suspect ──5 s──▶ lost
 *                          ▲───anything─────────┘
 */
export interface SessionPath {
  readonly tls: TLSSocket;
  readonly health: PathHealth;
  readonly log: SentLog;
  /** What the client wants of it (PATH_ROLES). */
  role: number;
  /** READY was said: it belongs to the session. */
  ready: boolean;
  suspect: boolean;
  /** It will be closed: nothing new goes over it while there are others. */
  leaving: boolean;
  /** Since when the bound of NET-10 has held it back. */
  fullSinceMs: number | undefined;
  lost(): boolean;
  paused(): boolean;
  /** Unpaid: nothing is read or written (NET-19). */
  setPaused(paused: boolean): void;
  /** Queues a frame of this circuit alone. */
  send(frame: Frame): void;
  hasControl(): boolean;
  /** Moves queued frames and a CACK that is due into `to`; returns the new end. */
  fillControl(to: Buffer, at: number, end: number): number;
  /** A write may begin: the one before is with TLS. */
  writable(): boolean;
  /** How long TLS has not taken the last write; 0 if it has. */
  blockedMs(): number;
  /** `bytes` stay as they are until they are acknowledged. */
  write(bytes: Buffer): void;
  /** Bytes that may be sent now, and the least that is worth it (NET-10). */
  allowance(): number;
  quantum(): number;
  /** Counted bytes went out. */
  sent(bytes: number): void;
  /** @param onPong milliseconds there and back */
  ping(onPong?: (ms: number) => void): number;
  forgetPing(id: number): void;
  lastPingMs(): number;
  /** When the oldest thing that waits for an answer was sent. */
  awaitedSinceMs(): number | undefined;
  /** How it stands with NET-12 now. */
  state(): "well" | "suspect" | "dead";
  records(): number;
  /** Reads on from here. @param early bytes of an earlier reader */
  start(early: Buffer): void;
  /** Writes what is left and ends it. */
  end(last: Buffer): void;
  destroy(): void;
}

export function createPath(params: {
  tls: TLSSocket;
  /** The code of the rule that a frame breaks; undefined if none. */
  onFrame(frame: Frame, path: SessionPath): number | undefined;
  onViolation(code: number, path: SessionPath): void;
  /** It may have something to write, or room for it. */
  onReady(): void;
  /** It was suspect and something came. */
  onRecovered(path: SessionPath): void;
  onLost(path: SessionPath): void;
}): SessionPath {
  const { tls } = params;
  const parser = createFrameParser();
  const inFlight = createInFlight();
  const health = createPathHealth();
  const log = createSentLog();
  const cack = createCackClock(params.onReady);
  const pings = new Map<number, { sentMs: number; onPong: ((ms: number) => void) | undefined }>();
  let control: Buffer[] = [];
  let controlBytes = 0;
  let nextPing = 0;
  let lastPingMs = performance.now();
  let wroteMs = 0;
  let records = 0;
  let paused = false;
  let over = false;

  const send = (frame: Frame) => {
    if (over) return;
    const bytes = encodeFrame(frame);
    control.push(bytes);
    controlBytes += bytes.length;
    // The other side makes us answer and does not read the answers.
    if (controlBytes > MAX_CONTROL_BYTES) tls.destroy();
    else params.onReady();
  };
  const oldestPing = (): number | undefined => {
    for (const { sentMs } of pings.values()) return sentMs;
    return undefined;
  };
  const awaitedSinceMs = () => {
    const [ping, frame] = [oldestPing(), log.oldestMs()];
    return ping === undefined || frame === undefined ? (ping ?? frame) : Math.min(ping, frame);
  };
  const onFrame = (frame: Frame): number | undefined => {
    switch (frame.type) {
      case "PAD":
        return undefined;
      case "PING":
        send({ type: "PONG", id: frame.id, micros: frame.micros });
        return undefined;
      case "PONG": {
        const ping = pings.get(frame.id);
        if (ping === undefined) return undefined;
        // Answers come in order: what was sent before it is answered too.
        for (const id of pings.keys()) {
          pings.delete(id);
          if (id === frame.id) break;
        }
        const ms = performance.now() - ping.sentMs;
        health.roundTrip(ms);
        ping.onPong?.(ms);
        return undefined;
      }
      case "CACK":
        if (!inFlight.acknowledged(frame.received)) return CLOSE_CODES.protocol;
        log.acknowledged(frame.received);
        params.onReady();
        return undefined;
      default: {
        const counted = countedBytes(frame);
        if (counted > 0) cack.received(counted);
        return params.onFrame(frame, path);
      }
    }
  };
  /** @param chunk overwritten after the call: what is kept of it is copied */
  const onData = (chunk: Buffer) => {
    records++;
    health.heard(awaitedSinceMs());
    if (path.suspect) {
      path.suspect = false;
      params.onRecovered(path);
    }
    try {
      parser.push(chunk, (frame) => {
        const code = onFrame(frame);
        if (code !== undefined) params.onViolation(code, path);
        return !over;
      });
    } catch {
      params.onViolation(CLOSE_CODES.protocol, path);
    }
  };
  const stop = () => {
    if (over) return;
    over = true;
    cack.stop();
    // Late bytes are of no use: read and forget them, so that the end is seen.
    tls.off("data", onData).on("data", () => undefined);
    tls.resume();
  };

  const path: SessionPath = {
    tls,
    health,
    log,
    role: PATH_ROLES.standby,
    ready: false,
    suspect: false,
    leaving: false,
    fullSinceMs: undefined,
    lost: () => over,
    paused: () => paused,
    setPaused(value) {
      paused = value;
      if (over) return;
      if (value) tls.pause();
      else {
        tls.resume();
        params.onReady();
      }
    },
    send,
    hasControl: () => control.length > 0 || cack.due(),
    fillControl(to, at, end) {
      const received = cack.take();
      if (received !== undefined) control.push(encodeFrame({ type: "CACK", received }));
      let taken = 0;
      for (const bytes of control) {
        if (at + bytes.length > end) break;
        bytes.copy(to, at);
        at += bytes.length;
        taken++;
      }
      if (taken > 0) control = control.slice(taken);
      if (taken > 0) controlBytes = control.reduce((sum, bytes) => sum + bytes.length, 0);
      return at;
    },
    writable: () => !over && !paused && tls.writable && tls.writableLength === 0,
    blockedMs: () => (tls.writableLength === 0 ? 0 : performance.now() - wroteMs),
    write(bytes) {
      wroteMs = performance.now();
      records += Math.ceil(bytes.length / FULL_FRAME_BYTES);
      tls.write(bytes, params.onReady);
      if (log.frames > MAX_LOG_FRAMES) tls.destroy();
    },
    allowance: () => inFlight.allowance(),
    quantum: () => inFlight.quantum(),
    sent: (bytes) => inFlight.sent(bytes),
    ping(onPong) {
      const id = nextPing;
      nextPing = (nextPing + 1) % 2 ** 32;
      lastPingMs = performance.now();
      if (pings.size < MAX_PINGS) pings.set(id, { sentMs: lastPingMs, onPong });
      send({ type: "PING", id, micros: Math.floor(lastPingMs * 1000) });
      return id;
    },
    forgetPing: (id) => void pings.delete(id),
    lastPingMs: () => lastPingMs,
    awaitedSinceMs,
    state() {
      if (paused) return "suspect";
      const silence = health.silenceMs(awaitedSinceMs());
      return silence >= DEAD_MS ? "dead" : silence >= health.suspectAfterMs() ? "suspect" : "well";
    },
    records: () => records,
    start(early) {
      if (early.length > 0) onData(early);
      for (let held = tls.read() as Buffer | null; held !== null && !over; held = tls.read() as Buffer | null) onData(held);
      if (over) return;
      const shares = readShared(tls, (chunk) => {
        if (!over) onData(chunk);
        return !paused;
      });
      if (!shares) tls.on("data", onData);
      else if (!paused) tls.resume();
    },
    end(last) {
      stop();
      if (tls.writable && last.length > 0) tls.write(last);
      tls.destroySoon();
    },
    destroy: () => tls.destroy(),
  };
  // Small enough for the fifth layer of a circuit; whole DATA frames in the first four (NET-5).
  tls.setMaxSendFragment(FULL_FRAME_BYTES);
  tls.once("end", () => tls.destroySoon());
  const onClose = () => {
    stop();
    params.onLost(path);
  };
  tls.once("close", onClose);
  if (tls.destroyed) queueMicrotask(onClose);
  return path;
}
